/** What of FHIR R4's AuditEvent this ledger says (https://hl7.org/fhir/R4/auditevent.html). */

export type Coding = { readonly system: string; readonly code: string };
export type CodeableConcept = { readonly coding: readonly Coding[] };
export type Identifier = { readonly system: string; readonly value: string };

/** `reference` only where the id may stand in one: FHIR's ids have no underscore. */
export type Reference = {
  readonly reference?: string;
  readonly type?: string;
  readonly identifier?: Identifier;
  readonly display?: string;
};

export type Agent = {
  readonly type: CodeableConcept;
  readonly role?: readonly CodeableConcept[];
  readonly who: Reference;
  readonly requestor: boolean;
  /** Type 1 is the name of a machine. */
  readonly network?: { readonly address: string; readonly type: '1' };
  readonly purposeOfUse?: readonly CodeableConcept[];
};

export type Entity = {
  readonly what?: Reference;
  readonly type: Coding;
  readonly role?: Coding;
  /** Base64. */
  readonly query?: string;
  readonly description?: string;
};

export type AuditEvent = {
  readonly resourceType: 'AuditEvent';
  readonly id: string;
  readonly meta: { readonly profile: readonly [string] };
  readonly type: Coding;
  readonly subtype?: readonly Coding[];
  readonly action: 'C' | 'R' | 'U' | 'E';
  readonly period?: { readonly start: string; readonly end: string };
  readonly recorded: string;
  /** 0 success, 4 minor failure, 8 serious failure. */
  readonly outcome: '0' | '4' | '8';
  readonly outcomeDesc?: string;
  readonly purposeOfEvent?: readonly CodeableConcept[];
  readonly agent: readonly Agent[];
  readonly source: { readonly observer: Reference; readonly type: readonly Coding[] };
  readonly entity?: readonly Entity[];
};

const of =
  (system: string) =>
  (code: string): Coding => ({ system, code });
const terminology = (name: string) => of(`http://terminology.hl7.org/CodeSystem/${name}`);

export const rest = terminology('audit-event-type')('rest');
export const dicom = of('http://dicom.nema.org/resources/ontology/DCM');
export const interaction = of('http://hl7.org/fhir/restful-interaction');
export const lifecycle = terminology('iso-21089-lifecycle');
export const actReason = terminology('v3-ActReason');
export const entityType = terminology('audit-entity-type');
export const objectRole = terminology('object-role');
export const participation = terminology('v3-ParticipationType');
export const roleClass = terminology('v3-RoleClass');
export const securityRole = terminology('extra-security-role-type');
export const sourceType = terminology('security-source-type');
export const resourceType = of('http://hl7.org/fhir/resource-types');
export const authorisation = of('https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType');
/** What no published code says. */
export const own = of('urn:consultation-ledger:audit-event');

export const concept = (...coding: readonly Coding[]): CodeableConcept => ({ coding });

/** A profile of IHE's Basic Audit Log Patterns. */
export const balp = (name: string): string =>
  `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${name}`;
/** Security events, for which there is none. */
export const PLAIN = 'http://hl7.org/fhir/StructureDefinition/AuditEvent';

const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/;

/** By the id that the ledger knows it by; `kind` names what sort of id that is. */
export const refers = (kind: string, value: string, type?: string): Reference => ({
  ...(type !== undefined && FHIR_ID.test(value) && { reference: `${type}/${value}` }),
  ...(type !== undefined && { type }),
  identifier: { system: `urn:consultation-ledger:${kind}`, value },
});

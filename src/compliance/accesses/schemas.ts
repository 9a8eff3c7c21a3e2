import { z } from 'zod';
import { Id, Purpose, Severity, ViewSource } from '../../../events/values.ts';
import { MOST_MERGED } from '../../consultations/merging/decide.ts';
import type { Messages } from '../../http/channels.ts';
import { paging } from '../../http/schemas.ts';
import { GivenPersonId, PersonId } from '../../request/person-id.ts';

export const PatientParams = z.strictObject({ patientId: GivenPersonId });
const revision = z.int().nonnegative();
/** As `AccessPlace` has it. */
const place = z.tuple([revision, z.string().max(64), z.array(z.tuple([Id, revision])).max(MOST_MERGED)]);
const page = paging(place);
export const AccessList = z.strictObject(page);
export const AccessListFor = z.strictObject({
  onBehalfOf: GivenPersonId.optional().describe('from a service: the patient or guardian in whose app it is asked'),
  ...page,
});

const who = {
  at: z.iso.datetime(),
  patientId: PersonId,
  viewerId: PersonId.optional().describe('missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients'),
  who: z.string().describe('`you`, or the role, a pseudonym for this patient alone, or the id of who it was'),
  automated: z.boolean().describe('a service by itself, and no person'),
  reason: z.string().describe('why, in plain words, as far as the ledger knows'),
  viewerRoles: z.array(z.string()),
  held: z.literal(true).optional().describe('to compliance alone: a hold keeps it from the patient now'),
  appVersion: z.string(),
  clientRelease: z.string().optional().describe('the release of the app that asked (`X-Client-Release`)'),
};
const what = { consultationId: Id, recordingId: Id, viewId: Id };
export const AccessRowSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('shown'), ...who, consultationIds: z.array(Id), recordingIds: z.array(Id) }),
    z.object({
      kind: z.literal('opened'),
      ...who,
      ...what,
      recordingId: Id.nullable().describe('null where a view was reported of a recording that is not filed there'),
      purpose: Purpose,
      source: ViewSource,
      verdict: z.enum(['cleared', 'flagged', 'pending']),
      severity: Severity.optional(),
    }),
    z.object({
      kind: z.literal('refused'),
      ...who,
      ...what,
      purpose: Purpose.optional().describe('missing where the content of a view was refused'),
      reasonCode: z.string(),
    }),
    z.object({
      kind: z.literal('played'),
      ...who,
      ...what,
      bytesServed: z.int().describe('of all transfers of the view'),
      ranges: z.array(z.tuple([z.int(), z.int()])).describe('which parts of the recording, inclusive and in its order'),
      outcome: z.string().describe('how the last transfer ended'),
    }),
    z.object({
      kind: z.literal('audited'),
      ...who,
      onBehalfOf: PersonId.optional().describe('the patient or the guardian that it was read for'),
    }),
  ])
  .meta({ id: 'Access' });
export const AccessListSchema = z
  .object({ items: z.array(AccessRowSchema), next: z.string().nullable() })
  .meta({ id: 'AccessPage' });

const revisionOfPatient = z.int().nonnegative().describe('of the patient’s stream');
const EmergencySchema = z
  .object({
    patientId: PersonId,
    consultationId: Id,
    recordingId: Id.nullable().describe('null where a service reported a recording that is not filed there'),
    viewId: Id,
    viewerId: who.viewerId,
    who: who.who,
    revision: revisionOfPatient,
  })
  .meta({ id: 'EmergencyAccess' });

export const tellsOfAccesses = {
  'access.recorded': {
    says: 'one of the patient’s recordings was opened, or asked for in vain; for patients who chose it',
    schema: AccessRowSchema.and(z.object({ revision: revisionOfPatient })),
  },
  'access.emergency': {
    says: 'a clinician declared an emergency to open one of the patient’s recordings',
    schema: EmergencySchema,
  },
} as const satisfies Messages;

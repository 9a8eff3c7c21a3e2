import type { ExportPurpose } from '../../../events/auditor-events.ts';
import type { Purpose } from '../../../events/values.ts';
import type { HistoryRow } from '../../../projections/history.ts';
import {
  type Agent,
  type AuditEvent,
  actReason,
  authorisation,
  balp,
  type Coding,
  concept,
  dicom,
  type Entity,
  entityType,
  interaction,
  lifecycle,
  objectRole,
  own,
  PLAIN,
  participation,
  type Reference,
  refers,
  resourceType,
  rest,
  roleClass,
  securityRole,
  sourceType,
} from './audit-event.ts';

/** A row of the access history, of an event or of the index. */
export type AuditedRow = Omit<HistoryRow, 'position' | 'actorId' | 'appVersion'> & {
  readonly actorId?: string;
  readonly appVersion?: string;
};

/** A client of which no more is known: older events do not name it, and an issuer need not. */
export const UNKNOWN_CLIENT = 'unknown-client';

/**
 * The rows of one event as AuditEvents after IHE BALP, one for each patient: `profileOf` says which kinds have a profile, the others give
 * none. A flagged view and an emergency have a security event of their own, beside the read.
 * @param source how this system is called in them
 */
export const toAuditEvents = (rows: readonly AuditedRow[], source: string): readonly AuditEvent[] => {
  const [first] = rows;
  if (first?.kind === 'shown')
    return [...new Map(rows.map((row) => [row.patientId, row])).values()].flatMap((row) => asQuery(row, source));
  return rows.flatMap((row) => mappers[row.kind]?.(row, source) ?? []);
};

type Mapper = (row: AuditedRow, source: string) => AuditEvent | readonly AuditEvent[];

const mappers: { readonly [K in HistoryRow['kind']]?: Mapper } = {
  opened: (row, source) => [asRead(row, source), ...(row.purpose === 'emergency' ? [asEmergency(row, source)] : [])],
  refused: (row, source) => asRefusal(row, source),
  flagged: (row, source) => asAlert(row, source),
  exported: (row, source) => (row.recipient === undefined ? asExport(row, source) : asDisclosure(row, source)),
  audited: (row, source) => asAudit(row, source),
  created: (row, source) => asChange(row, source, 'create'),
  changed: (row, source) => asChange(row, source, 'update'),
  quarantined: (row, source) => asChange(row, source, 'update'),
  released: (row, source) => asChange(row, source, 'update'),
  erased: (row, source) => asChange(row, source, 'update'),
};

const asRead = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, balp('PatientRead')),
  ...{ type: rest, subtype: [interaction('read'), lifecycle('access')], action: 'R', outcome: '0' },
  // The recording is sent by the server (the source of the data) to the client (its destination).
  agent: [client(row, '110152'), server(source, '110153'), user(row)],
  entity: [patient(row), recording(row)],
});

/** A list is of the consultations of the person who asked; events do not keep the request itself. */
const asQuery = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, balp('PatientQuery')),
  ...{ type: rest, subtype: [interaction('search-type')], action: 'E', outcome: '0' },
  // Of a query the client is the source and the server the destination.
  agent: [client(row, '110153'), server(source, '110152'), user(row)],
  entity: [
    patient(row),
    {
      ...{ type: entityType('2'), role: objectRole('24') },
      query: Buffer.from(`Appointment?actor=${row.viewerId ?? ''}`).toString('base64'),
    },
  ],
});

const asChange = (row: AuditedRow, source: string, kind: 'create' | 'update'): AuditEvent => ({
  ...common(row, source, balp(kind === 'create' ? 'PatientCreate' : 'PatientUpdate')),
  ...{ type: rest, subtype: [interaction(kind), own(changed(row))] },
  ...{ action: kind === 'create' ? 'C' : 'U', outcome: '0' },
  agent: [client(row, '110153'), server(source, '110152'), user(row, 'AUT')],
  entity: [
    patient(row),
    row.recordingId !== undefined ? recording(row) : row.consultationId !== undefined ? consultation(row) : record(row),
  ],
});

const changed = ({ kind, reason }: AuditedRow): string =>
  kind === 'created' || kind === 'changed' ? (reason ?? kind) : kind;

/** Who may see a recording follows from who takes part: the consultation stands where a consent does. */
const asRefusal = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, balp('AuthZconsent')),
  ...{ type: dicom('110113'), subtype: [authorisation('AuthZ-Consent')], action: 'E', outcome: '4' },
  outcomeDesc: row.reason ?? 'refused',
  ...purposeOfEvent(row),
  agent: [
    client(row, '110150'),
    user(row),
    { type: concept(roleClass('PROV')), who: refers('system', source, 'Organization'), requestor: false },
    { type: concept(securityRole('authserver')), who: device(source), requestor: false },
  ],
  entity: [
    patient(row),
    { type: resourceType('Consent'), what: refers('consultation', row.consultationId ?? '', 'Consent') },
    recording(row),
  ],
});

const asAlert = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, PLAIN, 's'),
  ...{ type: dicom('110113'), subtype: [own('view-flagged')], action: 'E', outcome: '8' },
  outcomeDesc: [row.severity, row.rule].filter(Boolean).join(': ') || 'flagged',
  ...purposeOfEvent(row),
  agent: [...(row.viewerId === undefined ? [] : [user(row)]), application(source)],
  ...withEntities([
    ...(row.patientId === undefined ? [] : [patient(row)]),
    ...(row.recordingId === undefined ? [] : [recording(row)]),
  ]),
});

const asEmergency = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, PLAIN, 's'),
  ...{ type: dicom('110113'), subtype: [dicom('110127')], action: 'E', outcome: '0' },
  purposeOfEvent: [concept(actReason('BTG'))],
  agent: [user(row), application(source)],
  entity: [patient(row), recording(row)],
});

const asDisclosure = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, balp('PrivacyDisclosure.Source')),
  ...{ type: dicom('110106'), subtype: [lifecycle('disclose')], action: 'R', outcome: '0' },
  ...purposeOfEvent(row),
  agent: [
    server(source, '110153'),
    {
      ...{ type: concept(dicom('110152')), who: { type: 'Organization', display: row.recipient ?? '' } },
      // The file is handed over outside of this system.
      ...{ requestor: false, network: named(UNKNOWN_CLIENT) },
    },
    user(row),
  ],
  entity: [patient(row), exported(row)],
});

/** An officer took it, for the organisation itself. */
const asExport = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, PLAIN),
  ...{ type: dicom('110106'), action: 'R', outcome: '0' },
  ...purposeOfEvent(row),
  agent: [user(row), server(source, '110153')],
  entity: [patient(row), exported(row)],
});

const asAudit = (row: AuditedRow, source: string): AuditEvent => ({
  ...common(row, source, PLAIN),
  ...{ type: dicom('110101'), action: 'R', outcome: '0' },
  agent: [user(row), server(source, '110153')],
  entity: [
    patient(row),
    { what: refers('log', 'access-history'), type: entityType('2'), role: objectRole('13'), description: place(row) },
  ],
});

/** @param suffix tells the security event of a row from its other one */
const common = ({ eventId, part, at, occurredAt }: AuditedRow, source: string, profile: string, suffix?: string) => ({
  resourceType: 'AuditEvent' as const,
  id: [eventId, part, suffix].filter((one) => one !== undefined).join('-'),
  meta: { profile: [profile] as const },
  ...(occurredAt !== undefined && { period: { start: occurredAt, end: occurredAt } }),
  recorded: at,
  source: { observer: device(source), type: [sourceType('4')] },
});

const device = (source: string): Reference => refers('system', source, 'Device');
const named = (address: string) => ({ address, type: '1' as const });

/** A reported view happened in the service that reported it. */
const client = ({ clientId, source, actorId }: AuditedRow, code: string): Agent => {
  const id = clientId ?? (source === 'witnessed' ? actorId : undefined) ?? UNKNOWN_CLIENT;
  return {
    ...{ type: concept(dicom(code)), who: refers('client', id, 'Device') },
    ...{ requestor: false, network: named(id) },
  };
};

const server = (source: string, code: string): Agent => ({
  ...{ type: concept(dicom(code)), who: device(source), requestor: false, network: named(source) },
});

const application = (source: string): Agent => server(source, '110150');

const user = (row: AuditedRow, type: 'IRCP' | 'AUT' = 'IRCP'): Agent => {
  const { viewerId, viewerRoles, actorId, purpose } = row;
  return {
    type: concept(participation(type)),
    ...(viewerRoles?.length && { role: viewerRoles.map((role) => concept(roleCoding(role))) }),
    ...{ who: refers('person', viewerId ?? actorId ?? '', personType(row)), requestor: true },
    ...(purpose !== undefined && { purposeOfUse: [concept(actReason(purposes[purpose]))] }),
  };
};

const roleCoding = (code: string): Coding => ({ system: 'urn:consultation-ledger:role', code });

/** Undefined: the ledger does not know what they are. */
const personType = ({ viewerId, viewerRoles = [], patientId }: AuditedRow): string | undefined => {
  if (viewerId === undefined) return undefined;
  if (viewerId === patientId) return 'Patient';
  if (viewerRoles.includes('service')) return 'Device';
  if (viewerRoles.some((role) => ['clinician', 'on-call', 'compliance'].includes(role))) return 'Practitioner';
  return viewerRoles.includes('patient') ? 'Patient' : undefined;
};

const patient = ({ patientId = '' }: AuditedRow): Entity => ({
  ...{ what: refers('person', patientId, 'Patient'), type: entityType('1'), role: objectRole('1') },
});

const data = (what: Reference, row: AuditedRow): Entity => ({
  ...{ what, type: entityType('2'), role: objectRole('4'), description: place(row) },
});
const recording = (row: AuditedRow) => data(refers('recording', row.recordingId ?? '', 'DocumentReference'), row);
/** Who the patient is: of a merge. */
const record = (row: AuditedRow) => data(refers('person', row.patientId ?? '', 'Patient'), row);
const exported = (row: AuditedRow) => data(refers('export', row.exportId ?? ''), row);
const consultation = (row: AuditedRow) => {
  const held = row.reason === 'joined' || row.reason === 'left';
  return data(refers('consultation', row.consultationId ?? '', held ? 'Encounter' : 'Appointment'), row);
};

/** Where the ledger has the fact, so that an auditor can go from the export to the evidence. */
const place = ({ stream, revision, viewId, appVersion, clientRelease }: AuditedRow) =>
  Object.entries({ event: `${stream}@${revision}`, view: viewId, release: appVersion, client: clientRelease })
    .flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name} ${value}`]))
    .join('; ');

const withEntities = (entity: readonly Entity[]) => (entity.length > 0 ? { entity } : {});

const purposes = {
  treatment: 'TREAT',
  'patient-request': 'PATRQT',
  emergency: 'ETREAT',
  operations: 'HOPERAT',
  review: 'HCOMPL',
  audit: 'HOPERAT',
  legal: 'HLEGAL',
  oversight: 'HCOMPL',
  'public-health': 'PUBHLTH',
  research: 'HRESCH',
} as const satisfies Record<Purpose | ExportPurpose, string>;

/** Of an export, its purpose stands where other rows have a reason. */
const purposeOfEvent = ({ kind, purpose, reason }: AuditedRow) => {
  const stated = purpose ?? (kind === 'exported' ? reason : undefined);
  const code = stated === undefined ? undefined : purposes[stated as keyof typeof purposes];
  return code === undefined ? {} : { purposeOfEvent: [concept(actReason(code))] };
};

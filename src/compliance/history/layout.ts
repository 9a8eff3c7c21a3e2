import { crc32 } from 'node:zlib';
import type { HistoryRow, Participation } from '../../../projections/history.ts';

/*
 * The index as DuckDB holds it. A cache of the log: it may be thrown away at any time and is built again.
 *
 *   history         one row for each row of `projections/history.ts`, in the order of the log
 *   recordings      how long and how large each is, for the seconds that a transfer served
 *   participation   who takes part in a consultation, from which event on, and on whose word
 *   about           one row of JSON: format, checkpoint, number of rows
 */

/** Version of this layout and of what a row says. Raise it with every change, also of the rows: an older file is built again. */
export const FORMAT = 4;

/** Ids that rows are looked for by. A number for each is compared far faster than the text; two ids may share one. */
export const keyColumns = {
  patientId: 'patientKey',
  viewerId: 'viewerKey',
  consultationId: 'consultationKey',
  recordingId: 'recordingKey',
} as const;
type KeyColumn = (typeof keyColumns)[keyof typeof keyColumns];

export const keyOf = (id: string): number => crc32(id);

/** A row as it is kept: what the event says, its number, and what later events say of it. */
export type KeptRow = Omit<HistoryRow, 'position' | 'viewerRoles' | 'recordingIds'> & {
  /** Number of the row, from 0, in the order of the log. */
  readonly n: number;
  readonly position: number;
  /** JSON: ids and roles are looked for in it as they are quoted. */
  readonly viewerRoles?: string;
  readonly recordingIds?: string;
  /** Of a played row: as many seconds of the recording as its bytes are of the whole. */
  readonly secondsPlayed?: number;
  /** Of an opened row: the position of the event that cleared or flagged the view, once there is one. */
  readonly clearedAt?: number;
  readonly flaggedAt?: number;
} & { readonly [Key in KeyColumn]?: number };

export type RecordingFacts = {
  readonly recordingId: string;
  readonly bytes: number;
  readonly durationSeconds: number | null;
};

export const historyColumns = {
  n: 'UBIGINT',
  position: 'UBIGINT',
  part: 'UINTEGER',
  at: 'VARCHAR',
  kind: 'VARCHAR',
  viewerId: 'VARCHAR',
  viewerRoles: 'VARCHAR',
  patientId: 'VARCHAR',
  consultationId: 'VARCHAR',
  recordingId: 'VARCHAR',
  recordingIds: 'VARCHAR',
  viewId: 'VARCHAR',
  breachId: 'VARCHAR',
  purpose: 'VARCHAR',
  source: 'VARCHAR',
  severity: 'VARCHAR',
  rule: 'VARCHAR',
  reason: 'VARCHAR',
  contentReleased: 'BOOLEAN',
  occurredAt: 'VARCHAR',
  bytesServed: 'UBIGINT',
  transferId: 'VARCHAR',
  outcome: 'VARCHAR',
  actorId: 'VARCHAR',
  exportId: 'VARCHAR',
  recipient: 'VARCHAR',
  recipientAddress: 'VARCHAR',
  sealedRecipient: 'VARCHAR',
  clientRelease: 'VARCHAR',
  clientId: 'VARCHAR',
  appVersion: 'VARCHAR',
  eventId: 'VARCHAR',
  stream: 'VARCHAR',
  revision: 'UINTEGER',
  secondsPlayed: 'DOUBLE',
  clearedAt: 'UBIGINT',
  flaggedAt: 'UBIGINT',
  patientKey: 'UINTEGER',
  viewerKey: 'UINTEGER',
  consultationKey: 'UINTEGER',
  recordingKey: 'UINTEGER',
} as const satisfies Record<keyof KeptRow, string>;

export const recordingColumns = {
  recordingId: 'VARCHAR',
  bytes: 'UBIGINT',
  durationSeconds: 'DOUBLE',
} as const satisfies Record<keyof RecordingFacts, string>;

export const participationColumns = {
  position: 'UBIGINT',
  at: 'VARCHAR',
  patientId: 'VARCHAR',
  consultationId: 'VARCHAR',
  personId: 'VARCHAR',
  capacity: 'VARCHAR',
  hostId: 'VARCHAR',
} as const satisfies Record<keyof Participation, string>;

type Columns = Readonly<Record<string, string>>;

const defined = (columns: Columns) =>
  Object.entries(columns)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ');

export const CREATE = [
  `CREATE TABLE history (${defined(historyColumns)})`,
  `CREATE TABLE recordings (${defined(recordingColumns)})`,
  `CREATE TABLE participation (${defined(participationColumns)})`,
  'CREATE TABLE about (json VARCHAR)',
];

/** Takes rows as one JSON text: DuckDB reads it on a thread of its own, so that the event loop pays for no column. */
export const insertInto = (table: string, columns: Columns): string =>
  `INSERT INTO ${table} BY NAME SELECT unnest(from_json($1::VARCHAR, '${JSON.stringify([columns])}'), recursive := true)`;

import type { AnsweredRow } from './questions.ts';

/** How rows are written out: what comes before them, each of them, and its media type. */
export type RowFormat = {
  readonly name: 'csv' | 'ndjson';
  readonly contentType: string;
  readonly head: string;
  readonly line: (row: AnsweredRow) => string;
};

/** RFC 4180. A cell that a spreadsheet would run as a formula begins with an apostrophe, as OWASP advises. */
export const csvCell = (value: string | number | boolean | undefined): string => {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csvLine = (cells: readonly (string | number | boolean | undefined)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`;

type Column = readonly [name: string, of: (row: AnsweredRow) => string | number | boolean | undefined];

const columns: readonly Column[] = [
  ['accessed_at', ({ at }) => at],
  ['kind', ({ kind }) => kind],
  ['viewer_id', ({ viewerId }) => viewerId],
  ['viewer_role', ({ viewerRoles }) => viewerRoles?.join(' ')],
  ['patient_id', ({ patientId }) => patientId],
  ['consultation_id', ({ consultationId }) => consultationId],
  ['recording_id', ({ recordingId, recordingIds }) => recordingId ?? recordingIds?.join(' ')],
  ['view_id', ({ viewId }) => viewId],
  ['purpose', ({ purpose }) => purpose],
  ['source', ({ source }) => source],
  ['verdict', ({ verdictThen }) => verdictThen],
  ['verdict_now', ({ verdictNow }) => verdictNow],
  ['severity', ({ severity }) => severity],
  ['rule', ({ rule }) => rule],
  ['reason', ({ reason }) => reason],
  ['bytes_served', ({ bytesServed }) => bytesServed],
  ['seconds_played', ({ secondsPlayed }) => secondsPlayed],
  ['client_release', ({ clientRelease }) => clientRelease],
  ['app_version', ({ appVersion }) => appVersion],
  ['position', ({ position }) => position],
  ['event_id', ({ eventId }) => eventId],
  ['stream', ({ stream }) => stream],
  ['revision', ({ revision }) => revision],
];

export const csv: RowFormat = {
  name: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  head: csvLine(columns.map(([name]) => name)),
  line: (row) => csvLine(columns.map(([, of]) => of(row))),
};

export const ndjson: RowFormat = {
  name: 'ndjson',
  contentType: 'application/x-ndjson',
  head: '',
  line: (row) => `${JSON.stringify(row)}\n`,
};

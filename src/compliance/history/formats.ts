import { shown } from '../../request/person-id.ts';
import { toAuditEvents } from '../fhir/to-audit-events.ts';
import type { AnsweredRow } from './questions.ts';

/** How rows are written out: what comes before them, some of them, and the media type. */
export type RowFormat = {
  readonly name: 'csv' | 'ndjson' | 'fhir';
  readonly contentType: string;
  readonly head: string;
  /** @param rows in any order, with all rows that there are of an event */
  readonly text: (rows: readonly AnsweredRow[]) => string;
};

/** Neither a formula nor anything that has to be quoted: ids, times and codes, which nearly all cells are. */
const PLAIN = /^(?:[\w.:/][\w.:/-]*)?$/;

/** RFC 4180. A cell that a spreadsheet would run as a formula begins with an apostrophe, as OWASP advises. */
export const csvCell = (value: string | number | boolean | undefined): string => {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  if (PLAIN.test(value)) return value;
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
  ['export_id', ({ exportId }) => exportId],
  ['recipient', ({ recipient }) => recipient],
  ['client_id', ({ clientId }) => clientId],
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
  text: (rows) => rows.map((row) => csvLine(columns.map(([, of]) => of(row)))).join(''),
};

export const ndjson: RowFormat = {
  name: 'ndjson',
  contentType: 'application/x-ndjson',
  head: '',
  text: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
};

/** AuditEvents of the rows that have a profile, one a line. @param source how this system is called in them */
export const fhir = (source: string): RowFormat => ({
  name: 'fhir',
  contentType: 'application/fhir+ndjson',
  head: '',
  text: (rows) =>
    byEvent(rows)
      .flatMap((one) => toAuditEvents(one, source))
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
});

const byEvent = (rows: readonly AnsweredRow[]): readonly (readonly AnsweredRow[])[] => {
  const events: AnsweredRow[][] = [];
  for (const row of rows) {
    const last = events.at(-1);
    if (last?.[0]?.eventId === row.eventId) last.push(row);
    else events.push([row]);
  }
  return events;
};

/** Rows as text, part for part. The rows of one event are never in two parts: an AuditEvent may be of all of them. */
export async function* written(
  format: RowFormat,
  parts: AsyncIterable<readonly AnsweredRow[]>,
): AsyncGenerator<string> {
  if (format.head !== '') yield format.head;
  let held: readonly AnsweredRow[] = [];
  for await (const part of parts) {
    const rows = [...held, ...shown(part)];
    const last = rows.at(-1)?.eventId;
    const whole = rows.findLastIndex(({ eventId }) => eventId !== last) + 1;
    held = rows.slice(whole);
    const text = format.text(rows.slice(0, whole));
    if (text !== '') yield text;
  }
  const text = format.text(held);
  if (text !== '') yield text;
}

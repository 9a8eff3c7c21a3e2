import type { HistoryKind } from '../../../projections/history.ts';
import { shown } from '../../request/person-id.ts';
import { csvLine } from '../history/formats.ts';
import type { AnsweredRow } from '../history/questions.ts';

/** What an accounting looks through: exports to others, and views that were none of the viewer's business. */
export const accountedKinds: readonly HistoryKind[] = ['opened', 'played', 'exported'];
export const ACCOUNTED_YEARS = 6;

/** What 45 CFR 164.528(a)(1) leaves out: treatment, operations, and what the individual asked for. */
const NOT_ACCOUNTED = new Set(['treatment', 'operations', 'patient-request', 'audit']);

type Disclosure = {
  readonly at: string;
  readonly recipient: string;
  readonly address: string;
  readonly description: string;
  readonly purpose: string;
  readonly releasedBy: string;
  readonly eventId: string;
  readonly patientId: string;
};
type Series = Disclosure & { last: string; count: number };

/**
 * An accounting of disclosures with the fields of 45 CFR 164.528(b)(2), as CSV: several to the same recipient for a single purpose are one
 * line with the first, the last and how many, as (b)(3) allows. Holds one line for each recipient, purpose and thing disclosed.
 * @param parts rows of one patient, oldest first, of `accountedKinds`
 */
export async function* accountingOf(parts: AsyncIterable<readonly AnsweredRow[]>): AsyncGenerator<string> {
  const series = new Map<string, Series>();
  /** Flagged views of which bytes may still leave, by id. */
  const flagged = new Map<string, AnsweredRow>();
  for await (const rows of parts)
    for (const row of shown(rows)) {
      const disclosed = disclosureIn(row, flagged);
      if (!disclosed) continue;
      const { recipient, address, purpose, description } = disclosed;
      const key = JSON.stringify([recipient, address, purpose, description]);
      const before = series.get(key);
      if (!before) series.set(key, { ...disclosed, last: disclosed.at, count: 1 });
      else {
        before.last = disclosed.at;
        before.count += 1;
      }
    }
  yield csvLine([
    ...['disclosure_date', 'recipient_name', 'recipient_address', 'phi_description', 'purpose', 'series_first_date'],
    ...['series_last_date', 'series_count', 'released_by', 'event_id', 'patient_id'],
  ]);
  for (const { at, recipient, address, description, purpose, last, count, releasedBy, eventId, patientId } of [
    ...series.values(),
  ])
    yield csvLine([at, recipient, address, description, purpose, at, last, count, releasedBy, eventId, patientId]);
}

/** A flagged view is a disclosure once bytes of it left; one that was reported was seen elsewhere, and is one at once. */
const disclosureIn = (row: AnsweredRow, flagged: Map<string, AnsweredRow>): Disclosure | undefined => {
  const { kind, viewId } = row;
  if (kind === 'exported') return exported(row);
  if (viewId === undefined) return undefined;
  if (kind === 'opened') {
    if (row.verdictThen !== 'flagged' || row.severity !== 'critical') return undefined;
    flagged.set(viewId, row);
    return row.source === 'witnessed' ? impermissible(row, row) : undefined;
  }
  const view = flagged.get(viewId);
  return view && (row.bytesServed ?? 0) > 0 ? impermissible(row, view) : undefined;
};

const exported = ({ recipient, reason = '', ...row }: AnsweredRow): Disclosure | undefined =>
  recipient === undefined || NOT_ACCOUNTED.has(reason)
    ? undefined
    : {
        ...{ at: row.at, recipient, address: row.recipientAddress ?? '', purpose: reason },
        description: 'history of who accessed the consultations and recordings of the patient',
        ...{ releasedBy: row.viewerId ?? '', eventId: row.eventId, patientId: row.patientId ?? '' },
      };

const impermissible = (row: AnsweredRow, { rule, purpose, actorId, source }: AnsweredRow): Disclosure => ({
  ...{ at: row.at, recipient: row.viewerId ?? '', address: '' },
  description: `recording ${row.recordingId} of consultation ${row.consultationId}`,
  purpose: `impermissible (${rule ?? 'flagged'}); stated as ${purpose ?? 'none'}`,
  releasedBy: source === 'witnessed' ? (actorId ?? '') : `release ${row.appVersion ?? ''}`,
  ...{ eventId: row.eventId, patientId: row.patientId ?? '' },
});

import type { Appended } from '../../../events/event.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import { PersistentMap } from '../../../projections/persistent.ts';

type Played = Appended<Extract<PatientEvent, { type: 'RecordingPlayed' }>>;

/** Ends of transfers under one view, the latest first. */
type Ends = {
  /** Where on the stream the first one stands: the place of the view's row, which later ones do not move. */
  readonly firstRevision: number;
  readonly revision: number;
  readonly end: Pick<Played['data'], 'bytesServed' | 'ranges' | 'outcome'> & { readonly transferId: string };
  readonly before: Ends | undefined;
};

/** The transfers of each view of one patient. */
export type PlayedViews = PersistentMap<string, Ends>;

export const nothingPlayed = (): PlayedViews => PersistentMap.empty();

/** Pure, and indifferent to an event that comes again. */
export function foldPlayed(views: PlayedViews, event: Appended<PatientEvent>): PlayedViews {
  if (event.type !== 'RecordingPlayed') return views;
  const { viewId, bytesServed, ranges, outcome, transferId = event.id } = event.data;
  const before = views.get(viewId);
  const { revision } = event;
  if (before && revision <= before.revision) return views;
  const end = { bytesServed, ranges, outcome, transferId };
  return views.with(viewId, { firstRevision: before?.firstRevision ?? revision, revision, end, before });
}

/** A view's transfers as one: all bytes, which parts of the recording they were, and how the last one ended. */
export type PlayedView = {
  readonly bytesServed: number;
  /** Inclusive, from the beginning of the recording on; none touches another. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly outcome: Played['data']['outcome'];
};

/** @returns undefined where the row of the view stands at another event */
export const playedAt = (views: PlayedViews, viewId: string, revision: number): PlayedView | undefined => {
  const last = views.get(viewId);
  if (!last || last.firstRevision !== revision) return undefined;
  const { outcome } = last.end;
  let bytesServed = 0;
  const parts: (readonly [number, number])[] = [];
  // A store with a short memory for ids may hold the end of a transfer twice.
  const seen = new Set<string>();
  for (let at: Ends | undefined = last; at; at = at.before) {
    if (seen.has(at.end.transferId)) continue;
    seen.add(at.end.transferId);
    bytesServed += at.end.bytesServed;
    parts.push(...at.end.ranges);
  }
  return { bytesServed, ranges: joined(parts), outcome };
};

const joined = (parts: readonly (readonly [number, number])[]): [number, number][] => {
  const whole: [number, number][] = [];
  for (const [first, last] of [...parts].sort(([one], [other]) => one - other)) {
    const before = whole.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else whole.push([first, last]);
  }
  return whole;
};

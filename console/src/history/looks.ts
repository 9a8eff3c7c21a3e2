import type { DeskStep, Look, Rung, StepKind } from '../pictures/exposure-layout.ts';
import type { HistoryRow, Kind } from './question.ts';

const ms = (row: HistoryRow): number => Date.parse(row.occurredAt ?? row.at);
const keyOf = ({ position, part }: HistoryRow): string => `${position}.${part}`;

type Draft = { -readonly [K in keyof Look]: Look[K] };
const RUNGS: readonly Rung[] = ['refused', 'listed', 'opened', 'played'];

/** What rows of the access history say was seen. A view is one look, as far as it got; a list is one for each recording on it. */
export const looksOf = (rows: readonly HistoryRow[]): readonly Look[] => {
  const views = new Map<string, Draft>();
  const looks: Draft[] = [];
  const ofView = (row: HistoryRow, rung: Rung): Draft => {
    const key = row.viewId ?? keyOf(row);
    const known = views.get(key);
    if (known) {
      known.at = Math.min(known.at, ms(row));
      if (RUNGS.indexOf(rung) > RUNGS.indexOf(known.rung)) known.rung = rung;
      return known;
    }
    const { viewerId, patientId, recordingId } = row;
    const look: Draft = { id: key, at: ms(row), rung, viewerId, patientId, recordingId };
    views.set(key, look);
    looks.push(look);
    return look;
  };
  for (const row of rows) {
    if (row.kind === 'shown') {
      const { viewerId, patientId } = row;
      // A consultation without a recording was shown all the same.
      const listed = row.recordingIds?.length ? row.recordingIds : [undefined];
      for (const [index, recordingId] of listed.entries())
        looks.push({ id: `${keyOf(row)}.${index}`, at: ms(row), rung: 'listed', viewerId, patientId, recordingId });
    } else if (row.kind === 'opened') {
      const look = ofView(row, 'opened');
      look.flagged ||= row.verdictThen === 'flagged';
    } else if (row.kind === 'refused') ofView(row, 'refused');
    else if (row.kind === 'played') {
      const look = ofView(row, 'played');
      look.seconds = (look.seconds ?? 0) + (row.secondsPlayed ?? 0);
      look.bytes = (look.bytes ?? 0) + (row.bytesServed ?? 0);
    }
  }
  // A verdict changes how a view looks, and is none by itself: the breach of a rule may name a view of which no row is among these.
  for (const row of rows) {
    const look = row.kind === 'flagged' && row.viewId !== undefined ? views.get(row.viewId) : undefined;
    if (look) look.flagged = true;
  }
  return looks;
};

const CONTROLS: Partial<Record<Kind, readonly [kind: StepKind, says: string]>> = {
  suspended: ['contain', 'viewer suspended'],
  revoked: ['contain', 'view revoked'],
  halted: ['contain', 'playback halted'],
  quarantined: ['contain', 'recording quarantined'],
  erased: ['contain', 'recording erased'],
  reinstated: ['other', 'viewer reinstated'],
  resumed: ['other', 'playback resumed'],
  released: ['other', 'recording released'],
};

/** What people did about it, in the same rows. */
export const controlsIn = (rows: readonly HistoryRow[]): readonly DeskStep[] =>
  rows.flatMap((row) => {
    const control = CONTROLS[row.kind];
    if (!control) return [];
    const [kind, says] = control;
    return [{ id: keyOf(row), at: Date.parse(row.at), kind, says: row.actorId ? `${says} by ${row.actorId}` : says }];
  });

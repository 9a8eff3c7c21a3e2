import type { HistoryRow, Kind } from '../history/question.ts';

/** One thing that made a recording what it is, or that decided what becomes of it. */
export type Link = {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly says: string;
  readonly by: string | undefined;
  readonly release: string | undefined;
  readonly tone: 'good' | 'critical' | 'review' | 'quiet';
};

/** The kinds of row that a chain is made of. */
export const CHAIN: readonly Kind[] = ['created', 'changed', 'quarantined', 'released', 'erased'];

const CHANGES: Readonly<Record<string, readonly [title: string, says: string]>> = {
  booked: ['Booked', 'The consultation that the recording is of was booked.'],
  rescheduled: ['Rescheduled', 'The consultation was moved.'],
  cancelled: ['Cancelled', 'The consultation was called off.'],
  completed: ['Completed', 'The consultation ended. Joins after this prove nothing.'],
  missed: ['Missed', 'The patient or the clinician did not come.'],
  invited: ['Invited', 'A person was invited to take part.'],
  removed: ['Removed', 'A person no longer takes part.'],
  joined: [
    'Joined',
    'A person entered the media session: two participants in it prove that its recording belongs here.',
  ],
  left: ['Left', 'A person left the media session.'],
  'consent-given': ['Consent given', 'The patient agreed to be recorded.'],
  'consent-withdrawn': ['Consent withdrawn', 'The patient no longer agrees to be recorded.'],
  recorded: [
    'Filed',
    'The recording was stored. Its SHA-256 and that of each of its parts are in the ledger, and prove each byte that leaves.',
  ],
};

const linkOf = (row: HistoryRow): Omit<Link, 'key' | 'at' | 'by' | 'release'> | undefined => {
  const because = row.reason === undefined ? '' : ` Reason: ${row.reason}.`;
  if (row.kind === 'quarantined')
    return { title: 'Quarantined', says: `Kept from all viewers.${because}`, tone: 'review' };
  if (row.kind === 'released')
    return { title: 'Released', says: `Those who take part can view it again.${because}`, tone: 'good' };
  if (row.kind === 'erased')
    return {
      title: 'Erased',
      says: `Its bytes are removed for good. What the ledger says of it stays.${because}`,
      tone: 'critical',
    };
  const change = CHANGES[row.reason ?? ''];
  if (!change) return undefined;
  const [title, says] = change;
  return { title, says, tone: row.reason === 'recorded' ? 'good' : 'quiet' };
};

/** From the booking to what became of the recording, the oldest first; what happened to other recordings of the consultation is left out. */
export const chainOf = (rows: readonly HistoryRow[], recordingId: string): readonly Link[] =>
  rows
    .filter((row) => row.recordingId === undefined || row.recordingId === recordingId)
    .flatMap((row) => {
      const link = linkOf(row);
      if (!link) return [];
      const release = row.clientRelease ?? row.appVersion;
      return [{ ...link, key: `${row.position}.${row.part}`, at: row.at, by: row.actorId, release }];
    });

export type State = 'available' | 'quarantined' | 'erased' | 'unknown';

/** As the newest of its own links says. */
export const stateOf = (chain: readonly Link[]): State => {
  for (const { title } of chain.toReversed()) {
    if (title === 'Erased') return 'erased';
    if (title === 'Quarantined') return 'quarantined';
    if (title === 'Released' || title === 'Filed') return 'available';
  }
  return 'unknown';
};

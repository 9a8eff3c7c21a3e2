import type { Schemas } from '../../../clients/typescript/client.ts';
import type { HistoryRow, Kind } from '../history/question.ts';

type Step = Schemas['ProvenanceStep'];

/** One thing that made a recording what it is, or that decided what becomes of it. */
export type Link = {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly says: string;
  readonly by: string;
  readonly release: string;
  readonly tone: 'good' | 'critical' | 'review' | 'quiet';
};

type Told = { readonly title: string; readonly says: string; readonly tone?: Link['tone'] };

/** Each step, as a person reads it. */
export const STEPS: Readonly<Record<Step['what'], Told>> = {
  booked: { title: 'Booked', says: 'The consultation that the recording is of was booked.' },
  rescheduled: { title: 'Rescheduled', says: 'The consultation was moved.' },
  cancelled: { title: 'Cancelled', says: 'The consultation was called off.' },
  completed: { title: 'Completed', says: 'The consultation ended. Joins after this prove nothing.' },
  missed: { title: 'Missed', says: 'The patient or the clinician did not come.' },
  invited: { title: 'Invited', says: 'A person was invited to take part.' },
  removed: { title: 'Removed', says: 'A person no longer takes part.' },
  joined: {
    title: 'Joined',
    says: 'A person entered the media session: two participants in it prove that its recording belongs here.',
  },
  left: { title: 'Left', says: 'A person left the media session.' },
  'consent-given': { title: 'Consent given', says: 'The patient agreed to be recorded.' },
  'consent-withdrawn': { title: 'Consent withdrawn', says: 'The patient no longer agrees to be recorded.' },
  claimed: {
    title: 'Claimed',
    says: 'Its file was taken over from the bucket where the media server’s recorder had left it: read once, hashed, and copied.',
  },
  filed: {
    title: 'Filed',
    says: 'The recording was stored. Its SHA-256 and that of each of its parts are in the ledger, and prove each byte that leaves.',
    tone: 'good',
  },
  resealed: { title: 'Sealed', says: 'Its bytes lie in the store under a key of this patient from here on.' },
  quarantined: { title: 'Quarantined', says: 'Kept from all viewers.', tone: 'review' },
  released: { title: 'Released', says: 'Those who take part can view it again.', tone: 'good' },
  'reviewer-assigned': { title: 'Reviewer assigned', says: 'A person of the desk may watch it for a review.' },
  erased: {
    title: 'Erased',
    says: 'Its bytes are removed for good. What the ledger says of it stays.',
    tone: 'critical',
  },
};

/** From the booking to what became of the recording, the oldest first. */
export const chainOf = (steps: readonly Step[]): readonly Link[] =>
  steps.map((step, index) => {
    const { what, at, by, appVersion, clientRelease = appVersion, personId, bucket, reason, until } = step;
    const { title, says, tone = 'quiet' } = STEPS[what];
    const more = [
      personId !== undefined && personId !== by && `It is about ${personId}.`,
      bucket !== undefined && `Bucket: ${bucket}.`,
      reason !== undefined && `Reason: ${reason}.`,
      until !== undefined && `Until ${until}.`,
    ].filter((part) => part !== false);
    return { key: `${index} ${what}`, at, title, says: [says, ...more].join(' '), by, release: clientRelease, tone };
  });

export type State = 'available' | 'quarantined' | 'erased' | 'unknown';

const STATES: Partial<Record<Kind, State>> = {
  quarantined: 'quarantined',
  released: 'available',
  erased: 'erased',
};

/** As the newest row that decided about it says, among rows of one recording, the newest first. */
export const stateIn = (rows: readonly HistoryRow[]): State => {
  for (const { kind, reason } of rows) {
    const state = STATES[kind] ?? (kind === 'created' && reason === 'recorded' ? 'available' : undefined);
    if (state !== undefined) return state;
  }
  return 'unknown';
};

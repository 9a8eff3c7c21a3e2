import type { Purpose } from '../../../events/values.ts';
import { type Consultation, capacityOf, type Recording } from '../../consultations/evolve.ts';

/** A person who asks to view a recording, with the roles their own token proves. */
export type Viewer = { readonly id: string; readonly roles: readonly string[]; readonly suspended: boolean };

export type AccessQuestion = {
  readonly consultation: Consultation;
  readonly recording: Recording;
  readonly viewer: Viewer;
  readonly purpose: Purpose;
  readonly reason?: string | undefined;
  readonly playbackHalted: boolean;
  /** ISO-8601 in UTC. */
  readonly now: string;
};

/** Why a view is refused; the `reasonCode` of RecordingViewRefused. */
export const refusals = [
  'not-a-participant',
  'no-longer-a-participant',
  'viewer-suspended',
  'playback-halted',
  'recording-erased',
  'recording-quarantined',
] as const;
export type Refusal = (typeof refusals)[number];

/**
 * The first key: may this caller open this recording now? One provider, asked in one place; nothing else in the application lets
 * a caller view a recording. The second key (`projections/recording-access.ts`) answers the same question on its own.
 */
export class AccessPolicy {
  /** Pure. Whether the caller takes part comes first: other callers may learn nothing about the recording. */
  decide({
    consultation,
    recording,
    viewer,
    purpose,
    reason,
    playbackHalted,
    now,
  }: AccessQuestion): 'allowed' | Refusal {
    const emergency = purpose === 'emergency' && viewer.roles.includes('clinician') && (reason ?? '').trim() !== '';
    const review =
      purpose === 'review' &&
      (viewer.roles.includes('on-call') || viewer.roles.includes('compliance')) &&
      (recording.reviewers.get(viewer.id) ?? '') > now;
    if (!capacityOf(consultation, viewer.id) && !emergency && !review)
      return consultation.formerGuests.has(viewer.id) ? 'no-longer-a-participant' : 'not-a-participant';
    if (viewer.suspended) return 'viewer-suspended';
    if (recording.state === 'erased') return 'recording-erased';
    if (recording.state === 'quarantined') return 'recording-quarantined';
    if (playbackHalted) return 'playback-halted';
    return 'allowed';
  }
}

import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import {
  factsAt,
  mayReview,
  NOW,
  type RecordingAccess,
  removedSince,
  tookPart,
  type ViewEvidence,
} from '../../projections/recording-access.ts';
import { suspendedAt, suspendedSince, type ViewerStanding } from '../../projections/viewer-standing.ts';
import { CallerWitness, type Established, type RawCredential } from './caller.ts';
import { asKeysUnavailable } from './errors.ts';
import { Evidence } from './evidence.ts';

/** What the first key is about to send, and to whom. */
export type Claim = {
  readonly viewId: string;
  readonly viewerId: string;
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingId: string;
};

export type ContentPermit = {
  /** Where the recording's event stands on the patient's stream: what its bytes must be is read there. */
  readonly storedRevision: number;
  /** And where its object was last replaced by a sealed one, if it was. */
  readonly resealedRevision: number | undefined;
  /**
   * Whether it still holds: from the folds at hand, or asked of the store where there are none.
   * @throws EvidenceUnavailable
   */
  readonly holds: () => boolean | Promise<boolean>;
};

/** Of a view that is let go only the ledger says when it was last used. */
const SERVED_KEPT = 50_000;

/** The second key's own answer to whether the bytes of a view may leave, asked before the first and before each further piece. */
@Injectable()
export class ContentPermits {
  /** When this key last let bytes of a view leave here; milliseconds since the epoch. */
  private readonly served = new LRUCache<string, number>({ maxSize: SERVED_KEPT, sizeCalculation: () => 1 });

  constructor(
    private readonly evidence: Evidence,
    private readonly witness: CallerWitness,
  ) {}

  /**
   * @returns undefined: it must not leave
   * @throws EvidenceUnavailable, KeysUnavailable
   */
  async ask(claim: Claim, credential: RawCredential): Promise<ContentPermit | undefined> {
    const caller = await this.witness.establish(credential).catch((cause: unknown) => {
      throw asKeysUnavailable(cause);
    });
    if (!caller || caller.id !== claim.viewerId) return undefined;
    const { evidence } = this;
    const [access, standing, halted] = await Promise.all([
      evidence.patient(claim.patientId),
      evidence.viewer(caller.id),
      evidence.halted(),
    ]);
    if (halted) return undefined;
    const mayOpenNow = (known: RecordingAccess, now: ViewerStanding) =>
      isOpenAt(known.views.get(claim.viewId), this.served.get(claim.viewId), Date.now()) &&
      mayFlow(claim, caller, known, now);
    if (!mayOpenNow(access, standing)) {
      // A verdict reached on another instance a moment ago may still be on its way.
      const [accessNow, standingNow] = await Promise.all([
        evidence.patientNow(claim.patientId),
        evidence.viewerNow(caller.id),
      ]);
      if (!mayOpenNow(accessNow, standingNow)) return undefined;
    }
    const recording = (await evidence.patient(claim.patientId)).consultations
      .get(claim.consultationId)
      ?.recordings.get(claim.recordingId);
    if (!recording) return undefined;
    const asked = async () =>
      !(await evidence.halted()) &&
      mayFlow(claim, caller, await evidence.patient(claim.patientId), await evidence.viewer(caller.id));
    const noted = (mayLeave: boolean) => {
      if (mayLeave) this.served.set(claim.viewId, Date.now());
      return mayLeave;
    };
    return {
      storedRevision: recording.stored.revision,
      resealedRevision: recording.resealed?.revision,
      holds: () => {
        const known = evidence.glance(claim.patientId, caller.id);
        if (!known) return asked().then(noted);
        return noted(!known.halted && mayFlow(claim, caller, known.access, known.standing));
      },
    };
  }
}

/**
 * Whether a view may be asked for: until its time is up, for its idle time after it was last used, here or by the ledger, and never after
 * its end. A view that says no idle time ends where it says. Exported for its tests.
 */
export const isOpenAt = (view: ViewEvidence | undefined, servedAt: number | undefined, now: number): boolean => {
  if (view?.expiresAt === undefined) return false;
  if (now < Date.parse(view.expiresAt)) return view.endsAt === undefined || now < Date.parse(view.endsAt);
  if (view.idleSeconds === undefined || view.endsAt === undefined) return false;
  const last = Math.max(servedAt ?? 0, view.usedAt ?? 0);
  return now < last + view.idleSeconds * 1_000 && now < Date.parse(view.endsAt);
};

/** A transfer under way may finish after its view expired; everything else ends it. */
const mayFlow = (claim: Claim, caller: Established, access: RecordingAccess, standing: ViewerStanding): boolean => {
  const { viewId, patientId, consultationId, recordingId } = claim;
  const view = access.views.get(viewId);
  if (view?.source !== 'mediated' || view.viewerId !== caller.id) return false;
  if (view.patientId !== patientId || view.consultationId !== consultationId || view.recordingId !== recordingId)
    return false;
  const verdict = standing.verdicts.get(viewId);
  // With RELEASE_MODE=policy the first key alone permits a view that is not judged yet; a judged one needs both.
  if (verdict ? !verdict.released || verdict.viewRevision !== view.revision : view.releaseMode !== 'policy')
    return false;
  if (verdict && verdict.patientId !== patientId) return false;
  if (standing.revoked.has(viewId)) return false;
  if (verdict ? suspendedSince(standing, verdict.revision) : suspendedAt(standing, Number.POSITIVE_INFINITY))
    return false;
  const isEmergency = verdict ? verdict.flagged : view.purpose === 'emergency';
  const isReview = view.purpose === 'review' && mayReview(access, { ...claim, viewerId: caller.id }, NOW, Date.now());
  if (!isEmergency && !isReview && !tookPart(access, claim, caller.id, NOW)) return false;
  if (removedSince(access, consultationId, caller.id, view.revision)) return false;
  return factsAt(access, { ...claim, viewerId: caller.id }, NOW).recording === 'available';
};

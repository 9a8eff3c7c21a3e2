import { Inject, Injectable } from '@nestjs/common';
import { erasureStreams, patientStreams } from '../../events/categories.ts';
import type { ErasureEvent } from '../../events/erasure-events.ts';
import {
  type ErasureState,
  type ErasureStatus,
  erasureBoard,
  evolveErasure,
  type TrackedErasure,
} from '../../projections/erasure.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { PatientNotFound } from '../consultations/errors.ts';
import { Patients } from '../consultations/patients.ts';
import type { Page } from '../flow/page.ts';
import { KeyRing } from '../keys/keys.module.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { approve, assertAnother, cancel, known, request } from './decide.ts';
import { ErasureNeedsKeys } from './errors.ts';

export type ErasureWanted = { readonly patientId: string; readonly reason: string };
export type CancelErasureOf = { readonly erasureId: string; readonly reason: string };

const SHOWN_WITHIN_MS = 1_000;
const PAGE = 200;

/** Erasures of patients: asked for by one officer, approved by another, and how far they are. */
@Injectable()
export class Erasures {
  private readonly folds: LiveFolds<ErasureState, ErasureEvent>;
  private readonly model: ReadModel<TrackedErasure, ErasureEvent>;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly patients: Patients,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.folds = ledger.folds(erasureStreams, { initial: (): ErasureState => undefined, evolve: evolveErasure });
    this.model = models.of(erasureBoard);
  }

  /**
   * Asked again while one is under way, or done, it is that one.
   * @throws ErasureNeedsKeys, OwnCase, PatientNotFound, LedgerUnavailable, IdempotencyKeyReused
   */
  async request({ patientId, reason }: ErasureWanted, cause: Cause): Promise<TrackedErasure> {
    assertAnother(patientId, cause.actor.id);
    if (!this.keys.destroying) throw new ErasureNeedsKeys();
    const { state } = await this.patients.folds.refresh(patientStreams.of(patientId));
    if (state.ledger.consultations.size === 0) throw new PatientNotFound();
    const by = { by: cause.actor.id, now: this.clock.now() };
    for (let nth = 0; ; nth += 1) {
      const erasureId = erasureIdOf(patientId, nth);
      const earlier = await this.ledger.earlier(this.folds, erasureStreams.of(erasureId), cause);
      if (earlier) return { erasure: known(earlier.state), revision: earlier.revision };
      const { state: found } = await this.folds.refresh(erasureStreams.of(erasureId));
      // Cancelled while this was decided: then the next one is asked for.
      if (found?.status === 'cancelled') continue;
      const asked = await this.decide(erasureId, (it) => request(it, { erasureId, patientId, reason }, by), cause);
      if (asked.erasure.status !== 'cancelled') return asked;
    }
  }

  /** @throws ErasureNotFound, OwnCase, ErasureIsClosed, LedgerUnavailable */
  approve(erasureId: string, cause: Cause): Promise<TrackedErasure> {
    const by = { by: cause.actor.id, now: this.clock.now(), holdMs: this.config.erasure.holdMs };
    return this.decide(erasureId, (erasure) => approve(erasure, by), cause);
  }

  /** @throws ErasureNotFound, OwnCase, ErasureIsClosed, LedgerUnavailable */
  cancel({ erasureId, reason }: CancelErasureOf, cause: Cause): Promise<TrackedErasure> {
    const by = { by: cause.actor.id, now: this.clock.now(), reason };
    return this.decide(erasureId, (erasure) => cancel(erasure, by), cause);
  }

  /** As the store has it now. @throws ErasureNotFound, LedgerUnavailable */
  async get(erasureId: string): Promise<TrackedErasure> {
    const { state, revision } = await this.folds.refresh(erasureStreams.of(erasureId));
    return { erasure: known(state), revision };
  }

  /** A page, newest first. @throws LedgerUnavailable */
  list({
    status,
    before,
    limit,
  }: {
    status?: ErasureStatus | undefined;
    before?: number | undefined;
    limit: number;
  }): Page<TrackedErasure, number> {
    const { items, next } = this.model.page({
      ...(status !== undefined && { shelf: status }),
      ...(before !== undefined && { before }),
      limit,
    });
    return { items: items.map(({ view }) => view), next };
  }

  /** Every one of a status, the newest first. @throws LedgerUnavailable */
  *all(status: ErasureStatus): Generator<TrackedErasure> {
    let before: number | undefined;
    do {
      const { items, next } = this.list({ status, before, limit: PAGE });
      yield* items;
      before = next ?? undefined;
    } while (before !== undefined);
  }

  /** Whether all that is there is known. */
  get isCurrent(): boolean {
    return this.model.isCurrent;
  }

  /** Waits until it is. */
  current(limitMs: number): Promise<boolean> {
    return this.model.current(limitMs);
  }

  /** Calls back for each that has begun on any instance. */
  onBegun(hear: (patientId: string) => void): void {
    this.model.listen(({ after: { erasure } }) => {
      if (erasure.status === 'begun' || erasure.status === 'erased') hear(erasure.patientId);
    });
  }

  /** @returns the erasure after it. @throws what `decide` throws, LedgerUnavailable */
  async decide(
    erasureId: string,
    decide: (erasure: ErasureState) => readonly ErasureEvent[],
    cause: Cause,
  ): Promise<TrackedErasure> {
    const { state, revision } = await this.ledger.handle(this.folds, erasureStreams.of(erasureId), decide, cause);
    await this.model.untilShown(erasureId, revision, SHOWN_WITHIN_MS);
    return { erasure: known(state), revision };
  }
}

/** By the patient and which of their erasures it is, so that officers who ask at the same moment ask for one. */
const erasureIdOf = (patientId: string, nth: number): string => eventIdFor('erasure', JSON.stringify([patientId, nth]));

import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { privacyStreams } from '../../events/categories.ts';
import { UnreadableEvent } from '../../events/gate.ts';
import type { PrivacyEvent } from '../../events/privacy-events.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import type { Page } from '../flow/page.ts';
import type { Folded, LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { ViewIncomplete } from '../ledger/read/errors.ts';
import { choose, type HoldStatus, isHeld, isTold, lift, place, statusOf } from './decide.ts';
import { HoldNotFound, OwnHold } from './errors.ts';
import { type AccessHold, evolvePrivacy, noPrivacy, type PatientPrivacy } from './evolve.ts';

export type HoldWanted = { readonly patientId: string } & Pick<AccessHold, 'reason' | 'request' | 'viewerId' | 'until'>;
export type HoldRef = { readonly patientId: string; readonly holdId: string };
export type ChosenNotifications = { readonly notify: boolean; readonly chosen: boolean };
export type ToldHold = AccessHold & { readonly patientId: string; readonly status: HoldStatus };

/** Whose accesses are kept from a patient at one moment. */
export type HeldAccesses = {
  /** Of the stream that says so: another one later means that it may have changed. */
  readonly revision: number;
  readonly covers: (viewerId: string) => boolean;
};

type Decide = (privacy: PatientPrivacy) => readonly PrivacyEvent[];

/**
 * What patients chose to be told of, and the holds that keep accesses from them. Every answer is by all that the store has, never by what
 * this instance happens to know: a hold counts from the moment it is on record, on every instance. What cannot be read refuses the answer.
 */
@Injectable()
export class Privacy {
  private readonly folds: LiveFolds<PatientPrivacy, PrivacyEvent>;
  private readonly byDefault: boolean;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.byDefault = config.accessNotifications.byDefault;
    this.folds = ledger.folds(privacyStreams, { initial: noPrivacy, evolve: evolvePrivacy });
  }

  /**
   * Whether the patient is to be told now of an access by this viewer: they want to, no hold keeps it from them, and it is not their own.
   * To be asked when it is about to be told, each time again. An error is no yes.
   * @throws LedgerUnavailable
   */
  async isToldNow({ patientId, viewerId }: { patientId: string; viewerId: string }): Promise<boolean> {
    const { state } = await this.now(patientId);
    return isTold(state, { patientId, viewerId }, { now: this.clock.now(), byDefault: this.byDefault });
  }

  /** Whether a hold keeps an access by this viewer from the patient now. @throws LedgerUnavailable */
  async isHeldNow({ patientId, viewerId }: { patientId: string; viewerId: string }): Promise<boolean> {
    return (await this.heldFrom(patientId)).covers(viewerId);
  }

  /** Whose accesses are kept from a patient now. @throws LedgerUnavailable */
  async heldFrom(patientId: string): Promise<HeldAccesses> {
    const { state, revision } = await this.now(patientId);
    const now = this.clock.now();
    return { revision, covers: (viewerId) => isHeld(state, { patientId, viewerId }, now) };
  }

  /** @throws LedgerUnavailable */
  async notifications(patientId: string): Promise<ChosenNotifications> {
    return this.chosenIn((await this.now(patientId)).state);
  }

  /** @throws LedgerUnavailable */
  async choose(patientId: string, notify: boolean, cause: Cause): Promise<ChosenNotifications> {
    const { state } = await this.handle(patientId, (privacy) => choose(privacy, { patientId, notify }), cause);
    return this.chosenIn(state);
  }

  /** @throws OwnHold, HoldRefused, LedgerUnavailable */
  async place({ patientId, viewerId, ...wanted }: HoldWanted, cause: Cause): Promise<ToldHold> {
    const data = { patientId, holdId: uuidv7(), ...wanted, ...(viewerId !== undefined && { viewerId }) };
    const by = { by: cause.actor.id, now: this.clock.now() };
    const { events, state } = await this.handle(patientId, () => place(data, by), cause);
    // The same command came before: its hold is the first one's.
    const placed = events.find(({ type }) => type === 'AccessHoldPlaced');
    const { holdId } = placed?.type === 'AccessHoldPlaced' ? placed.data : data;
    return this.told(patientId, state.holds.get(holdId));
  }

  /** @throws HoldNotFound, OwnHold, LedgerUnavailable */
  async lift({ patientId, holdId }: HoldRef, cause: Cause): Promise<ToldHold> {
    const by = { by: cause.actor.id, now: this.clock.now() };
    const { state } = await this.handle(patientId, (privacy) => lift(privacy, { patientId, holdId }, by), cause);
    return this.told(patientId, state.holds.get(holdId));
  }

  /**
   * A page, newest first.
   * @param officerId who asks
   * @param before how many of the oldest are left to be shown
   * @throws OwnHold, LedgerUnavailable
   */
  async list(
    patientId: string,
    officerId: string,
    { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number | undefined; limit: number },
  ): Promise<Page<ToldHold, number>> {
    if (officerId === patientId) throw new OwnHold();
    const { state } = await this.now(patientId);
    const holds = [...state.holds.values()].slice(0, before);
    const from = Math.max(0, holds.length - limit);
    const items = holds.slice(from).reverse();
    return { items: items.map((hold) => this.told(patientId, hold)), next: from > 0 ? from : null };
  }

  private chosenIn({ notify }: PatientPrivacy): ChosenNotifications {
    return { notify: notify ?? this.byDefault, chosen: notify !== undefined };
  }

  private told(patientId: string, hold: AccessHold | undefined): ToldHold {
    if (!hold) throw new HoldNotFound();
    return { patientId, ...hold, status: statusOf(hold, this.clock.now()) };
  }

  private now(patientId: string): Promise<Folded<PatientPrivacy>> {
    return readable(patientId, () => this.folds.refresh(privacyStreams.of(patientId)));
  }

  private handle(patientId: string, decide: Decide, cause: Cause) {
    const stream = privacyStreams.of(patientId);
    return readable(patientId, () => this.ledger.handle(this.folds, stream, decide, cause));
  }
}

/** An event that cannot be read could be a hold, or the end of one. */
const readable = async <T>(patientId: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnreadableEvent) throw new ViewIncomplete(privacyStreams.of(patientId));
    throw error;
  }
};

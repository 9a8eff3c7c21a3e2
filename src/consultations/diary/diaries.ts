import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { diaryStreams, patientStreams } from '../../../events/categories.ts';
import type { Stream } from '../../../events/category.ts';
import type { DiaryEvent } from '../../../events/diary-events.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { forRequest } from '../../telemetry/logger.ts';
import { type PatientState, Patients } from '../patients.ts';
import type { Stretch } from './availability.ts';
import { confirm, type HoldSlot, hold, overlapping, vacate } from './decide.ts';
import { type Diary, emptyDiary, evolve, type Slot } from './evolve.ts';

/** Streams of patients that one question about a diary reads at once. */
const LOOKED_UP_AT_ONCE = 50;

/** The time of a person that a consultation asks for. */
export type SlotRequest = Omit<HoldSlot, 'slotId' | 'holdUntil'>;

/**
 * The diaries of all people but the patient. A diary is never the truth about a consultation, the patient's stream is: a crash between
 * the two streams is settled by looking there, when and only when it matters.
 */
@Injectable()
export class Diaries {
  readonly folds: LiveFolds<Diary, DiaryEvent>;
  private readonly logger = new Logger(Diaries.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.folds = ledger.folds<Diary, DiaryEvent>(diaryStreams, { initial: emptyDiary, evolve });
  }

  /**
   * @returns the slot that is held now: the wanted one, or the first one if the same command came before. Where that was so long ago that
   * its hold lapsed, the time is held anew, unless another booking has it by now.
   * @throws SlotTaken
   */
  async hold(request: SlotRequest, cause: Cause): Promise<HoldSlot> {
    const now = this.clock.now();
    const holdUntil = new Date(now + this.config.consultations.slotHoldMs).toISOString();
    const wanted: HoldSlot = { ...request, slotId: uuidv7(), holdUntil };
    const stream = diaryStreams.of(wanted.personId);
    const free = await this.freed(stream, wanted);
    const { events } = await this.ledger.handle(this.folds, stream, (diary) => hold(diary, wanted, free), cause);
    const held = events.find((event) => event.type === 'SlotHeld')?.data ?? wanted;
    const hasLapsed = Date.parse(held.holdUntil) <= now && !(await this.isBacked(held));
    return hasLapsed ? this.hold({ ...request, consultationId: held.consultationId }, once(cause)) : held;
  }

  /** @throws SlotTaken when the hold lapsed and another booking has the time */
  async confirm(held: HoldSlot, cause: Cause): Promise<void> {
    const stream = diaryStreams.of(held.personId);
    const free = await this.freed(stream, held);
    await this.ledger.handle(this.folds, stream, (diary) => confirm(diary, held.slotId, free), once(cause));
  }

  /**
   * What follows a change on the patient's stream. It only tidies diaries, which that stream overrules, so that its failure must not
   * turn a change that is durable into an error.
   */
  async settle(steps: readonly (() => Promise<void>)[], cause: Cause): Promise<void> {
    for (const outcome of await Promise.allSettled(steps.map((step) => step())))
      if (outcome.status === 'rejected')
        this.logger.warn(`a diary was left behind: ${String(outcome.reason)}`, forRequest(cause));
  }

  /** Gives the person's time for a consultation free. */
  async vacate(personId: string, consultationId: string, cause: Cause): Promise<void> {
    await this.ledger.handle(
      this.folds,
      diaryStreams.of(personId),
      (diary) => vacate(diary, consultationId),
      once(cause),
    );
  }

  /**
   * The times in a stretch at which a booking of this clinician would find the slot taken, by the same reckoning.
   * @throws LedgerUnavailable
   */
  async taken(personId: string, { start, end }: Stretch): Promise<readonly Stretch[]> {
    const { state } = await this.folds.get(diaryStreams.of(personId));
    const slots = overlapping(state, { capacity: 'clinician', consultationId: '', start, end });
    const taken: Stretch[] = [];
    for (let i = 0; i < slots.length; i += LOOKED_UP_AT_ONCE)
      await Promise.all(
        slots.slice(i, i + LOOKED_UP_AT_ONCE).map(async (slot) => {
          const { state } = await this.patients.get(slot.patientId);
          if (this.isHeld(slot) || backs(state, slot)) taken.push({ start: slot.start, end: slot.end });
        }),
      );
    return taken;
  }

  /** The overlapping slots that block no booking: their hold lapsed and no booked consultation stands behind them. */
  private async freed(stream: Stream<DiaryEvent>, wanted: HoldSlot): Promise<ReadonlySet<string>> {
    const { state } = await this.folds.known(stream);
    const free = new Set<string>();
    for (const slot of overlapping(state, wanted))
      if (!this.isHeld(slot) && !(await this.isBacked(slot))) free.add(slot.slotId);
    return free;
  }

  private isHeld({ status, holdUntil }: Slot): boolean {
    return status === 'held' && Date.parse(holdUntil) > this.clock.now();
  }

  private async isBacked(slot: Omit<HoldSlot, 'holdUntil'>): Promise<boolean> {
    return backs((await this.patients.folds.refresh(patientStreams.of(slot.patientId))).state, slot);
  }
}

/** Whether the patient's stream has the consultation at the time of the slot. */
const backs = (
  { ledger }: PatientState,
  { consultationId, personId, start, end }: Omit<HoldSlot, 'holdUntil'>,
): boolean => {
  const consultation = ledger.consultations.get(consultationId);
  return (
    consultation?.status === 'booked' &&
    consultation.clinicianId === personId &&
    consultation.scheduledStart === start &&
    consultation.scheduledEnd === end
  );
};

/** The idempotency key belongs to the step that makes the result; the steps that only settle it are harmless to repeat. */
const once = ({ idempotency: _, ...cause }: Cause): Cause => cause;

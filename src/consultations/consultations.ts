import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { DRILL_PREFIX } from '../../events/drill-events.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Clock } from '../clock.ts';
import type { Change } from '../command-path/change.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import type { Cause } from '../ledger/ledger.ts';
import { People } from '../people/people.ts';
import { forRequest } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import * as decide from './decide.ts';
import { Diaries, type SlotRequest } from './diary/diaries.ts';
import { ClinicianUnknown, MediaSessionTaken, SlotTaken } from './errors.ts';
import type { PatientLedger } from './evolve.ts';
import { answer, type ConsultationAnswer, Patients } from './patients.ts';
import { Sessions } from './sessions.ts';

/** Clocks of phones may be this much behind. */
const CLOCK_GRACE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/** `byThemselves`: a patient, or a person for them, and neither a clinician nor a service. */
type ByThemselves = { readonly byThemselves: boolean };

export type Booking = Omit<decide.BookConsultation, 'consultationId' | 'own' | 'onOverlap'> & ByThemselves;
export type Rescheduling = Omit<decide.RescheduleConsultation, 'onOverlap'> & ByThemselves;
export type Completion = Omit<decide.CompleteConsultation, 'now'>;
export type NoShow = Omit<decide.MissConsultation, 'now'>;

type ConsultationChange<Input> = Change<Input, ConsultationAnswer>;

/** `patient-elsewhere`: the patient has another consultation at that time. Which one is not for all callers to know. */
export type Scheduled = ConsultationAnswer & { readonly warnings?: readonly 'patient-elsewhere'[] };

type Decide = (patient: PatientLedger) => readonly PatientEvent[];

/** Carries out the commands on a consultation: the decision on the patient's stream, and the diaries and media sessions around it. */
@Injectable()
export class Consultations {
  private readonly logger = new Logger(Consultations.name);

  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly people: People,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Hold the slot, book on the patient's stream, confirm the slot. A crash in between blocks the clinician no longer than the hold; once booked
   * the patient's stream backs the slot, confirmed or not.
   */
  async book({ input: { byThemselves, ...input }, cause, ifMatch }: Change<Booking, Scheduled>): Promise<Scheduled> {
    const { patientId, clinicianId, scheduledStart: start, scheduledEnd: end } = input;
    const before = await this.patients.earlier(patientId, cause);
    const booked = before?.events.find((event) => event.type === 'ConsultationBooked');
    if (before && booked) return warned(answer(before, booked.data.consultationId), before.state.ledger);

    const now = this.clock.now();
    this.assertInTime(start, { now, byThemselves });
    await this.assertKnown(clinicianId, start);
    const { mostOpenPerClinician: mostOpen, overlap: onOverlap } = this.config.consultations;
    const own = byThemselves ? { now: new Date(now).toISOString(), mostOpen } : undefined;
    const wanted = { ...input, own, onOverlap, consultationId: uuidv7() };
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    decide.book(patient, wanted);

    const held = await this.diaries.hold(
      { personId: clinicianId, patientId, consultationId: wanted.consultationId, capacity: 'clinician', start, end },
      cause,
    );
    // The command came before but ended half-way: continue with the consultation whose slot it holds.
    const target = { ...wanted, consultationId: held.consultationId };
    let decidedOn = patient;
    const decision: Decide = (state) => {
      decidedOn = state;
      return decide.book(state, target);
    };
    const answered = warned(await this.patients.change(target, decision, { cause, ifMatch }), decidedOn);
    try {
      await this.diaries.confirm(held, cause);
    } catch (error) {
      if (!(error instanceof SlotTaken)) {
        this.logger.warn(
          `slot ${held.slotId} stays unconfirmed; the patient's stream backs it: ${String(error)}`,
          forRequest(cause),
        );
        return answered;
      }
      const withdraw = { ...target, caller: 'service' as const, reasonCode: 'slot-lost' };
      await this.patients.change(target, (state) => decide.cancel(state, withdraw), {
        cause: { ...cause, idempotency: undefined },
      });
      throw error;
    }
    return answered;
  }

  async reschedule({
    input: { byThemselves, ...asked },
    cause,
    ifMatch,
  }: Change<Rescheduling, Scheduled>): Promise<Scheduled> {
    const input = { ...asked, onOverlap: this.config.consultations.overlap };
    const { patientId, consultationId, scheduledStart: start, scheduledEnd: end } = input;
    // A caller who may not know of the consultation is not told of a key they used before, either.
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    const consultation = decide.consultationFor(patient, input, input.caller);
    const before = await this.patients.earlier(patientId, cause);
    if (before) return warned(answer(before, consultationId), before.state.ledger);
    this.assertInTime(start, { now: this.clock.now(), byThemselves });
    await this.assertKnown(consultation.clinicianId, start);
    let decidedOn = patient;
    const decision: Decide = (patient) => {
      decidedOn = patient;
      return decide.reschedule(patient, input);
    };
    const change = async () => warned(await this.patients.change(input, decision, { cause, ifMatch }), decidedOn);

    // No diary is touched for a change that will be refused or changes nothing.
    if (decision(patient).length === 0) return change();

    const slot = { patientId, consultationId, start, end };
    const personId = consultation.clinicianId;
    const held = await this.diaries.hold({ ...slot, personId, capacity: 'clinician' }, cause);
    const answered = await change();
    await this.diaries.settle(
      [
        () => this.diaries.confirm(held, cause),
        ...[...consultation.guests].map(([guestId, capacity]) => async () => {
          const moved = await this.diaries.hold({ ...slot, personId: guestId, capacity }, cause);
          await this.diaries.confirm(moved, cause);
        }),
      ],
      cause,
    );
    return answered;
  }

  async cancel({ input, cause, ifMatch }: ConsultationChange<decide.CancelConsultation>): Promise<ConsultationAnswer> {
    const cancelled = await this.patients.change(input, (patient) => decide.cancel(patient, input), { cause, ifMatch });
    await this.freeDiaries(cancelled, cause);
    return cancelled;
  }

  complete({ input, ...change }: ConsultationChange<Completion>): Promise<ConsultationAnswer> {
    const isBounded = this.config.consultations.completeBeforeStart === 'joined';
    const completion = { ...input, now: isBounded ? new Date(this.clock.now()).toISOString() : undefined };
    return this.patients.change(input, (patient) => decide.complete(patient, completion), change);
  }

  async miss({ input, cause, ifMatch }: ConsultationChange<NoShow>): Promise<ConsultationAnswer> {
    const report = { ...input, now: new Date(this.clock.now()).toISOString() };
    let isNew = false;
    const decision: Decide = (patient) => {
      const events = decide.miss(patient, report);
      isNew = events.length > 0;
      return events;
    };
    const missed = await this.patients.change(input, decision, { cause, ifMatch });
    if (isNew) this.metrics.missed.inc({ by: input.by });
    await this.freeDiaries(missed, cause);
    return missed;
  }

  /** The guest's diary first: it is how they find the consultation, and an entry without an invitation shows nothing. */
  async invite({ input, cause, ifMatch }: ConsultationChange<decide.InviteParticipant>): Promise<ConsultationAnswer> {
    const { patientId, consultationId, personId, capacity } = input;
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    const { scheduledStart: start, scheduledEnd: end } = decide.consultationFor(patient, input, input.caller);
    const before = await this.patients.earlier(patientId, cause);
    if (before) return answer(before, consultationId);
    const decision: Decide = (patient) => decide.invite(patient, input);
    if (decision(patient).length === 0) return this.patients.change(input, decision, { cause, ifMatch });

    const slot: SlotRequest = { personId, patientId, consultationId, capacity, start, end };
    const held = await this.diaries.hold(slot, cause);
    const invited = await this.patients.change(input, decision, { cause, ifMatch });
    await this.diaries.settle([() => this.diaries.confirm(held, cause)], cause);
    return invited;
  }

  async remove({ input, cause, ifMatch }: ConsultationChange<decide.RemoveParticipant>): Promise<ConsultationAnswer> {
    const removed = await this.patients.change(input, (patient) => decide.remove(patient, input), { cause, ifMatch });
    await this.diaries.settle([() => this.diaries.vacate(input.personId, input.consultationId, cause)], cause);
    return removed;
  }

  /** The media session first: one that belongs to another consultation cannot be joined here, and a caller who may not join binds none. */
  async join({ input, cause, ifMatch }: ConsultationChange<decide.JoinConsultation>): Promise<ConsultationAnswer> {
    const { patientId, consultationId, mediaSessionId } = input;
    // A caller who may not know of the consultation is not told of a key they used before, either.
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    decide.consultationFor(patient, input, input.caller);
    const before = await this.patients.earlier(patientId, cause);
    if (before) return answer(before, consultationId);
    const decision: Decide = (patient) => decide.join(patient, input);

    if (decision(patient).length > 0) {
      const owner = await this.sessions.bind(mediaSessionId, { patientId, consultationId }, cause);
      if (!decide.isBoundTo(owner, input)) throw new MediaSessionTaken();
    }
    return this.patients.change(input, decision, { cause, ifMatch });
  }

  leave({ input, ...change }: ConsultationChange<decide.LeaveConsultation>): Promise<ConsultationAnswer> {
    return this.patients.change(input, (patient) => decide.leave(patient, input), change);
  }

  consent({ input, ...change }: ConsultationChange<decide.GiveConsent>): Promise<ConsultationAnswer> {
    return this.patients.change(input, (patient) => decide.consent(patient, input), change);
  }

  /** @throws ValidationFailed */
  private assertInTime(scheduledStart: string, { now, byThemselves }: ByThemselves & { readonly now: number }): void {
    const { maxPastMs, maxAheadMs } = this.config.consultations;
    const past = byThemselves ? Math.min(maxPastMs, CLOCK_GRACE_MS) : maxPastMs;
    const start = Date.parse(scheduledStart);
    const refuse = (message: string): never => {
      throw new ValidationFailed([{ path: 'scheduledStart', message }]);
    };
    if (start < now - past)
      refuse(past <= CLOCK_GRACE_MS ? 'must not be in the past' : `must be at most ${past / 60_000} minutes ago`);
    if (maxAheadMs !== undefined && start > now + maxAheadMs)
      refuse(`must be at most ${maxAheadMs / DAY_MS} days from now`);
  }

  /** The people of drills are known to drills alone. @throws ClinicianUnknown, LedgerUnavailable */
  private async assertKnown(clinicianId: string, at: string): Promise<void> {
    if (this.config.consultations.clinicians === 'any' || clinicianId.startsWith(DRILL_PREFIX)) return;
    if (!(await this.people.isEmployed(clinicianId, at))) throw new ClinicianUnknown();
  }

  /** Of every participant but the patient, who has no diary. */
  private freeDiaries({ consultationId, participants }: ConsultationAnswer, cause: Cause): Promise<void> {
    const others = participants.filter(({ capacity }) => capacity !== 'patient');
    return this.diaries.settle(
      others.map(
        ({ personId }) =>
          () =>
            this.diaries.vacate(personId, consultationId, cause),
      ),
      cause,
    );
  }
}

/** With the warning that belongs to a schedule, by the state it was decided on. */
const warned = (answered: ConsultationAnswer, decidedOn: PatientLedger): Scheduled =>
  decide.isElsewhere(decidedOn, answered) ? { ...answered, warnings: ['patient-elsewhere'] } : answered;

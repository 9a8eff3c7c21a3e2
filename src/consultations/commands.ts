import { Inject, Logger } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 as uuidv7 } from 'uuid';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import type { Cause } from '../ledger/ledger.ts';
import { forRequest } from '../telemetry/logger.ts';
import * as decide from './decide.ts';
import { Diaries, type SlotRequest } from './diary/diaries.ts';
import { MediaSessionTaken, SlotTaken } from './errors.ts';
import type { PatientLedger } from './evolve.ts';
import { answer, type ConsultationAnswer, Patients } from './patients.ts';
import { Sessions } from './sessions.ts';

/** A change asked for: what, who and why, and the revision the caller saw. */
class Ask<Input> extends Command<ConsultationAnswer> {
  constructor(
    readonly input: Input,
    readonly cause: Cause,
    readonly ifMatch?: number | undefined,
  ) {
    super();
  }
}

/** `byThemselves`: a patient, or somebody for them, and neither a clinician nor a service. */
type ByThemselves = { readonly byThemselves: boolean };

export class BookConsultation extends Ask<Omit<decide.BookConsultation, 'consultationId' | 'own'> & ByThemselves> {}
export class RescheduleConsultation extends Ask<decide.RescheduleConsultation & ByThemselves> {}
export class CancelConsultation extends Ask<decide.CancelConsultation> {}
export class CompleteConsultation extends Ask<decide.CompleteConsultation> {}
export class InviteParticipant extends Ask<decide.InviteParticipant> {}
export class RemoveParticipant extends Ask<decide.RemoveParticipant> {}
export class JoinConsultation extends Ask<decide.JoinConsultation> {}
export class LeaveConsultation extends Ask<decide.LeaveConsultation> {}
export class GiveConsent extends Ask<decide.GiveConsent> {}

/** Clocks of phones may be this much behind. */
const CLOCK_GRACE_MS = 5 * 60_000;

/** @throws ValidationFailed */
const assertAhead = (scheduledStart: string, now: number): void => {
  if (Date.parse(scheduledStart) < now - CLOCK_GRACE_MS)
    throw new ValidationFailed([{ path: 'scheduledStart', message: 'must not be in the past' }]);
};

type Decide = (patient: PatientLedger) => readonly PatientEvent[];

/**
 * Hold the slot, book on the patient's stream, confirm the slot. A crash in between blocks the clinician no longer than the hold; once booked
 * the patient's stream backs the slot, confirmed or not.
 */
@CommandHandler(BookConsultation)
export class BookConsultationHandler implements ICommandHandler<BookConsultation> {
  private readonly logger = new Logger(BookConsultationHandler.name);

  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async execute({ input: { byThemselves, ...input }, cause, ifMatch }: BookConsultation): Promise<ConsultationAnswer> {
    const { patientId, clinicianId, scheduledStart: start, scheduledEnd: end } = input;
    const before = await this.patients.earlier(patientId, cause);
    const booked = before?.events.find((event) => event.type === 'ConsultationBooked');
    if (before && booked) return answer(before, booked.data.consultationId);

    const now = this.clock.now();
    if (byThemselves) assertAhead(start, now);
    const mostOpen = this.config.consultations.mostOpenPerClinician;
    const own = byThemselves ? { now: new Date(now).toISOString(), mostOpen } : undefined;
    const wanted = { ...input, own, consultationId: uuidv7() };
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    decide.book(patient, wanted);

    const held = await this.diaries.hold(
      { personId: clinicianId, patientId, consultationId: wanted.consultationId, capacity: 'clinician', start, end },
      cause,
    );
    // The command came before but ended half-way: it goes on with the consultation whose slot it holds.
    const target = { ...wanted, consultationId: held.consultationId };
    const answered = await this.patients.change(target, (state) => decide.book(state, target), { cause, ifMatch });
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
}

@CommandHandler(RescheduleConsultation)
export class RescheduleConsultationHandler implements ICommandHandler<RescheduleConsultation> {
  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
    private readonly clock: Clock,
  ) {}

  async execute({
    input: { byThemselves, ...input },
    cause,
    ifMatch,
  }: RescheduleConsultation): Promise<ConsultationAnswer> {
    const { patientId, consultationId, scheduledStart: start, scheduledEnd: end } = input;
    // Whoever may not know is not told of a key they used before, either.
    const { ledger: patient } = (await this.patients.known(patientId)).state;
    const consultation = decide.consultationFor(patient, input, input.caller);
    const before = await this.patients.earlier(patientId, cause);
    if (before) return answer(before, consultationId);
    if (byThemselves) assertAhead(start, this.clock.now());
    const decision: Decide = (patient) => decide.reschedule(patient, input);

    // Nobody's diary is touched for a change that will be refused or changes nothing.
    if (decision(patient).length === 0) return this.patients.change(input, decision, { cause, ifMatch });

    const slot = { patientId, consultationId, start, end };
    const personId = consultation.clinicianId;
    const held = await this.diaries.hold({ ...slot, personId, capacity: 'clinician' }, cause);
    const answered = await this.patients.change(input, decision, { cause, ifMatch });
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
}

@CommandHandler(CancelConsultation)
export class CancelConsultationHandler implements ICommandHandler<CancelConsultation> {
  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
  ) {}

  async execute({ input, cause, ifMatch }: CancelConsultation): Promise<ConsultationAnswer> {
    const cancelled = await this.patients.change(input, (patient) => decide.cancel(patient, input), { cause, ifMatch });
    await this.diaries.settle(
      cancelled.participants
        .filter(({ capacity }) => capacity !== 'patient')
        .map(
          ({ personId }) =>
            () =>
              this.diaries.release(personId, input.consultationId, cause),
        ),
      cause,
    );
    return cancelled;
  }
}

@CommandHandler(CompleteConsultation)
export class CompleteConsultationHandler implements ICommandHandler<CompleteConsultation> {
  constructor(private readonly patients: Patients) {}

  execute({ input, ...ask }: CompleteConsultation): Promise<ConsultationAnswer> {
    return this.patients.change(input, (patient) => decide.complete(patient, input), ask);
  }
}

/** The guest's diary first: it is how they find the consultation, and an entry without an invitation shows nothing. */
@CommandHandler(InviteParticipant)
export class InviteParticipantHandler implements ICommandHandler<InviteParticipant> {
  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
  ) {}

  async execute({ input, cause, ifMatch }: InviteParticipant): Promise<ConsultationAnswer> {
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
}

@CommandHandler(RemoveParticipant)
export class RemoveParticipantHandler implements ICommandHandler<RemoveParticipant> {
  constructor(
    private readonly patients: Patients,
    private readonly diaries: Diaries,
  ) {}

  async execute({ input, cause, ifMatch }: RemoveParticipant): Promise<ConsultationAnswer> {
    const removed = await this.patients.change(input, (patient) => decide.remove(patient, input), { cause, ifMatch });
    await this.diaries.settle([() => this.diaries.release(input.personId, input.consultationId, cause)], cause);
    return removed;
  }
}

/** The media session first: where it is another consultation's nobody was in it here, and who may not join binds nothing. */
@CommandHandler(JoinConsultation)
export class JoinConsultationHandler implements ICommandHandler<JoinConsultation> {
  constructor(
    private readonly patients: Patients,
    private readonly sessions: Sessions,
  ) {}

  async execute({ input, cause, ifMatch }: JoinConsultation): Promise<ConsultationAnswer> {
    const { patientId, consultationId, mediaSessionId } = input;
    // Whoever may not know is not told of a key they used before, either.
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
}

@CommandHandler(LeaveConsultation)
export class LeaveConsultationHandler implements ICommandHandler<LeaveConsultation> {
  constructor(private readonly patients: Patients) {}

  execute({ input, ...ask }: LeaveConsultation): Promise<ConsultationAnswer> {
    return this.patients.change(input, (patient) => decide.leave(patient, input), ask);
  }
}

@CommandHandler(GiveConsent)
export class GiveConsentHandler implements ICommandHandler<GiveConsent> {
  constructor(private readonly patients: Patients) {}

  execute({ input, ...ask }: GiveConsent): Promise<ConsultationAnswer> {
    return this.patients.change(input, (patient) => decide.consent(patient, input), ask);
  }
}

export const commandHandlers = [
  BookConsultationHandler,
  RescheduleConsultationHandler,
  CancelConsultationHandler,
  CompleteConsultationHandler,
  InviteParticipantHandler,
  RemoveParticipantHandler,
  JoinConsultationHandler,
  LeaveConsultationHandler,
  GiveConsentHandler,
];

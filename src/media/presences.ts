import { Injectable } from '@nestjs/common';
import { patientStreams } from '../../events/categories.ts';
import { type MediaSession, presentIn, wereIn } from '../../projections/media-session.ts';
import { BreachFlags } from '../breaches/flags.ts';
import { Commands } from '../command-path/commands.ts';
import { JoinConsultation, LeaveConsultation } from '../consultations/commands.ts';
import { Doorway } from '../consultations/doorway.ts';
import { ConsultationClosed, MediaSessionTaken, ParticipantNotFound } from '../consultations/errors.ts';
import { type Consultation, capacityOf, deviceOf } from '../consultations/evolve.ts';
import { Patients } from '../consultations/patients.ts';
import type { ConsultationRef } from '../consultations/refs.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { Cause } from '../ledger/ledger.ts';
import { MediaSessions } from './sessions.ts';
import { partOf } from './told.ts';

/** A person in a session of a consultation in which they have no part. */
export const UNINVITED = 'uninvited-joiner';

/**
 * Makes of who is in a media session who has joined a consultation. It decides nothing: a participant is recorded as joined as if their
 * app had said so, and a person who is none is an incident.
 */
@Injectable()
export class Presences {
  constructor(
    private readonly sessions: MediaSessions,
    private readonly patients: Patients,
    private readonly doorway: Doorway,
    private readonly commands: Commands,
    private readonly flags: BreachFlags,
  ) {}

  /**
   * Brings the consultation up to the state of the session, whatever came of it before, in whatever order and however often.
   * @returns the consultation; undefined while none of its participants was seen in the session
   * @throws LedgerUnavailable
   */
  async follow(session: MediaSession, cause: Cause): Promise<Consultation | undefined> {
    const ref = session.of ?? (await this.match(session, cause));
    if (!ref) return undefined;
    const consultation = await this.consultationOf(ref);
    if (!consultation) return undefined;
    const present = presentIn(session);
    for (const personId of wereIn(session))
      await this.followPerson(personId, present.has(personId), { session, consultation, cause });
    return this.consultationOf(ref);
  }

  private async followPerson(
    personId: string,
    isIn: boolean,
    { session, consultation, cause }: Following,
  ): Promise<void> {
    const { mediaSessionId } = session;
    const { patientId, consultationId } = consultation;
    const person = { patientId, consultationId, personId, caller: 'service' as const };
    const wasHere = consultation.sessions.get(mediaSessionId)?.has(personId) ?? false;
    if (!wasHere && !capacityOf(consultation, personId)) return this.report(personId, { session, consultation, cause });
    // A media server names no devices: what it tells of a person is of the one that has no name.
    const inSession = consultation.present.get(personId)?.get(deviceOf({}));
    const isElsewhere = inSession !== undefined;
    if (!wasHere || (isIn && !isElsewhere)) {
      const hasJoined = await this.tried(new JoinConsultation({ ...person, mediaSessionId }, cause));
      if (!hasJoined || isIn) return;
    } else if (isIn || inSession !== mediaSessionId) return;
    await this.tried(new LeaveConsultation(person, cause));
  }

  /** @returns false where the consultation is closed, the session another's, or the person none of it any more */
  private async tried(change: JoinConsultation | LeaveConsultation): Promise<boolean> {
    try {
      await this.commands.execute(change);
      return true;
    } catch (error) {
      const isRefused = [ConsultationClosed, MediaSessionTaken, ParticipantNotFound].some(
        (kind) => error instanceof kind,
      );
      if (isRefused) return false;
      throw error;
    }
  }

  /** One breach for each person and session. */
  private async report(viewerId: string, { session, consultation, cause }: Following): Promise<void> {
    const { patientId, consultationId } = consultation;
    await this.flags.flag(
      {
        breachId: eventIdFor(UNINVITED, partOf(session.mediaSessionId, viewerId)),
        ...{ severity: 'critical', rule: UNINVITED, patientId, consultationId, viewerId },
        contentReleased: false,
      },
      cause,
    );
  }

  /** A room is called after its consultation, and of whom that is one of its participants says who is in it. */
  private async match(session: MediaSession, cause: Cause): Promise<ConsultationRef | undefined> {
    const { mediaSessionId, consultationId } = session;
    if (consultationId === undefined) return undefined;
    for (const personId of wereIn(session))
      for (const patientId of await this.doorway.patientsOf(personId, consultationId)) {
        if (!(await this.consultationOf({ patientId, consultationId }))) continue;
        const data = { mediaSessionId, patientId, consultationId };
        await this.sessions.note(
          { type: 'MediaSessionMatched', data },
          eventIdFor('media-matched', mediaSessionId),
          cause,
        );
        return (await this.sessions.get(mediaSessionId)).state?.of;
      }
    return undefined;
  }

  /** As it is now, on whichever instance it was changed last. */
  private async consultationOf({ patientId, consultationId }: ConsultationRef): Promise<Consultation | undefined> {
    const { state } = await this.patients.folds.refresh(patientStreams.of(patientId));
    return state.ledger.consultations.get(consultationId);
  }
}

type Following = { readonly session: MediaSession; readonly consultation: Consultation; readonly cause: Cause };

import { Injectable } from '@nestjs/common';
import { diaryStreams, patientStreams } from '../../events/categories.ts';
import { Diaries } from './diary/diaries.ts';
import type { Diary } from './diary/evolve.ts';
import type { PatientLedger } from './evolve.ts';
import { Patients } from './patients.ts';
import type { ConsultationRef } from './refs.ts';

/**
 * Who may get as far as a patient's stream. A person who takes part or ever did has the consultation in their own diary, or is the patient, whose own stream names the ids that are merged into theirs; for
 * any other caller this is the whole answer. It costs the same work on the caller's own streams whether the consultation exists or not, so
 * that no header, conflict or clock tells a stranger what there is.
 */
@Injectable()
export class Doorway {
  constructor(
    private readonly diaries: Diaries,
    private readonly patients: Patients,
  ) {}

  /**
   * Whether this person is the patient, under whichever id, or was ever asked to take part.
   * @throws LedgerUnavailable
   */
  async knows(personId: string, consultation: ConsultationRef): Promise<boolean> {
    if (personId === consultation.patientId) return true;
    const stream = diaryStreams.of(personId);
    if (isIn((await this.diaries.folds.get(stream)).state, consultation)) return true;
    if (await this.isSurvivedBy(personId, consultation, (await this.patients.get(personId)).state.ledger)) return true;
    // A booking or a merge made on another instance a moment ago may not have got here yet.
    const [diary, own] = await Promise.all([
      this.diaries.folds.refresh(stream),
      this.patients.folds.refresh(patientStreams.of(personId)),
    ]);
    return isIn(diary.state, consultation) || this.isSurvivedBy(personId, consultation, own.state.ledger);
  }

  /** The patient's stream is read only where the caller's own names it. */
  private async isSurvivedBy(personId: string, { patientId }: ConsultationRef, own: PatientLedger): Promise<boolean> {
    return own.merged.has(patientId) && (await this.patients.get(patientId)).state.ledger.mergedInto === personId;
  }

  /**
   * Whose a consultation may be that this person is the patient of, or was ever asked to take part in: who knows a consultation by its own id
   * alone finds its patient here.
   * @throws LedgerUnavailable
   */
  async patientsOf(personId: string, consultationId: string): Promise<ReadonlySet<string>> {
    const { state } = await this.diaries.folds.refresh(diaryStreams.of(personId));
    const asked = [...state.slots.values()].filter((slot) => slot.consultationId === consultationId);
    return new Set([...asked.map(({ patientId }) => patientId), personId]);
  }
}

/** A slot in any state counts: an entry without an invitation shows nothing, and a removed person knows what they were removed from. */
const isIn = ({ slots }: Diary, { patientId, consultationId }: ConsultationRef): boolean =>
  [...slots.values()].some((slot) => slot.consultationId === consultationId && slot.patientId === patientId);

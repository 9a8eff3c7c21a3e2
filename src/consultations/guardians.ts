import { Injectable } from '@nestjs/common';
import { diaryStreams } from '../../events/categories.ts';
import { Diaries } from './diary/diaries.ts';
import type { Diary } from './diary/evolve.ts';
import { Patients } from './patients.ts';

/** Who stands for a patient. */
@Injectable()
export class Guardians {
  constructor(
    private readonly diaries: Diaries,
    private readonly patients: Patients,
  ) {}

  /**
   * The patient's consultations in which a person is the guardian now. A person who was never asked to any is told so by their own diary, so
   * that no time tells them whether there is such a patient.
   * @throws LedgerUnavailable
   */
  async consultationsOf(personId: string, patientId: string): Promise<ReadonlySet<string>> {
    const stream = diaryStreams.of(personId);
    let asked = askedTo((await this.diaries.folds.get(stream)).state, patientId);
    // An invitation on another instance a moment ago may not have got here yet.
    if (asked.size === 0) asked = askedTo((await this.diaries.folds.refresh(stream)).state, patientId);
    if (asked.size === 0) return asked;
    const { consultations } = (await this.patients.get(patientId)).state.ledger;
    return new Set([...asked].filter((id) => consultations.get(id)?.guests.get(personId) === 'guardian'));
  }
}

const askedTo = ({ slots }: Diary, patientId: string): ReadonlySet<string> =>
  new Set([...slots.values()].flatMap((slot) => (slot.patientId === patientId ? [slot.consultationId] : [])));

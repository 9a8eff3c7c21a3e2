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
   * The patient's consultations in which a person is the guardian now, those under ids that were merged into the patient's among them. A
   * person who was never asked to any is told so by their own diary and the streams that it names, so that no time tells them whether there is such a
   * patient.
   * @throws LedgerUnavailable
   */
  async consultationsOf(personId: string, patientId: string): Promise<ReadonlySet<string>> {
    const stream = diaryStreams.of(personId);
    const known = await this.among((await this.diaries.folds.get(stream)).state, personId, patientId);
    if (known.size > 0) return known;
    // An invitation on another instance a moment ago may not have got here yet.
    return this.among((await this.diaries.folds.refresh(stream)).state, personId, patientId);
  }

  private async among(diary: Diary, personId: string, patientId: string): Promise<ReadonlySet<string>> {
    const found = await Promise.all(
      [...guardianOf(diary)].map(async ([id, asked]) => {
        const { consultations, mergedInto } = (await this.patients.get(id)).state.ledger;
        if (id !== patientId && mergedInto !== patientId) return [];
        return asked.filter((one) => consultations.get(one)?.guests.get(personId) === 'guardian');
      }),
    );
    return new Set(found.flat());
  }
}

/** The consultations that a person was asked to as a guardian, by patient: a family's few. */
const guardianOf = ({ slots }: Diary): ReadonlyMap<string, readonly string[]> => {
  const asked = new Map<string, string[]>();
  for (const { capacity, patientId, consultationId } of slots.values()) {
    if (capacity !== 'guardian') continue;
    const ids = asked.get(patientId);
    if (ids) ids.push(consultationId);
    else asked.set(patientId, [consultationId]);
  }
  return asked;
};

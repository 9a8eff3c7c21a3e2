import { Injectable } from '@nestjs/common';
import { contentStreams } from '../../events/categories.ts';
import type { ContentEvent } from '../../events/content-events.ts';
import { PersistentMap } from '../../projections/persistent.ts';
import { type PatientState, Patients } from '../consultations/patients.ts';
import type { ConsultationRef } from '../consultations/refs.ts';
import type { Fold, LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { wasErased } from './decide.ts';

/** By patient, the consultation that the bytes were filed in first. */
type Filed = PersistentMap<string, string>;

export const contentFold: Fold<Filed, ContentEvent> = {
  initial: () => PersistentMap.empty(),
  evolve: (filed, { data: { patientId, consultationId } }) => filed.with(patientId, consultationId),
};

/** Of which patients recordings with the same bytes were filed: one call was recorded, so that one of them has another's. */
@Injectable()
export class SameBytes {
  private readonly folds: LiveFolds<Filed, ContentEvent>;

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
  ) {
    this.folds = ledger.folds(contentStreams, contentFold);
  }

  /**
   * Notes that the bytes are about to be filed with a patient, before their recording is: of two that are filed at once the later is
   * told of the earlier.
   * @returns whether they were filed with another person before, and are not erased there. A recording that never came to be counts:
   * bytes that are not known to be gone may be there
   * @throws LedgerUnavailable
   */
  async areAnothers(sha256: string, { patientId, consultationId }: ConsultationRef, cause: Cause): Promise<boolean> {
    const stream = contentStreams.of(sha256);
    const decide = (filed: Filed): ContentEvent[] =>
      filed.has(patientId) ? [] : [{ type: 'ContentFiled', data: { sha256, patientId, consultationId } }];
    // The Idempotency-Key is the upload's: that is on another stream, and noting it again changes nothing.
    const { state } = await this.ledger.handle(this.folds, stream, decide, { ...cause, idempotency: undefined });
    const others = [...state.keys()].filter((otherId) => otherId !== patientId);
    if (others.length === 0) return false;
    const person = personOf(await this.ledgerOf(patientId), patientId);
    for (const otherId of others) {
      const ledger = await this.ledgerOf(otherId);
      if (personOf(ledger, otherId) !== person && !wasErased(ledger, sha256)) return true;
    }
    return false;
  }

  private async ledgerOf(patientId: string): Promise<PatientState['ledger']> {
    return (await this.patients.get(patientId)).state.ledger;
  }
}

/** Two ids of one patient are one person. */
const personOf = ({ mergedInto }: PatientState['ledger'], patientId: string): string => mergedInto ?? patientId;

import { Injectable } from '@nestjs/common';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { type ListedConsultation, type MyConsultations, myConsultations } from '../../projections/my-consultations.ts';
import type { Fold, Folded, LiveFolds } from '../ledger/folds.ts';
import { type Cause, type Handled, Ledger } from '../ledger/ledger.ts';
import { ConsultationNotFound } from './errors.ts';
import { evolve, noConsultations, type PatientLedger } from './evolve.ts';
import type { ConsultationRef } from './refs.ts';

/** What each instance keeps of a patient's stream: what commands decide on, and the list that people see. */
export type PatientState = { readonly ledger: PatientLedger; readonly list: MyConsultations };

export const patientFold: Fold<PatientState, PatientEvent> = {
  initial: () => ({ ledger: noConsultations(), list: myConsultations.initial() }),
  evolve: ({ ledger, list }, event) => ({
    ledger: evolve(ledger, event),
    list: myConsultations.evolve(list, event),
  }),
};

/** A consultation as it stands at a revision of its patient's stream. */
export type ConsultationAnswer = ListedConsultation & { readonly revision: number };

/** The folded streams of patients, and the way to change them. */
@Injectable()
export class Patients {
  readonly folds: LiveFolds<PatientState, PatientEvent>;

  constructor(private readonly ledger: Ledger) {
    this.folds = ledger.folds(patientStreams, patientFold);
  }

  /**
   * A patient as a query sees them: never less than `minRevision`.
   * @param options.authorise throws for a caller who may not know, before they are told that the revision is not there
   */
  get(
    patientId: string,
    options?: { minRevision?: number | undefined; authorise?: (patient: PatientLedger) => void },
  ): Promise<Folded<PatientState>> {
    return this.folds.get(patientStreams.of(patientId), {
      minRevision: options?.minRevision ?? -1,
      authorise: ({ ledger }) => options?.authorise?.(ledger),
    });
  }

  /** A patient as a command may look ahead: from memory, without a round trip. */
  known(patientId: string): Promise<Folded<PatientState>> {
    return this.folds.known(patientStreams.of(patientId));
  }

  /** Runs a decision on the patient's stream and answers with the consultation after it. */
  async change(
    { patientId, consultationId }: ConsultationRef,
    decision: (patient: PatientLedger) => readonly PatientEvent[],
    { cause, ifMatch }: { cause: Cause; ifMatch?: number | undefined },
  ): Promise<ConsultationAnswer> {
    const decide = (state: PatientState) => decision(state.ledger);
    return answer(
      await this.ledger.handle(this.folds, patientStreams.of(patientId), decide, cause, { ifMatch }),
      consultationId,
    );
  }

  /** The first outcome of a command that came before, for commands that touch diaries on the way. */
  earlier(patientId: string, cause: Cause): Promise<Handled<PatientState, PatientEvent> | undefined> {
    return this.ledger.earlier(this.folds, patientStreams.of(patientId), cause);
  }
}

/** @throws ConsultationNotFound */
export function answer(
  { state, revision }: Pick<Folded<PatientState>, 'state' | 'revision'>,
  consultationId: string,
): ConsultationAnswer {
  const consultation = state.list.get(consultationId);
  if (!consultation) throw new ConsultationNotFound();
  return { ...consultation, revision };
}

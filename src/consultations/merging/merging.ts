import { Injectable } from '@nestjs/common';
import { patientStreams } from '../../../events/categories.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { Change } from '../../command-path/change.ts';
import { DomainError } from '../../errors.ts';
import type { Folded } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { OwnMerge, PatientNotFound } from '../errors.ts';
import type { PatientLedger } from '../evolve.ts';
import { type PatientState, Patients } from '../patients.ts';
import { forgetMerged, type IdsOfOnePerson, merge, nameMerged, type Unmerging, unmerge } from './decide.ts';
import { mergedInto } from './identities.ts';

/** Which ids are one person, as the stream of one of them says. */
export type PatientIdentity = {
  readonly patientId: string;
  /** The id that survives this one; null where this one does. */
  readonly mergedInto: string | null;
  /** The ids that were merged into this one. */
  readonly merged: readonly string[];
  readonly revision: number;
};

type IdentityChange<Input> = Change<Input, PatientIdentity>;
type Decide = (patient: PatientLedger) => readonly PatientEvent[];

/**
 * Says that two ids are one person, and takes it back. Nothing is moved: each id keeps its stream, and the stream of the merged one says who
 * else is its patient. That of the surviving one is written before and tidied after; what it names counts only where the other agrees.
 */
@Injectable()
export class Merging {
  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
  ) {}

  /** @throws OwnMerge, PatientNotFound, MergeRefused, RevisionMismatch, IdempotencyKeyReused, LedgerUnavailable */
  async merge({ input, cause, ifMatch }: IdentityChange<IdsOfOnePerson>): Promise<PatientIdentity> {
    assertOfOthers(input, cause);
    const { patientId, survivingPatientId } = input;
    const before = await this.patients.earlier(patientId, cause);
    if (before) return this.answer(patientId, before);
    // Nothing is named for a merge that will be refused.
    merge((await this.patients.folds.refresh(patientStreams.of(patientId))).state.ledger, input);
    await this.change(survivingPatientId, (surviving) => nameMerged(surviving, input), once(cause));
    try {
      return await this.answer(
        patientId,
        await this.change(patientId, (merged) => merge(merged, input), cause, ifMatch),
      );
    } catch (error) {
      // Another merge was first. A store that is away may have it all the same: then it is asked for again.
      if (error instanceof DomainError && isRefusal(error))
        await this.tidy({ ...input, reason: 'merge-refused' }, cause);
      throw error;
    }
  }

  /** @throws OwnMerge, PatientNotFound, MergeRefused, RevisionMismatch, IdempotencyKeyReused, LedgerUnavailable */
  async unmerge({ input, cause, ifMatch }: IdentityChange<Unmerging>): Promise<PatientIdentity> {
    assertOfOthers(input, cause);
    const { patientId } = input;
    const before = await this.patients.earlier(patientId, cause);
    if (before) return this.answer(patientId, before);
    const after = await this.change(patientId, (merged) => unmerge(merged, input), cause, ifMatch);
    await this.tidy(input, cause);
    return this.answer(patientId, after);
  }

  /** @throws PatientNotFound, LedgerUnavailable */
  async of(patientId: string): Promise<PatientIdentity> {
    const known = await this.patients.get(patientId);
    if (known.revision < 0) throw new PatientNotFound();
    return this.answer(patientId, known);
  }

  /** What the surviving id names goes, unless the other says that it is so. */
  private async tidy(ids: Unmerging, cause: Cause): Promise<void> {
    const { state } = await this.patients.folds.refresh(patientStreams.of(ids.patientId));
    if (state.ledger.mergedInto === ids.survivingPatientId) return;
    await this.change(ids.survivingPatientId, (surviving) => forgetMerged(surviving, ids), once(cause));
  }

  private change(patientId: string, decide: Decide, cause: Cause, ifMatch?: number) {
    const decision = ({ ledger }: PatientState) => decide(ledger);
    return this.ledger.handle(this.patients.folds, patientStreams.of(patientId), decision, cause, { ifMatch });
  }

  private async answer(
    patientId: string,
    { state, revision }: Pick<Folded<PatientState>, 'state' | 'revision'>,
  ): Promise<PatientIdentity> {
    const others = await mergedInto(this.patients, patientId, state.ledger);
    return {
      patientId,
      mergedInto: state.ledger.mergedInto ?? null,
      merged: others.map((one) => one.patientId).sort(),
      revision,
    };
  }
}

/** Who says that another person's records are theirs would open them to themselves. */
const assertOfOthers = ({ patientId, survivingPatientId }: IdsOfOnePerson, { actor }: Cause): void => {
  if (actor.id === patientId || actor.id === survivingPatientId) throw new OwnMerge();
};

const isRefusal = ({ code }: DomainError): boolean => code === 'merge-refused' || code === 'patient-not-found';

/** The Idempotency-Key is that of the merged id's stream; the other is harmless to write again. */
const once = ({ idempotency: _, ...cause }: Cause): Cause => cause;

import { Injectable } from '@nestjs/common';
import type { PatientLedger } from '../../consultations/evolve.ts';
import { mergedInto } from '../../consultations/merging/identities.ts';
import { Patients } from '../../consultations/patients.ts';
import { Privacy } from '../../privacy/privacy.ts';

/** A patient under every id that is theirs. */
export type Person = {
  /** Each id's stream as commands know it: the id that is asked about first, then those that were merged into it. */
  readonly ledgers: ReadonlyMap<string, PatientLedger>;
  /** The id that the first one is merged into. */
  readonly survivingId: string | undefined;
};

/** Whose accesses are kept from a person at one moment. */
type HeldFromPerson = {
  /** Another text later means that it may have changed. */
  readonly revisions: string;
  readonly covers: (viewerId: string) => boolean;
};

/** Patients as people, where one is known under several ids. */
@Injectable()
export class Persons {
  constructor(
    private readonly patients: Patients,
    private readonly privacy: Privacy,
  ) {}

  /** @throws LedgerUnavailable */
  async of(patientId: string): Promise<Person> {
    const { ledger } = (await this.patients.get(patientId)).state;
    const merged = await mergedInto(this.patients, patientId, ledger);
    return {
      ledgers: new Map([[patientId, ledger], ...merged.map((one) => [one.patientId, one.ledger] as const)]),
      survivingId: ledger.mergedInto,
    };
  }

  /**
   * A hold keeps accesses from a person, under whichever of their ids it was placed; never their own, whose absence would tell of it.
   * @throws LedgerUnavailable
   */
  async heldFrom({ ledgers, survivingId }: Person): Promise<HeldFromPerson> {
    const ids = [...ledgers.keys(), ...(survivingId === undefined ? [] : [survivingId])];
    const held = await Promise.all(ids.map((id) => this.privacy.heldFrom(id)));
    return {
      revisions: held.map(({ revision }) => revision).join(),
      covers: (viewerId) => !ledgers.has(viewerId) && held.some(({ covers }) => covers(viewerId)),
    };
  }

  /** An access as it is one to the patient under each of their ids; none where it is their own. @throws LedgerUnavailable */
  async underEachId({ patientId, viewerId }: { patientId: string; viewerId: string }) {
    const { mergedInto: survivingId } = (await this.patients.get(patientId)).state.ledger;
    const ids = [patientId, ...(survivingId === undefined ? [] : [survivingId])];
    return ids.includes(viewerId) ? [] : ids.map((id) => ({ patientId: id, viewerId }));
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { personStreams } from '../../events/categories.ts';
import type { PersonEvent, PersonFacts } from '../../events/person-events.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { state } from './decide.ts';
import { PeopleFactsUnavailable, PersonNotFound } from './errors.ts';
import { isEmployedAt, type KnownPerson, peopleFold } from './evolve.ts';
import { FactKeys } from './keys.ts';
import type { FactsBody } from './schemas.ts';

export type Person = KnownPerson & { readonly personId: string };
export type FactsGiven = FactsBody & { readonly personId: string };

const FOLDS_KEPT = 5_000;
/** A system that states facts may have a clock that is ahead a little. */
const AHEAD_MS = 300_000;

/** Facts about people, for rules to compare. Names and addresses come as values at most: their keys are kept, and they are not. */
@Injectable()
export class People {
  private readonly folds: LiveFolds<KnownPerson | undefined, PersonEvent>;
  private readonly keys: FactKeys | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    @Inject(CONFIG) { people }: Config,
  ) {
    this.keys = people.factsKey === undefined ? undefined : new FactKeys(people.factsKey);
    this.folds = ledger.folds(personStreams, peopleFold, FOLDS_KEPT);
  }

  /**
   * All that is known of a person from now on.
   * @throws ValidationFailed, PeopleFactsUnavailable, IdempotencyKeyReused, LedgerUnavailable
   */
  async state({ personId, asOf, facts }: FactsGiven, cause: Cause): Promise<Person> {
    if (Date.parse(asOf) > this.clock.now() + AHEAD_MS)
      throw new ValidationFailed([{ path: 'asOf', message: 'must not be in the future' }]);
    const data = { personId, asOf, facts: this.keyed(facts) };
    const { idempotency } = cause;
    // What a key came with is kept as a hash: of the request itself it would be one of a name, which can be guessed.
    const guarded = { ...cause, ...(idempotency && { idempotency: { ...idempotency, request: data } }) };
    const decide = (known: KnownPerson | undefined) => state(known, data);
    const handled = await this.ledger.handle(this.folds, personStreams.of(personId), decide, guarded);
    return shown(personId, handled.state);
  }

  /** @throws PersonNotFound, LedgerUnavailable */
  async get(personId: string): Promise<Person> {
    return shown(personId, (await this.folds.refresh(personStreams.of(personId))).state);
  }

  /**
   * Whether the facts say that a person is, or will be, a member of staff then.
   * @param at ISO-8601 UTC
   * @throws LedgerUnavailable
   */
  async isEmployed(personId: string, at: string): Promise<boolean> {
    const { state: known } = await this.folds.refresh(personStreams.of(personId));
    return known !== undefined && isEmployedAt(known, at);
  }

  private keyed({ surname, street, household, surnameKey, streetKey, householdKey, ...facts }: FactsBody['facts']) {
    const keys = {
      surnameKey: this.keyOf('surname', surname) ?? surnameKey,
      streetKey: this.keyOf('street', street) ?? streetKey,
      householdKey: this.keyOf('household', household) ?? householdKey,
    };
    const known = Object.entries({ ...facts, ...keys }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1))) satisfies PersonFacts;
  }

  private keyOf(what: 'surname' | 'street' | 'household', value: string | undefined): string | undefined {
    if (value === undefined) return undefined;
    if (!this.keys) throw new PeopleFactsUnavailable();
    return this.keys.of(what, value);
  }
}

const shown = (personId: string, known: KnownPerson | undefined): Person => {
  if (!known) throw new PersonNotFound();
  return { personId, ...known };
};

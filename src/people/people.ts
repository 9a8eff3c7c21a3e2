import { Inject, Injectable } from '@nestjs/common';
import { personStreams } from '../../events/categories.ts';
import type { PersonEvent, PersonFacts } from '../../events/person-events.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import { EventSeals } from '../keys/event-seals.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { state } from './decide.ts';
import { PeopleFactsUnavailable, PersonNotFound } from './errors.ts';
import { isEmployedAt, peopleFold, type StatedPerson } from './evolve.ts';
import { FactKeys } from './keys.ts';
import type { FactsBody } from './schemas.ts';

export type Person = { readonly personId: string; readonly asOf: string; readonly facts: PersonFacts };
export type FactsGiven = FactsBody & { readonly personId: string };

const FOLDS_KEPT = 5_000;
/** A system that states facts may have a clock that is ahead a little. */
const AHEAD_MS = 300_000;

/** Facts about people, for rules to compare. Names and addresses come as values at most: their keys are kept, and they are not. */
@Injectable()
export class People {
  private readonly folds: LiveFolds<StatedPerson | undefined, PersonEvent>;
  private readonly keys: FactKeys | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly seals: EventSeals,
    @Inject(CONFIG) { people }: Config,
  ) {
    this.keys = people.factsKey === undefined ? undefined : new FactKeys(people.factsKey);
    this.folds = ledger.folds(personStreams, peopleFold, FOLDS_KEPT);
  }

  /**
   * All that is known of a person from now on.
   * @throws ValidationFailed, PeopleFactsUnavailable, IdempotencyKeyReused, KeysUnavailable, LedgerUnavailable
   */
  async state({ personId, asOf, facts }: FactsGiven, cause: Cause): Promise<Person> {
    if (Date.parse(asOf) > this.clock.now() + AHEAD_MS)
      throw new ValidationFailed([{ path: 'asOf', message: 'must not be in the future' }]);
    const data = { personId, asOf, facts: this.keyed(facts) };
    const { idempotency } = cause;
    // What a key came with is kept as a hash: of the request itself it would be one of a name, which can be guessed.
    const guarded = { ...cause, ...(idempotency && { idempotency: { ...idempotency, request: data } }) };
    const stream = personStreams.of(personId);
    let known = (await this.folds.known(stream)).state;
    for (;;) {
      const before = known;
      const opened = before && (await this.opened(personId, before));
      // Known facts are compared in clear, and opened before the decision: where others were stated meanwhile it is taken again.
      const decide = (now: StatedPerson | undefined) => {
        if (now?.statedIn !== before?.statedIn) throw new StatedMeanwhile(now);
        return state(opened, data);
      };
      try {
        const handled = await this.ledger.handle(this.folds, stream, decide, guarded);
        if (!handled.state) throw new PersonNotFound();
        return await this.opened(personId, handled.state);
      } catch (error) {
        if (!(error instanceof StatedMeanwhile)) throw error;
        known = error.now;
      }
    }
  }

  /** @throws PersonNotFound, KeysUnavailable, LedgerUnavailable */
  async get(personId: string): Promise<Person> {
    const { state: known } = await this.folds.refresh(personStreams.of(personId));
    if (!known) throw new PersonNotFound();
    return this.opened(personId, known);
  }

  /** Of one who was erased, as much as is known of them as staff. */
  private async opened(personId: string, { asOf, facts, statedIn, staff }: StatedPerson): Promise<Person> {
    const opened = await this.seals.open(facts, { personId, eventId: statedIn, field: 'facts' });
    return { personId, asOf, facts: opened ?? staff };
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

/** Other facts were stated than those that were opened. */
class StatedMeanwhile extends Error {
  constructor(readonly now: StatedPerson | undefined) {
    super('other facts were stated meanwhile');
  }
}

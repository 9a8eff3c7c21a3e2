import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { auditorStreams, rulesStream } from '../../events/categories.ts';
import type { RuleSettings, RulesEvent } from '../../events/rule-events.ts';
import { pack } from '../../projections/rules/pack.ts';
import type { Rule } from '../../projections/rules/rule.ts';
import { changed, faultsOf, type InForce, versionOf } from '../../projections/rules/settings.ts';
import type { Tally } from '../../projections/rules/watch.ts';
import { Pauses } from '../flow/back-off.ts';
import { ValidationFailed } from '../http/problems.ts';
import { LedgerUnavailable } from '../ledger/errors.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { WATCH } from './anomaly-watch.ts';
import { adopt, approve, propose, reject, settingsOf, versionAfter } from './decide.ts';
import { BacktestNeeded, RuleChangeNotFound, RuleNotFound } from './errors.ts';
import { type KnownRules, type RuleChange, rulesFold } from './evolve.ts';
import { changeReference } from './reference.ts';
import { Watcher } from './watcher.ts';

/** A rule as it stands, with what it has found so far. */
export type RuleStanding = {
  readonly rule: Rule;
  /** Undefined where another release's code of it is in force. */
  readonly inForce: InForce | undefined;
  readonly tally: Tally;
  readonly changes: readonly RuleChange[];
};

type Proposal = { readonly name: string; readonly settings: RuleSettings; readonly backtestDigest: string };
/** A change of one rule, and every rule as it is set before and after it. */
export type Preview = {
  readonly rules: string;
  readonly against: string;
  readonly before: ReadonlyMap<string, InForce>;
  readonly after: ReadonlyMap<string, InForce>;
};

type Ref = { readonly name: string; readonly changeId: string };

/** Backtests of the caller that are looked through for a digest, the latest events first. */
const EVENTS_LOOKED_AT = 1_000;
const PAUSES = { firstMs: 100, longestMs: 5_000 };
const NO_TALLY: Tally = { hits: 0, explained: 0, closed: 0, confirmed: 0 };

/** How rules are set, by events: a change takes a backtest and two people, and counts from its place in the log on. */
@Injectable()
export class Rules {
  private readonly folds: LiveFolds<KnownRules, RulesEvent>;
  private readonly logger = new Logger('Rules');
  private adopting: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly watcher: Watcher,
  ) {
    this.folds = ledger.folds(rulesStream, rulesFold, 1);
    watcher.onLive = () => {
      this.adopting = this.adopting.then(() => this.adopt());
    };
  }

  /** Every rule of this release. @throws RulesUnavailable, LedgerUnavailable */
  async list(): Promise<readonly RuleStanding[]> {
    const { state } = await this.folds.refresh(rulesStream.stream);
    const { tallies } = this.watcher.current;
    const changes = [...state.changes.values()];
    return pack.map((rule) => ({
      ...{ rule, inForce: state.inForce.get(rule.name), tally: tallies.get(rule.name) ?? NO_TALLY },
      changes: changes.filter((change) => change.rule === rule.name).reverse(),
    }));
  }

  /** @throws RuleNotFound, ValidationFailed, BacktestNeeded, RuleChangeEmpty, LedgerUnavailable */
  async propose({ name, settings, backtestDigest }: Proposal, cause: Cause): Promise<RuleChange> {
    const rule = ruleCalled(name);
    const { rules: reference } = await this.preview(name, settings);
    if (!(await this.isBacktested(cause.actor.id, reference, backtestDigest))) throw new BacktestNeeded(reference);
    const { idempotency } = cause;
    const changeId = idempotency
      ? eventIdFor('rule-change', JSON.stringify([cause.actor.id, idempotency.key]))
      : uuidv7();
    const proposed = { changeId, settings, backtestDigest, proposedBy: cause.actor.id };
    return this.decide(changeId, (known) => propose(known, rule, proposed), cause);
  }

  /** @throws RuleNotFound, RuleChangeNotFound, OwnChange, RuleChangeClosed, LedgerUnavailable */
  approve({ name, changeId }: Ref, cause: Cause): Promise<RuleChange> {
    const rule = ruleCalled(name);
    return this.decide(changeId, (known) => approve(known, { rule, changeId, by: cause.actor.id }), cause);
  }

  /** @throws RuleNotFound, RuleChangeNotFound, RuleChangeClosed, LedgerUnavailable */
  reject({ name, changeId, reason }: Ref & { reason?: string | undefined }, cause: Cause): Promise<RuleChange> {
    const rule = ruleCalled(name);
    return this.decide(changeId, (known) => reject(known, { rule, changeId, by: cause.actor.id, reason }), cause);
  }

  /** A change that could be proposed: what it is called, and all rules before and after it. @throws RuleNotFound, ValidationFailed, LedgerUnavailable */
  async preview(name: string, settings: RuleSettings): Promise<Preview> {
    const rule = ruleCalled(name);
    assertSettings(rule, settings);
    const { state } = await this.folds.refresh(rulesStream.stream);
    const set = settingsOf(state, rule);
    return {
      rules: changeReference(rule, versionAfter(state, rule, settings), settings),
      against: `${name}@${versionOf(rule, set)}`,
      before: state.inForce,
      after: new Map(state.inForce).set(name, changed(rule, set, settings)),
    };
  }

  private async decide(
    changeId: string,
    decide: (known: KnownRules) => readonly RulesEvent[],
    cause: Cause,
  ): Promise<RuleChange> {
    const { state } = await this.ledger.handle(this.folds, rulesStream.stream, decide, cause);
    const change = state.changes.get(changeId);
    if (!change) throw new RuleChangeNotFound();
    return change;
  }

  private async isBacktested(officerId: string, reference: string, digest: string): Promise<boolean> {
    let looked = 0;
    for await (const { type, data } of this.ledger.store.readBackwards(auditorStreams.of(officerId))) {
      if (type === 'BacktestRun' && data.digest === digest && data.rules === reference) return true;
      if (++looked >= EVENTS_LOOKED_AT) return false;
    }
    return false;
  }

  /** Rules that this release brings count from here on. Every instance tries; one of them appends. */
  private async adopt(): Promise<void> {
    const pauses = new Pauses(PAUSES);
    const cause = { actor: { id: WATCH.name, roles: [] }, requestId: uuidv7() };
    while (this.watcher.isFollowing)
      try {
        const { events } = await this.ledger.handle(
          this.folds,
          rulesStream.stream,
          (known) => adopt(known, pack),
          cause,
        );
        if (events.length > 0) this.logger.log(`${events.length} rules are in force from now on`);
        return;
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) this.logger.warn(`rules are not in force yet: ${String(error)}`);
        await this.watcher.pause(pauses.next());
      }
  }
}

/** @throws RuleNotFound */
export const ruleCalled = (name: string): Rule => {
  const rule = pack.find((one) => one.name === name);
  if (!rule) throw new RuleNotFound();
  return rule;
};

/** @throws ValidationFailed */
export const assertSettings = (rule: Rule, settings: RuleSettings): void => {
  const faults = faultsOf(rule, settings);
  if (faults.length > 0)
    throw new ValidationFailed(faults.map(({ name, message }) => ({ path: `settings.numbers.${name}`, message })));
};

export const versionInForce = ({ rule, inForce }: RuleStanding): string =>
  inForce ? versionOf(rule, inForce) : `${rule.version}.0`;

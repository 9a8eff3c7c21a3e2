import { DomainError } from '../errors.ts';

/** What rules found is not known on this instance, or not yet. */
export class RulesUnavailable extends DomainError {
  readonly code = 'rules-unavailable';
}

export class RuleNotFound extends DomainError {
  readonly code = 'rule-not-found';
  constructor() {
    super('this release has no such rule');
  }
}

export class RuleChangeNotFound extends DomainError {
  readonly code = 'rule-change-not-found';
  constructor() {
    super('this rule has no such change');
  }
}

/** Approved or rejected already, or made for settings that are not in force any more. */
export class RuleChangeClosed extends DomainError {
  readonly code = 'rule-change-closed';
  constructor(why: 'approved' | 'rejected' | 'overtaken') {
    super(
      why === 'overtaken'
        ? 'another change of the rule came into force after this one was proposed: propose it again, with a backtest of its own'
        : `the change is ${why}`,
    );
  }
}

/** A change that would change nothing. */
export class RuleChangeEmpty extends DomainError {
  readonly code = 'rule-change-empty';
  constructor() {
    super('the rule is set like that already');
  }
}

/** Of this very change, by an officer who is on record for it. */
export class BacktestNeeded extends DomainError {
  readonly code = 'backtest-needed';
  constructor(reference: string) {
    super(
      `no backtest of ${reference} by the caller has this digest: run POST /v1/backtests with the same change, and send the digest of its result`,
    );
  }
}

/** A change takes two people. */
export class OwnChange extends DomainError {
  readonly code = 'own-case';
  constructor() {
    super('the change was proposed by the caller: another person has to approve it');
  }
}

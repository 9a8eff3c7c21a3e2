import { DomainError } from '../../errors.ts';

export class BacktestNotFound extends DomainError {
  readonly code = 'backtest-not-found';
  constructor() {
    super('this instance has no such backtest');
  }
}

/** Each folds the whole history: one at a time is enough beside the work that the instance is there for. */
export class BacktestUnderWay extends DomainError {
  readonly code = 'backtest-under-way';
  override readonly retryAfterSeconds = 30;
  constructor(backtestId: string) {
    super(`backtest ${backtestId} is under way on this instance`);
  }
}

/** A backtest that could not be kept is not begun. */
export class BacktestStoreUnavailable extends DomainError {
  readonly code = 'backtest-store-unavailable';
  override readonly retryAfterSeconds = 30;
  constructor(why: string, options?: ErrorOptions) {
    super(`backtests cannot be kept: ${why}`, options);
  }
}

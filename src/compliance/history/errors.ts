import { DomainError } from '../../errors.ts';

/** The access history cannot be asked on this instance, or not now. */
export class HistoryUnavailable extends DomainError {
  readonly code = 'history-unavailable';
}

/** The index file cannot be relied on, or nothing can be kept in it. What it says may name files: it is for the log. */
export class HistoryUnusable extends Error {}

/** Nothing is wrong with the index: it must not be thrown away, and is used again once the reason, which callers may be told, is gone. */
export class HistoryHindered extends HistoryUnusable {}

/** Another process has the index open. */
export class HistoryInUse extends HistoryHindered {}

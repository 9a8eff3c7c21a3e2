import { DomainError } from '../../errors.ts';

/** The access history cannot be asked on this instance, or not now. */
export class HistoryUnavailable extends DomainError {
  readonly code = 'history-unavailable';
}

/** The index file cannot be relied on, or nothing can be kept in it. */
export class HistoryUnusable extends Error {}

/** Another process has the index open: it is not damaged, and must not be thrown away. */
export class HistoryInUse extends HistoryUnusable {}

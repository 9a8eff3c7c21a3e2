import { LedgerUnavailable } from '../errors.ts';

/** A view that lacks an event which could not be read: refused, since what it says may be wrong. */
export class ViewIncomplete extends LedgerUnavailable {
  constructor(stream: string) {
    super(`an event of ${stream} cannot be read, so that what it adds up to is not known`);
  }
}

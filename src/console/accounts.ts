import { Injectable } from '@nestjs/common';
import type { AccountEvent } from '../../events/account-events.ts';
import { accountStreams } from '../../events/categories.ts';
import type { Appended } from '../../events/event.ts';
import { PersistentMap } from '../../projections/persistent.ts';
import { ConsoleSessions } from '../auth/console-sessions.ts';
import type { Fold, LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';

type Begun = Extract<AccountEvent, { type: 'SessionBegan' }>['data'];

/**
 * The sessions of one account that are not ended, by id. Those whose time was over are dropped when the next begins.
 * A session at the issuer has a stream of its own: of the accounts that signed in with it.
 */
type Account = { readonly open: PersistentMap<string, Begun>; readonly usedBy: PersistentMap<string, true> };

/** Sessions last alike, so that the first to begin is the first to be over. */
const withoutOver = (open: Account['open'], now: string): Account['open'] => {
  let left = open;
  for (let first = left.first(); first && first[1].endsAt <= now; first = left.first()) left = left.without(first[0]);
  return left;
};

export const accountFold: Fold<Account, AccountEvent> = {
  initial: () => ({ open: PersistentMap.empty(), usedBy: PersistentMap.empty() }),
  evolve: ({ open, usedBy }, { type, data }: Appended<AccountEvent>) => {
    switch (type) {
      case 'SessionBegan':
        return { open: withoutOver(open, data.beganAt).with(data.sessionId, data), usedBy };
      case 'SessionEnded':
        return { open: open.without(data.sessionId), usedBy };
      case 'IssuerSessionUsed':
        return { open, usedBy: usedBy.with(data.usedBy, true) };
    }
  },
};

/** Which sessions are meant: of an account all, or one by its id; of all accounts, or of that one, those that were begun with one session at the issuer. */
export type SessionsOf = {
  readonly accountId?: string;
  readonly sessionId?: string;
  readonly issuerSession?: string;
  readonly reason: string;
};

/** The sessions at the console, on record: on every instance one that is ended is over, with its sockets, as soon as the event is there. */
@Injectable()
export class Accounts {
  private readonly folds: LiveFolds<Account, AccountEvent>;

  constructor(
    private readonly ledger: Ledger,
    sessions: ConsoleSessions,
  ) {
    this.folds = ledger.folds<Account, AccountEvent>(accountStreams, accountFold);
    sessions.stands = async ({ id, account, personId }) => {
      const stream = accountStreams.of(account);
      const isOpen = ({ open }: Account) => open.get(id)?.personId === personId;
      // One that has just begun on another instance may not have arrived here.
      return isOpen((await this.folds.get(stream)).state) || isOpen((await this.folds.refresh(stream)).state);
    };
    ledger.feed.listen((event) => {
      if (event.type === 'SessionEnded') sessions.ended(event.data.sessionId);
    });
  }

  /** @throws LedgerUnavailable: without the ledger no one can end the session, so none begins */
  async begin(began: Begun, cause: Cause): Promise<void> {
    const { accountId, issuerSession } = began;
    // First: where the session is on record, so is the way to end it.
    if (issuerSession !== undefined)
      await this.ledger.handle(
        this.folds,
        accountStreams.of(issuerSession),
        ({ usedBy }): readonly AccountEvent[] =>
          usedBy.has(accountId)
            ? []
            : [{ type: 'IssuerSessionUsed', data: { accountId: issuerSession, usedBy: accountId } }],
        cause,
      );
    await this.ledger.handle(
      this.folds,
      accountStreams.of(accountId),
      (): readonly AccountEvent[] => [{ type: 'SessionBegan', data: began }],
      cause,
    );
  }

  /** Ends those that are open; one that is over already changes nothing. @throws LedgerUnavailable: where it cannot be told whose they are, none is taken for ended */
  async end({ accountId, sessionId, issuerSession, reason }: SessionsOf, cause: Cause): Promise<void> {
    const isMeant = (one: Begun) =>
      (sessionId === undefined || one.sessionId === sessionId) &&
      (issuerSession === undefined || one.issuerSession === issuerSession);
    const accounts = accountId === undefined ? await this.usersOf(issuerSession) : [accountId];
    for (const account of accounts)
      await this.ledger.handle(
        this.folds,
        accountStreams.of(account),
        ({ open }) =>
          [...open.values()].filter(isMeant).map(
            (one): AccountEvent => ({
              type: 'SessionEnded',
              data: { accountId: account, sessionId: one.sessionId, personId: one.personId, reason },
            }),
          ),
        cause,
      );
  }

  /** With all that the store has of it: the sign-in may have been on another instance, just now. */
  private async usersOf(issuerSession: string | undefined): Promise<readonly string[]> {
    if (issuerSession === undefined) return [];
    return [...(await this.folds.refresh(accountStreams.of(issuerSession))).state.usedBy.keys()];
  }
}

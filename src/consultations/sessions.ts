import { Injectable } from '@nestjs/common';
import { sessionStreams } from '../../events/categories.ts';
import type { SessionEvent } from '../../events/session-events.ts';
import type { Fold, LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { bindSession, type SessionOwner } from './decide.ts';

export const sessionFold: Fold<SessionOwner | undefined, SessionEvent> = {
  initial: () => undefined,
  evolve: (owner, { data: { patientId, consultationId } }) => owner ?? { patientId, consultationId },
};

/** Which consultation each media session belongs to: the one that was joined in it first, whichever instance was asked. */
@Injectable()
export class Sessions {
  private readonly folds: LiveFolds<SessionOwner | undefined, SessionEvent>;

  constructor(private readonly ledger: Ledger) {
    this.folds = ledger.folds(sessionStreams, sessionFold);
  }

  /**
   * Binds the session to this consultation, unless it is bound. Costs an append for the first of a session and nothing later.
   * @returns whose it is
   * @throws LedgerUnavailable
   */
  async bind(mediaSessionId: string, owner: SessionOwner, cause: Cause): Promise<SessionOwner> {
    const stream = sessionStreams.of(mediaSessionId);
    const decide = (bound: SessionOwner | undefined) => bindSession(bound, { mediaSessionId, ...owner });
    // The Idempotency-Key is the join's: that is on another stream, and binding again changes nothing.
    const { state } = await this.ledger.handle(this.folds, stream, decide, { ...cause, idempotency: undefined });
    return state ?? owner;
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { viewerStreams } from '../../events/categories.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { Stop } from './answer.ts';
import { Stopped } from './errors.ts';
import type { Owner } from './owners.ts';

export type StoppedAt = {
  /** To whom it would have gone; `nobody` where neither key knows. */
  readonly viewerId: string;
  /** `GET /v1/me/consultations`, `socket /me`. */
  readonly route: string;
  readonly cause: Cause;
};

export const NOBODY = 'nobody';

/** One answer can hold a page of strangers' consultations; each is on record, up to here. */
const MOST = 100;

/** What the guard stops is on record before its recipient is told anything; the monitor makes a breach of it. */
@Injectable()
export class Stops {
  private readonly logger = new Logger(Stops.name);

  constructor(private readonly ledger: Ledger) {}

  /**
   * @returns what to throw
   * @throws LedgerUnavailable: nothing leaves then either
   */
  async record({ reason, owners }: Stop, { viewerId, route, cause }: StoppedAt): Promise<Stopped> {
    this.logger.error(`${route} was about to send ${viewerId} what it must not: ${reason}`, {
      requestId: cause.requestId,
    });
    const prevented = (owner?: Owner): ViewerEvent & { id: string } => ({
      type: 'EgressPrevented',
      id: uuidv7(),
      data: { viewerId, ...owner, route, reason },
    });
    const events = owners.length === 0 ? [prevented()] : owners.slice(0, MOST).map((owner) => prevented(owner));
    await this.ledger.append(viewerStreams.of(viewerId), 'any', events, cause);
    return new Stopped();
  }
}

import { Injectable } from '@nestjs/common';
import { mediaStreams } from '../../events/categories.ts';
import type { MediaEvent } from '../../events/media-events.ts';
import { type MediaSession, mediaSessionAfter } from '../../projections/media-session.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { Folded, LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { partOf, type Told } from './told.ts';

/** Reads what media servers told of sessions, and records more. */
@Injectable()
export class MediaSessions {
  private readonly folds: LiveFolds<MediaSession | undefined, MediaEvent>;

  constructor(private readonly ledger: Ledger) {
    this.folds = ledger.folds<MediaSession | undefined, MediaEvent>(mediaStreams, {
      initial: () => undefined,
      evolve: mediaSessionAfter,
    });
  }

  /** A session, with at least the events up to `minRevision`. @throws LedgerUnavailable */
  get(mediaSessionId: string, minRevision = -1): Promise<Folded<MediaSession | undefined>> {
    return this.folds.get(mediaStreams.of(mediaSessionId), { minRevision });
  }

  /**
   * Records one message, once for each id that the server gave it.
   * @returns whether it is new
   * @throws LedgerUnavailable
   */
  hear(told: Told, cause: Cause): Promise<boolean> {
    const id = eventIdFor('provider-event', `${told.connection}/${partOf(told.mediaSessionId, told.providerEventId)}`);
    return this.note({ type: 'ProviderEventReceived', data: told }, id, cause);
  }

  /** Records a fact once. @throws LedgerUnavailable */
  async note(event: MediaEvent, id: string, cause: Cause): Promise<boolean> {
    const stream = mediaStreams.of(event.data.mediaSessionId);
    const isNew = await this.ledger.appendOnce(stream, { ...event, id }, cause);
    await this.folds.refresh(stream);
    return isNew;
  }
}

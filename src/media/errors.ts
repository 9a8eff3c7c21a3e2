import { DomainError } from '../errors.ts';
import { ObjectStoreUnavailable } from '../objects/object-store.ts';

/** Nothing is set up that could say whether a message is genuine, or where files may be claimed. */
export class MediaUnavailable extends DomainError {
  readonly code = 'media-unavailable';
}

export const noLiveKit = () => new MediaUnavailable('set LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
export const noSignedHook = () => new MediaUnavailable('set MEDIA_WEBHOOK_SECRET');

/** The media server could not be asked; it is asked again later. */
export class MediaServerUnavailable extends DomainError {
  readonly code = 'media-server-unavailable';
  constructor(options?: ErrorOptions) {
    super('the media server does not answer: check LIVEKIT_URL, and the key', options);
  }
}

export class ClaimNotAllowed extends DomainError {
  readonly code = 'claim-not-allowed';
  constructor() {
    super('the object lies in none of the places that MEDIA_CLAIM_BUCKETS names');
  }
}

/** No such object, no such version of it, or other bytes than were claimed. Nothing was stored. */
export class ClaimedObjectDiffers extends DomainError {
  readonly code = 'claimed-object-differs';
  constructor(why = 'there is no such object, or it is another one by now', options?: ErrorOptions) {
    super(`${why}; nothing of it was stored`, options);
  }
}

/** The store of the recorder's bucket is away, silent or misconfigured. */
export class ClaimStoreUnavailable extends ObjectStoreUnavailable {
  readonly code = 'claim-store-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`the store of the claimed object is not available: ${why}`, options);
  }
}

import { DomainError } from '../errors.ts';

export class WebhookNotFound extends DomainError {
  readonly code = 'webhook-not-found';
  constructor() {
    super('there is no such webhook');
  }
}

export class DeliveryNotFound extends DomainError {
  readonly code = 'delivery-not-found';
  constructor() {
    super('this webhook has no such delivery');
  }
}

export class TooManyWebhooks extends DomainError {
  readonly code = 'too-many-webhooks';
  constructor(most: number) {
    super(`there are ${most} webhooks already: remove one first`);
  }
}

/** This instance has nothing to derive secrets from, or something else than the instance that gave a secret out. */
export class WebhooksUnavailable extends DomainError {
  readonly code = 'webhooks-unavailable';
}

export const noSigningKey = () =>
  new WebhooksUnavailable('set WEBHOOK_SIGNING_KEY to the same random text of at least 32 characters on each instance');

export const anotherSigningKey = () =>
  new WebhooksUnavailable(
    'WEBHOOK_SIGNING_KEY is not the one that the secret of this webhook was made with: set that one on each instance',
  );

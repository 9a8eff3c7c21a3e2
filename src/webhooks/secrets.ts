import { createHash, createHmac } from 'node:crypto';
import { Webhook as Signature } from 'standardwebhooks';
import type { Webhook } from '../../projections/webhooks.ts';

/** A secret as Standard Webhooks writes it, for the receiver to check signatures with. */
const written = (secret: Buffer) => `whsec_${secret.toString('base64')}`;

/**
 * The secrets of webhooks, kept nowhere: each is derived from a setting, the webhook's id and the number of the secret, so that every
 * instance signs alike and the ledger holds none.
 */
export class Secrets {
  constructor(private readonly key: string) {}

  of(webhookId: string, generation: number): string {
    return written(this.derive(webhookId, generation));
  }

  /** SHA-256 of a secret: tells an instance with another setting that it has another secret, and nothing of the secret. */
  digestOf(webhookId: string, generation: number): string {
    return createHash('sha256').update(this.derive(webhookId, generation)).digest('hex');
  }

  /** Whether this instance has the secret that was given out. */
  fits({ webhookId, generation, secretDigest }: Webhook): boolean {
    return this.digestOf(webhookId, generation) === secretDigest;
  }

  /** The headers of one attempt, signed with the secret before as well while the receiver may still have that one. */
  headers(
    { webhookId, generation, overlapUntil }: Webhook,
    { id, body }: { readonly id: string; readonly body: string },
    now: number,
  ): Record<string, string> {
    const isOverlap = overlapUntil !== undefined && now < Date.parse(overlapUntil);
    const generations = isOverlap ? [generation, generation - 1] : [generation];
    const at = new Date(now);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': generations
        .map((each) => new Signature(this.of(webhookId, each)).sign(id, at, body))
        .join(' '),
    };
  }

  private derive(webhookId: string, generation: number): Buffer {
    return createHmac('sha256', this.key).update(`webhook:${webhookId}:${generation}`).digest();
  }
}

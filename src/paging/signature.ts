import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Headers of Standard Webhooks, with a signature by each secret while they are rotated. */
export const signed = (
  secrets: readonly string[],
  { id, body }: { readonly id: string; readonly body: string },
  now: number,
): Record<string, string> => {
  const at = new Date(now);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
};

/** Whether one of the signatures of `X-PagerDuty-Signature` (`v1=<hex>`, several while it rotates) is by one of the secrets. */
export const isByPagerDuty = (header: string, body: string, secrets: readonly string[]): boolean => {
  const given = header.split(',').flatMap((part) => {
    const [, hex] = /^\s*v1=([0-9a-f]{64})\s*$/.exec(part) ?? [];
    return hex === undefined ? [] : [Buffer.from(hex, 'hex')];
  });
  const made = secrets.map((secret) => createHmac('sha256', secret).update(body).digest());
  return given.some((one) => made.some((other) => timingSafeEqual(one, other)));
};

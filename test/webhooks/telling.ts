import { Webhook as Signature } from 'standardwebhooks';
import { deliveryStreams } from '../../events/categories.ts';
import type { DeliveryEvent } from '../../events/webhook-events.ts';
import { PACE, type Pace, pace } from '../../src/webhooks/pace.ts';
import { eventsOf, send } from '../access/scene.ts';
import { type Received, Receiver } from '../ledger/react/delivery/receiver.ts';
import { type AppSetup, type RunningApp, startApp } from '../support/app.ts';

export const officer = { as: 'officer-webhooks', roles: ['compliance'] } as const;
export const SIGNING_KEY = 'signs-what-receivers-are-told-0123456789';

/** Quick enough for a test. */
export const quick: Pace = { ...pace, firstMs: 10, longestMs: 100, lateMs: 2_000 };

/** An application that may send to this machine. */
export const startTelling = (env: AppSetup['env'] = {}, pace: Pace = quick, more: AppSetup = {}): Promise<RunningApp> =>
  startApp({
    ...more,
    env: {
      ...{ WEBHOOK_SIGNING_KEY: SIGNING_KEY, WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1', WEBHOOK_ALLOW_HTTP: 'true' },
      ...env,
    },
    override: (builder) => (more.override ?? ((b) => b))(builder).overrideProvider(PACE).useValue(pace),
  });

/** A receiver's address, as an officer may enter it. */
export const hookOf = (receiver: Receiver): string => `http://127.0.0.1:${receiver.port}/product-events`;

export const register = async (app: RunningApp, url: string, types: readonly string[] = ['*']) => {
  const { status, body } = await send(app, 'POST', '/v1/webhooks', { ...officer, body: { url, types } });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body as { webhookId: string; secret: string };
};

/** What a receiver was told, once its signature holds. */
export const verified = ({ body, headers }: Received, secret: string) =>
  new Signature(secret).verify(body, headers as Record<string, string>) as {
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly data: Readonly<Record<string, unknown>>;
  };

export const deliveriesOf = async (app: RunningApp, webhookId: string, query = '') =>
  (await send(app, 'GET', `/v1/webhooks/${webhookId}/deliveries${query}`, officer)).body;

export const recordOf = (app: RunningApp, deliveryId: string) =>
  eventsOf<DeliveryEvent>(app, deliveryStreams.of(deliveryId));

import { Deliveries } from '../../src/webhooks/deliveries.ts';
import { scene, send, typesOf } from '../access/scene.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';
import { deliveriesOf, hookOf, officer, quick, recordOf, register, startTelling, verified } from './telling.ts';

/** Half of the time is more than an attempt takes on a busy machine. */
const pace = { ...quick, lateMs: 8_000 };

let one: RunningApp;
let two: RunningApp;
let backend: Receiver;
beforeAll(async () => {
  one = await startTelling({}, pace);
  two = await startTelling({ STORE_URL: await storeOf(one) }, pace);
  backend = await new Receiver().start();
});
beforeEach(() => {
  backend.answer = status(204);
  backend.received.length = 0;
});
afterEach(async () => {
  const { body } = await send(one, 'GET', '/v1/webhooks', officer);
  for (const { webhookId } of body.items) await send(one, 'DELETE', `/v1/webhooks/${webhookId}`, officer);
});
afterAll(async () => {
  await backend.stop();
  await two.close();
  await one.close();
});

const isDone = (app: RunningApp, webhookId: string, count: number) =>
  eventually(
    async () => (await deliveriesOf(app, webhookId, '?state=delivered&limit=100')).items.length === count,
    30_000,
  );

/** Attempts by an instance that neither queued the delivery nor claimed it last. */
const attemptsOfOthers = (events: Awaited<ReturnType<typeof recordOf>>) => {
  let owner: string | undefined;
  return events.filter(({ type, data }) => {
    if (type === 'DeliveryAttempted') return data.instance !== owner;
    owner = data.instance;
    return false;
  });
};

describe('two instances on one store', () => {
  it('send each event once between them, signed alike, and show the same deliveries', async () => {
    const { webhookId, secret } = await register(one, hookOf(backend), ['consultation.booked']);
    for (let n = 0; n < 20; n++) await scene(n % 2 ? one : two);
    await isDone(one, webhookId, 20);
    expect(backend.received).toHaveLength(20);
    expect(new Set(backend.keys).size).toBe(20);
    for (const received of backend.received) verified(received, secret);
    await isDone(two, webhookId, 20);
    const [here, there] = [await deliveriesOf(one, webhookId), await deliveriesOf(two, webhookId)];
    expect(there.items.map(({ deliveryId }: { deliveryId: string }) => deliveryId)).toEqual(
      here.items.map(({ deliveryId }: { deliveryId: string }) => deliveryId),
    );
  }, 60_000);

  it('leave a failing receiver one instance for each message, and nothing is sent twice once it is back', async () => {
    const { webhookId } = await register(two, hookOf(backend), ['consultation.booked']);
    backend.answer = status(503);
    for (let n = 0; n < 6; n++) await scene(n % 2 ? one : two);
    await eventually(() => backend.received.length >= 4);
    backend.answer = status(204);
    await isDone(one, webhookId, 6);
    const { items } = await deliveriesOf(one, webhookId);
    for (const { deliveryId } of items) {
      const events = await recordOf(one, deliveryId);
      const takes = events.filter(({ data }) => 'outcome' in data && data.outcome === 'taken');
      expect(takes).toHaveLength(1);
    }
  }, 60_000);

  it('work off together what has piled up, each message once', async () => {
    const { webhookId } = await register(one, hookOf(backend));
    // Longer than an instance may be late, so that each finds messages of the other's that it may claim.
    backend.answer = (_received, response) => void setTimeout(() => response.writeHead(204).end(), 160);
    await Promise.all(Array.from({ length: 60 }, (_, n) => scene(n % 2 ? one : two)));
    await eventually(() => new Set(backend.keys).size === 120, 40_000);
    await eventually(async () => (await deliveriesOf(two, webhookId, '?state=due')).items.length === 0);
    expect(backend.keys).toHaveLength(120);
    const sent = await Promise.all(backend.keys.map((deliveryId) => recordOf(one, deliveryId)));
    expect(sent.flatMap(attemptsOfOthers)).toEqual([]);
  }, 60_000);

  it('send what a third one queued that cannot sign as they do, and it sends nothing', async () => {
    const other = await startTelling({ STORE_URL: await storeOf(one), WEBHOOK_SIGNING_KEY: 'another'.repeat(8) }, pace);
    try {
      const { webhookId, secret } = await register(one, hookOf(backend), ['consultation.booked']);
      const { instance } = other.app.get(Deliveries);
      const queuedByOther = async () => {
        await scene(one);
        const { items } = await deliveriesOf(one, webhookId);
        for (const { deliveryId } of items)
          for (const { type, data } of await recordOf(one, deliveryId))
            if (type === 'DeliveryQueued' && data.instance === instance) return deliveryId as string;
        return undefined;
      };
      const deliveryId = await eventually(queuedByOther, 30_000);
      await eventually(() => backend.keys.includes(deliveryId), 20_000);
      const events = await eventually(async () => {
        const found = await recordOf(one, deliveryId);
        return found.length === 3 ? found : undefined;
      });
      expect(typesOf(events)).toEqual(['DeliveryQueued', 'DeliveryClaimed', 'DeliveryAttempted']);
      for (const received of backend.received) verified(received, secret);
      expect(other.logged.join()).toContain(`webhook ${webhookId} is not sent to from here`);
      expect(await send(other, 'POST', `/v1/webhooks/${webhookId}/rotate`, { ...officer, body: {} })).toMatchObject({
        status: 503,
        body: { code: 'webhooks-unavailable' },
      });
    } finally {
      await other.close();
    }
  }, 60_000);
});

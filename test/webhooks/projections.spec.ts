import type { Recorded } from '../../events/event.ts';
import type { DeliveryEvent, WebhookEvent } from '../../events/webhook-events.ts';
import { webhookDeliveries } from '../../projections/webhook-deliveries.ts';
import { registeredWebhooks } from '../../projections/webhooks.ts';

const at = (second: number) => new Date(Date.UTC(2036, 0, 1, 0, 0, second)).toISOString();
const recorded = <E extends { readonly type: string; readonly data: object }>(event: E, revision: number) =>
  ({
    ...event,
    ...{
      id: `event-${revision}`,
      stream: 'stream',
      revision,
      position: BigInt(10 + revision),
      recordedAt: at(revision),
    },
    metadata: { actor: { id: 'officer-1', roles: ['compliance'] } },
  }) as unknown as Recorded<E>;

const hook = { webhookId: 'hook' };
const digest = 'a'.repeat(64);
const url = 'https://backend.example.org/';
const webhooks: WebhookEvent[] = [
  { type: 'WebhookRegistered', data: { ...hook, url, types: ['*'], secretDigest: digest } },
  { type: 'WebhookSecretRotated', data: { ...hook, generation: 2, overlapUntil: at(50), secretDigest: digest } },
  { type: 'WebhookRemoved', data: hook },
];
const of = { deliveryId: 'delivery', ...hook };
const event = {
  id: 'event',
  type: 'consultation.booked',
  subject: 'patient-1',
  time: at(0),
  data: { patientId: 'pat-1' },
};
const attempt = { ...of, instance: 'one', beganAt: at(1), endedAt: at(2), number: 1 };
const deliveries: DeliveryEvent[] = [
  { type: 'DeliveryQueued', data: { ...of, instance: 'one', at: at(0), event } },
  { type: 'DeliveryAttempted', data: { ...attempt, outcome: 'failed', why: 'no-answer', fate: 'due', dueAt: at(9) } },
  { type: 'DeliveryClaimed', data: { ...of, instance: 'two', at: at(60) } },
  {
    type: 'DeliveryAttempted',
    data: { ...attempt, number: 2, beganAt: at(60), outcome: 'taken', status: 204, fate: 'delivered' },
  },
  { type: 'DeliveryResent', data: { ...of, instance: 'two', at: at(90) } },
];

describe('the list of webhooks', () => {
  const after = (count: number) =>
    webhooks
      .slice(0, count)
      .map(recorded)
      .reduce(
        (view, one) => registeredWebhooks.evolve(view, one, 'hook'),
        undefined as ReturnType<typeof registeredWebhooks.evolve>,
      );

  it('shows who registered each and from where on it is told, whatever comes after', () => {
    const first = { registeredBy: 'officer-1', registeredAt: at(0), since: 10, status: 'active', generation: 1 };
    expect(after(1)).toMatchObject(first);
    expect(after(2)).toMatchObject({ ...first, generation: 2, overlapUntil: at(50) });
    expect(after(3)).toMatchObject({ ...first, generation: 2, status: 'removed' });
  });

  it('is the same when it is built again, and has nothing of a webhook whose registration it lacks', () => {
    expect(after(3)).toEqual(after(3));
    const [, rotated] = webhooks.map(recorded);
    expect(registeredWebhooks.evolve(undefined, rotated as never, 'hook')).toBeUndefined();
  });
});

describe('the list of deliveries', () => {
  const after = (count: number) =>
    deliveries
      .slice(0, count)
      .map(recorded)
      .reduce(
        (view, one) => webhookDeliveries.evolve(view, one, 'delivery'),
        undefined as ReturnType<typeof webhookDeliveries.evolve>,
      );
  const shelf = (count: number) => webhookDeliveries.shelfOf(after(count) as never);

  it('has each on the shelf of its state', () => {
    expect([1, 2, 3, 4, 5].map(shelf)).toEqual(['hook:due', 'hook:due', 'hook:due', 'hook:delivered', 'hook:due']);
  });

  it('shows the latest attempts, and when the next one is due and by whom', () => {
    expect(after(2)).toMatchObject({ attempts: 1, dueAt: at(9), instance: 'one', queuedAt: at(0), since: at(0) });
    expect(after(3)).toMatchObject({ attempts: 1, dueAt: at(60), instance: 'two' });
    expect(after(5)).toMatchObject({ attempts: 2, dueAt: at(90), since: at(90), queuedAt: at(0) });
    expect(after(5)?.latest.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'failed'],
      [2, 'taken'],
    ]);
  });

  it('is the same when it is built again, and has nothing of a delivery that was not queued', () => {
    expect(after(5)).toEqual(after(5));
    const [, attempted] = deliveries.map(recorded);
    expect(webhookDeliveries.evolve(undefined, attempted as never, 'delivery')).toBeUndefined();
  });

  it('keeps a bounded number of attempts', () => {
    let view = after(1);
    for (let number = 1; number <= 50; number++)
      view = webhookDeliveries.evolve(
        view,
        recorded(
          { type: 'DeliveryAttempted', data: { ...attempt, number, outcome: 'failed', fate: 'due' } },
          number,
        ) as never,
        'delivery',
      );
    expect(view?.attempts).toBe(50);
    expect(view?.latest).toHaveLength(20);
    expect(view?.latest.at(-1)?.number).toBe(50);
  });
});

import type { DeliveryEvent, WebhookEvent } from '../../events/webhook-events.ts';
import { attempted, claim, MOST_WEBHOOKS, queue, register, remove, resend, rotate } from '../../src/webhooks/decide.ts';
import { DeliveryNotFound, TooManyWebhooks, WebhookNotFound } from '../../src/webhooks/errors.ts';
import { deliveryFold, webhooksFold } from '../../src/webhooks/evolve.ts';

const appended = <E extends object>(event: E, revision: number) => ({
  ...event,
  ...{ id: `event-${revision}`, stream: '', revision, metadata: {} as never },
});
const webhooksAfter = (...events: WebhookEvent[]) =>
  events.map(appended).reduce(webhooksFold.evolve, webhooksFold.initial());
const after = (...events: DeliveryEvent[]) => events.map(appended).reduce(deliveryFold.evolve, deliveryFold.initial());

const webhook = (webhookId: string) => ({
  ...{ webhookId, url: 'https://backend.example.org/', types: ['*'], secretDigest: 'a'.repeat(64) },
});
const registered = (webhookId: string): WebhookEvent => ({ type: 'WebhookRegistered', data: webhook(webhookId) });
const overlapUntil = '2036-05-04T09:00:00.000Z';
const digestOf = (generation: number) => String(generation).repeat(64);

describe('webhooks', () => {
  it('are registered up to a number, and beyond it once one is removed', () => {
    const all = Array.from({ length: MOST_WEBHOOKS }, (_, n) => registered(`hook-${n}`));
    expect(() => register(webhooksAfter(...all), webhook('one-more'))).toThrow(TooManyWebhooks);
    const removed = webhooksAfter(...all, { type: 'WebhookRemoved', data: { webhookId: 'hook-0' } });
    expect(register(removed, webhook('one-more'))).toEqual([registered('one-more')]);
  });

  it('get the next secret, as often as it is asked for', () => {
    const first = rotate(webhooksAfter(registered('hook')), { webhookId: 'hook', overlapUntil }, digestOf);
    expect(first[0].data).toEqual({ webhookId: 'hook', generation: 2, overlapUntil, secretDigest: '2'.repeat(64) });
    const second = rotate(webhooksAfter(registered('hook'), ...first), { webhookId: 'hook', overlapUntil }, digestOf);
    expect(second[0].data.generation).toBe(3);
  });

  it('that are not there, or not any more, cannot be rotated or removed', () => {
    const removed = webhooksAfter(registered('hook'), { type: 'WebhookRemoved', data: { webhookId: 'hook' } });
    for (const webhooks of [webhooksAfter(), removed]) {
      expect(() => rotate(webhooks, { webhookId: 'hook', overlapUntil }, digestOf)).toThrow(WebhookNotFound);
      expect(() => remove(webhooks, 'hook')).toThrow(WebhookNotFound);
    }
  });
});

const at = (second: number) => new Date(Date.UTC(2036, 0, 1, 0, 0, second)).toISOString();
const of = { deliveryId: 'delivery', webhookId: 'hook' };
const event = {
  ...{ id: 'event', type: 'consultation.booked', subject: 'patient-1', time: at(0) },
  data: { patientId: 'pat-1', position: 4 },
};
const queued: DeliveryEvent = { type: 'DeliveryQueued', data: { ...of, instance: 'one', at: at(0), event } };
type Attempt = Parameters<typeof attempted>[1];
const attempt = (more: Partial<Attempt>): Attempt => ({
  ...{ ...of, instance: 'one', beganAt: at(1), endedAt: at(2), outcome: 'failed', fate: 'due', dueAt: at(7) },
  ...more,
});
const LATE_MS = 30_000;
const claiming = (second: number, instance = 'two') => ({ instance, at: at(second) });
const resent = (second: number) => ({ ...of, instance: 'two', at: at(second) });

describe('a delivery', () => {
  it('is queued once', () => {
    expect(queue(after(), queued.data)).toEqual([queued]);
    expect(queue(after(queued), { ...queued.data, instance: 'two' })).toEqual([]);
  });

  it('has each attempt on record once, numbered in the order they got there', () => {
    const first = attempted(after(queued), attempt({}));
    expect(first[0]?.data).toMatchObject({ number: 1, fate: 'due', dueAt: at(7) });
    expect(attempted(after(queued, ...first), attempt({}))).toEqual([]);
    const other = attempted(after(queued, ...first), attempt({ instance: 'two' }));
    expect(other[0]?.data.number).toBe(2);
    expect(attempted(undefined, attempt({}))).toEqual([]);
  });

  it('stays delivered, whatever becomes of another attempt', () => {
    const taken = attempted(after(queued), attempt({ outcome: 'taken', fate: 'delivered', dueAt: undefined }));
    const late = attempted(after(queued, ...taken), attempt({ instance: 'two' }));
    expect(late[0]?.data).toMatchObject({ outcome: 'failed', fate: 'delivered' });
    expect(late[0]?.data.dueAt).toBeUndefined();
    expect(after(queued, ...taken, ...late)?.state).toBe('delivered');
  });

  it('that was sent again is not given up by an attempt that began before', () => {
    const again = resend(after(queued), resent(2));
    const given = attempt({ beganAt: at(1), fate: 'given-up', dueAt: undefined });
    const events = attempted(after(queued, ...again), given);
    expect(events[0]?.data).toMatchObject({ fate: 'due', dueAt: at(2) });
    expect(attempted(after(queued), given)[0]?.data.fate).toBe('given-up');
  });

  it('is claimed from an instance that is late, by one other alone', () => {
    expect(claim(after(queued), claiming(29), LATE_MS)).toEqual([]);
    const claimed = claim(after(queued), claiming(30), LATE_MS);
    expect(claimed[0]?.data).toEqual({ ...of, ...claiming(30) });
    expect(claim(after(queued, ...claimed), claiming(31, 'three'), LATE_MS)).toEqual([]);
    expect(claim(after(queued, ...claimed), claiming(60, 'three'), LATE_MS)).toHaveLength(1);
    expect(claim(undefined, claiming(60), LATE_MS)).toEqual([]);
  });

  it('is claimed anew by an instance that is late itself, before another one may', () => {
    expect(claim(after(queued), claiming(14, 'one'), LATE_MS)).toEqual([]);
    const anew = claim(after(queued), claiming(15, 'one'), LATE_MS);
    expect(anew).toHaveLength(1);
    expect(claim(after(queued, ...anew), claiming(44), LATE_MS)).toEqual([]);
  });

  it('that is delivered or given up is not claimed, and is due again once an officer has it sent again', () => {
    for (const fate of ['delivered', 'given-up'] as const) {
      const ended = attempted(after(queued), attempt({ fate, dueAt: undefined }));
      expect(claim(after(queued, ...ended), claiming(600), LATE_MS)).toEqual([]);
      const again = resend(after(queued, ...ended), resent(600));
      expect(after(queued, ...ended, ...again)).toMatchObject({
        state: 'due',
        instance: 'two',
        since: at(600),
        attempts: 1,
      });
    }
  });

  it('is sent again for its own webhook alone', () => {
    expect(() => resend(undefined, resent(1))).toThrow(DeliveryNotFound);
    expect(() => resend(after(queued), { ...resent(1), webhookId: 'other' })).toThrow(DeliveryNotFound);
  });
});

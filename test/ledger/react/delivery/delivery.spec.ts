import { randomUUID } from 'node:crypto';
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tlsFiles } from '../../../../embedded/access/certificate.ts';
import {
  type Channel,
  ChannelRefused,
  Delivery,
  type DeliveryReport,
  type DeliverySettings,
} from '../../../../src/ledger/react/delivery/delivery.ts';
import type { Message } from '../../../../src/ledger/react/delivery/record.ts';
import { eventually } from '../../../support/eventually.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { MemoryRecord } from './memory-record.ts';
import { type Received, Receiver, status } from './receiver.ts';

/** Quick, and to this machine: what a test needs. Receivers have an hour to take a message. */
const quick: Partial<DeliverySettings> = {
  ...{ firstMs: 5, longestMs: 40, longestRetryAfterMs: 60_000, giveUpAfterMs: 3_600_000 },
  ...{ connectMs: 10_000, answerMs: 10_000, allowHttp: true, allowedAddresses: ['127.0.0.1'] },
};

type Found = (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void;

const message = (channel = 'pager', more: Partial<Message> = {}): Message => ({
  ...{ id: randomUUID(), channel, contentType: 'application/json', body: '{"breach":"b-1"}', at: Date.now() },
  ...more,
});

describe('delivering to receivers', () => {
  const receivers: Receiver[] = [];
  const deliveries: Delivery[] = [];
  /** Puts messages on record as a caller does. */
  class Sending extends Delivery {
    async send(sent: Message): Promise<void> {
      await record.add(sent);
      this.look(sent.channel);
    }
  }
  let record: MemoryRecord;
  let reports: DeliveryReport[];
  beforeEach(() => {
    record = new MemoryRecord();
    reports = [];
  });
  afterEach(async () => {
    for (const delivery of deliveries.splice(0)) await delivery.stop(0);
    for (const receiver of receivers.splice(0)) await receiver.stop();
  });

  const receiver = async (port?: number) => {
    const started = await new Receiver().start(port);
    receivers.push(started);
    return started;
  };
  const deliver = (channels: readonly Channel[], settings: Partial<DeliverySettings> = {}, resolve?: typeof lookup) => {
    const delivery = new Sending(channels, record, (event) => reports.push(event), { ...quick, ...settings }, resolve);
    deliveries.push(delivery);
    delivery.start();
    return delivery;
  };
  const fateOf = ({ id }: Message) => record.of(id).at(-1)?.fate.kind;
  const outcomeOf = ({ id }: Message) => record.of(id).at(-1)?.outcome;
  const isDelivered = (sent: Message) => eventually(() => fateOf(sent) === 'delivered');
  const hasFailed = (sent: Message) => eventually(() => record.of(sent.id).length > 0);

  it('posts the message with its idempotency key and the headers of its channel, once', async () => {
    const pager = await receiver();
    const headers = ({ body }: Message) => ({ authorization: 'Token secret', 'x-length': String(body.length) });
    const delivery = deliver([{ id: 'pager', url: pager.url, headers }]);
    const sent = message('pager', { body: '{"größe":1}' });
    await delivery.send(sent);
    await isDelivered(sent);
    expect(pager.received).toEqual([
      expect.objectContaining({ method: 'POST', path: '/hook?a=1', key: sent.id, body: sent.body }),
    ]);
    expect(pager.received[0]?.headers).toMatchObject({
      ...{
        'content-type': 'application/json',
        authorization: 'Token secret',
        'x-length': '11',
        'content-length': '13',
      },
    });
    expect(record.of(sent.id)).toMatchObject([{ number: 1, outcome: { kind: 'taken', status: 204 } }]);
    expect(JSON.stringify(record.attempts)).not.toContain('secret');
    expect(reports).toEqual([]);
  });

  it('tries again with the same key until it is taken; every attempt is on record, and a change of the channel is told once', async () => {
    const pager = await receiver();
    pager.answer = (_, response) => response.writeHead(pager.received.length < 4 ? 500 : 200).end();
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    const sent = message();
    await delivery.send(sent);
    await isDelivered(sent);
    expect(pager.keys).toEqual([sent.id, sent.id, sent.id, sent.id]);
    expect(record.of(sent.id).map(({ number, outcome }) => [number, outcome.kind])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'failed'],
      [4, 'taken'],
    ]);
    await eventually(() => reports.length === 2);
    expect(reports).toMatchObject([
      { kind: 'changed', channel: 'pager', state: { kind: 'failing', failures: 1, why: 'unwilling', status: 500 } },
      { kind: 'changed', channel: 'pager', state: { kind: 'healthy' } },
    ]);
    expect(delivery.states().get('pager')).toEqual({ kind: 'healthy' });
  });

  it('waits for a receiver that is away, whatever waits for it, without giving anything up or holding up another channel', async () => {
    const [port = 0] = await freePorts(1);
    const screen = await receiver();
    const delivery = deliver([
      { id: 'pager', url: new URL(`http://127.0.0.1:${port}/`) },
      { id: 'screen', url: screen.url },
    ]);
    const waiting = Array.from({ length: 40 }, () => message('pager'));
    for (const one of waiting) await delivery.send(one);
    const shown = Array.from({ length: 10 }, () => message('screen'));
    for (const one of shown) await delivery.send(one);
    for (const one of shown) await isDelivered(one);
    await eventually(() => record.attempts.filter(({ channel }) => channel === 'pager').length >= 12);
    const state = delivery.states().get('pager');
    expect(state).toMatchObject({ kind: 'failing', why: 'not-connected', code: 'ECONNREFUSED' });
    // One message after the other finds out whether it is back, and not all of them again and again.
    const tries = record.attempts.filter(({ channel }) => channel === 'pager');
    if (state?.kind === 'failing') expect(state.failures).toBeGreaterThanOrEqual(tries.length - 1);
    expect(delivery.states().get('screen')).toEqual({ kind: 'healthy' });
    expect(record.outstanding('pager')).toHaveLength(40);

    const back = await receiver(port);
    for (const one of waiting) await isDelivered(one);
    expect(back.keys.sort()).toEqual(waiting.map(({ id }) => id).sort());
    expect(record.outstanding('pager')).toEqual([]);
  });

  it('leaves a receiver alone for as long as it asks, with every message', async () => {
    const pager = await receiver();
    pager.answer = (received, response) => {
      if (pager.received.length > 1) return status(202)(received, response, response.req);
      status(429, { 'retry-after': '1' })(received, response, response.req);
    };
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    const both = [message(), message()];
    for (const one of both) await delivery.send(one);
    for (const one of both) await isDelivered(one);
    const [first, second] = pager.received as [Received, Received];
    expect(second.at - first.at).toBeGreaterThan(990);
    expect(pager.received).toHaveLength(3);
  });

  it('understands a date in Retry-After', async () => {
    const pager = await receiver();
    const until = new Date(Date.now() + 30_000).toUTCString();
    pager.answer = status(503, { 'retry-after': until });
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    const sent = message();
    await delivery.send(sent);
    await hasFailed(sent);
    expect(delivery.states().get('pager')).toMatchObject({ kind: 'failing', status: 503 });
    const state = delivery.states().get('pager');
    const asked = Date.parse(until);
    if (state?.kind === 'failing') expect(Math.abs(state.pausedUntil - asked)).toBeLessThan(1_000);
    expect(pager.received).toHaveLength(1);
  });

  it('is not held up by a message that the receiver refuses, which is tried until its age and then given up', async () => {
    const pager = await receiver();
    const [bad, good] = [message('pager', { body: 'bad', at: Date.now() - 3_599_500 }), message()];
    pager.answer = (received, response) => response.writeHead(received.body === 'bad' ? 422 : 200).end();
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    for (const one of [bad, good]) await delivery.send(one);
    await isDelivered(good);
    await eventually(() => fateOf(bad) === 'given-up');
    const tries = record.of(bad.id);
    expect(tries.length).toBeGreaterThan(2);
    for (const { endedAt, fate } of tries) expect(fate.kind).toBe(endedAt - bad.at >= 3_600_000 ? 'given-up' : 'due');
    await eventually(() => reports.length > 0);
    expect(reports).toEqual([
      { kind: 'given-up', channel: 'pager', messageId: bad.id, outcome: { kind: 'refused', status: 422 } },
    ]);
  });

  it('is not held up by a message that the receiver breaks on', async () => {
    const pager = await receiver();
    const [bad, ...good] = Array.from({ length: 6 }, (_, n) => message('pager', { body: n === 0 ? 'bad' : 'good' }));
    pager.answer = (received, response) => response.writeHead(received.body === 'bad' ? 500 : 200).end();
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    for (const one of [bad as Message, ...good]) await delivery.send(one);
    for (const one of good) await isDelivered(one);
    expect(fateOf(bad as Message)).toBe('due');
  });

  it('follows no redirect', async () => {
    const [pager, elsewhere] = [await receiver(), await receiver()];
    pager.answer = status(307, { location: elsewhere.url.href });
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    const sent = message();
    await delivery.send(sent);
    await eventually(() => record.of(sent.id).length > 1);
    expect(outcomeOf(sent)).toEqual({ kind: 'failed', why: 'redirected', status: 307 });
    expect(elsewhere.connections).toBe(0);
  });

  describe('an address that this process may not connect to', () => {
    it.each(['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost', '2130706433', '0x7f.1', '127.1', '0'])(
      'is not connected to as %s',
      async (host) => {
        const inside = await receiver();
        const url = new URL(`http://${host}:${inside.port}/`);
        const delivery = deliver([{ id: 'pager', url }], { allowedAddresses: [] });
        const sent = message();
        await delivery.send(sent);
        await eventually(() => record.of(sent.id).length > 1);
        expect(outcomeOf(sent)).toEqual({ kind: 'failed', why: 'address-not-allowed' });
        expect(inside.connections).toBe(0);
      },
    );

    it('is not connected to when a name comes to mean it after it meant another', async () => {
      const pager = await receiver();
      let looks = 0;
      // Allowed by the settings of these tests at the first look, as a public address would be; this machine by another address then.
      const rebinding = ((_host: string, options: LookupAllOptions, done: Found) => {
        looks += 1;
        return lookup(looks === 1 ? '127.0.0.1' : '127.0.0.2', options, done);
      }) as typeof lookup;
      const url = new URL(`http://pager.example.org:${pager.port}/`);
      const delivery = deliver([{ id: 'pager', url }], {}, rebinding);
      const [first, second] = [message(), message()];
      await delivery.send(first);
      await isDelivered(first);
      await delivery.send(second);
      await hasFailed(second);
      expect(outcomeOf(second)).toEqual({ kind: 'failed', why: 'address-not-allowed' });
      expect(pager.keys).toEqual([first.id]);
      expect(pager.connections).toBe(1);
    });

    it('may be named by its host', async () => {
      const pager = await receiver();
      const url = new URL(`http://localhost:${pager.port}/`);
      const delivery = deliver([{ id: 'pager', url }], { allowedAddresses: ['localhost'] });
      const sent = message();
      await delivery.send(sent);
      await isDelivered(sent);
    });
  });

  describe('a receiver that takes its time', () => {
    it('is given up on while it is being connected to', async () => {
      const never = (() => undefined) as unknown as typeof lookup;
      const url = new URL('http://pager.example.org/');
      const delivery = deliver([{ id: 'pager', url }], { connectMs: 30 }, never);
      const sent = message();
      await delivery.send(sent);
      await hasFailed(sent);
      expect(outcomeOf(sent)).toEqual({ kind: 'failed', why: 'not-connected' });
    });

    it('is given up on when it does not answer', async () => {
      const pager = await receiver();
      pager.answer = () => undefined;
      const delivery = deliver([{ id: 'pager', url: pager.url }], { answerMs: 30 });
      const sent = message();
      await delivery.send(sent);
      await hasFailed(sent);
      expect(outcomeOf(sent)).toEqual({ kind: 'failed', why: 'no-answer' });
    });

    it('is given up on when it breaks off', async () => {
      const pager = await receiver();
      pager.answer = (_received, _response, request) => request.socket.destroy();
      const delivery = deliver([{ id: 'pager', url: pager.url }]);
      const sent = message();
      await delivery.send(sent);
      await hasFailed(sent);
      expect(outcomeOf(sent)).toEqual({ kind: 'failed', why: 'no-answer', code: 'ECONNRESET' });
    });

    it('has taken the message once it says so, though its answer never ends', async () => {
      const pager = await receiver();
      pager.answer = (_received, response) => void response.writeHead(200).write('thanks');
      const delivery = deliver([{ id: 'pager', url: pager.url }], { answerMs: 50 });
      const sent = message();
      await delivery.send(sent);
      await isDelivered(sent);
      expect(record.of(sent.id)).toHaveLength(1);
    });

    it('is not listened to for more than a little', async () => {
      const pager = await receiver();
      let written = 0;
      pager.answer = (_received, response) => {
        response.writeHead(200);
        const more = () => {
          do written += 16_384;
          while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        };
        response.on('drain', more);
        more();
      };
      const delivery = deliver([{ id: 'pager', url: pager.url }]);
      const sent = message();
      await delivery.send(sent);
      await isDelivered(sent);
      // What was on its way in the sockets' buffers, and not what comes within ten seconds.
      expect(written).toBeLessThan(16 * 2 ** 20);
      expect(written).toBeGreaterThan(64 * 1024);
    });
  });

  describe('stopping', () => {
    it('ends a pause at once, and the next start goes on with the same key and the next number', async () => {
      const pager = await receiver();
      pager.answer = status(503, { 'retry-after': '1' });
      const delivery = deliver([{ id: 'pager', url: pager.url }], { firstMs: 1_000, longestMs: 1_000 });
      const [tried, untried] = [message(), message()];
      for (const one of [tried, untried]) await delivery.send(one);
      await hasFailed(tried);
      const from = performance.now();
      await delivery.stop(60_000);
      expect(performance.now() - from).toBeLessThan(900);
      const told = message();
      await delivery.send(told);

      pager.answer = status(200);
      deliver([{ id: 'pager', url: pager.url }]);
      for (const one of [tried, untried, told]) await isDelivered(one);
      expect(record.of(tried.id).map(({ number }) => number)).toEqual([1, 2]);
      expect(pager.keys.filter((key) => key === tried.id)).toHaveLength(2);
      expect(pager.received).toHaveLength(4);
    });

    it('lets an attempt under way end, and puts it on record', async () => {
      const pager = await receiver();
      let answer: () => void = () => {};
      pager.answer = (_received, response) => {
        answer = () => response.writeHead(200).end();
      };
      const delivery = deliver([{ id: 'pager', url: pager.url }]);
      const [first, second] = [message(), message()];
      for (const one of [first, second]) await delivery.send(one);
      await eventually(() => pager.received.length === 1);
      const stopped = delivery.stop(60_000);
      answer();
      await stopped;
      expect(fateOf(first)).toBe('delivered');
      expect(pager.keys).toEqual([first.id]);
      expect(record.outstanding('pager').map(({ message: { id } }) => id)).toEqual([second.id]);
    });

    it('breaks off an attempt that takes longer than it has, and makes it again at the next start', async () => {
      const pager = await receiver();
      pager.answer = () => undefined;
      const delivery = deliver([{ id: 'pager', url: pager.url }]);
      const sent = message();
      await delivery.send(sent);
      await eventually(() => pager.received.length === 1);
      await delivery.stop(10);
      expect(record.attempts).toEqual([]);
      pager.answer = status(200);
      deliver([{ id: 'pager', url: pager.url }]);
      await isDelivered(sent);
      expect(pager.keys).toEqual([sent.id, sent.id]);
    });
  });

  it('does not send again what was taken while the record is away, and goes on when it is back', async () => {
    const pager = await receiver();
    pager.answer = (_received, response) => {
      record.away = true;
      response.writeHead(200).end();
    };
    const delivery = deliver([{ id: 'pager', url: pager.url }]);
    const sent = message();
    await delivery.send(sent);
    await eventually(() => reports.filter(({ kind }) => kind === 'record-unavailable').length >= 5);
    await expect(delivery.send(message())).rejects.toThrow('the record is away');
    expect(pager.received).toHaveLength(1);
    record.away = false;
    await isDelivered(sent);
    expect(pager.received).toHaveLength(1);
  });

  it('tells of a request that cannot be made, and holds no other channel up', async () => {
    const pager = await receiver();
    const delivery = deliver([
      { id: 'broken', url: pager.url, headers: () => ({ authorization: 'two\nlines' }) },
      { id: 'pager', url: pager.url },
    ]);
    const [broken, sent] = [message('broken'), message('pager')];
    for (const one of [broken, sent]) await delivery.send(one);
    await isDelivered(sent);
    await hasFailed(broken);
    expect(outcomeOf(broken)).toEqual({ kind: 'failed', why: 'not-sendable' });
    expect(reports).toContainEqual(
      expect.objectContaining({ kind: 'not-sendable', channel: 'broken', messageId: broken.id }),
    );
    expect(pager.keys).toEqual([sent.id]);
  });

  it('sends through a channel that is added while it is at work, and not any more once it is closed', async () => {
    const pager = await receiver();
    const delivery = deliver([]);
    const [early, late] = [message('pager'), message('pager')];
    await delivery.send(early);
    delivery.open({ id: 'pager', url: pager.url });
    await isDelivered(early);
    delivery.close('pager');
    await delivery.send(late);
    const other = message('other');
    delivery.open({ id: 'other', url: pager.url });
    await delivery.send(other);
    await isDelivered(other);
    expect(pager.keys).toEqual([early.id, other.id]);
    expect([...delivery.states().keys()]).toEqual(['other']);
  });

  it('tries a receiver that failed at once when it is told to', async () => {
    const pager = await receiver();
    pager.answer = status(500);
    const delivery = deliver([{ id: 'pager', url: pager.url }], { firstMs: 600_000, longestMs: 600_000 });
    const [sent, next] = [message('pager'), message('pager')];
    await delivery.send(sent);
    await hasFailed(sent);
    pager.answer = status(204);
    await record.add(next);
    delivery.look('pager', { atOnce: true });
    await isDelivered(next);
  });

  it.each([
    ['http://pager.example.org/', /must begin with https/],
    ['ftp://pager.example.org/', /must begin with https/],
    ['https://user:word@pager.example.org/', /user or a password/],
  ])('refuses the address %s', (url, why) => {
    const refused = () => new Delivery([{ id: 'pager', url: new URL(url) }], record, () => undefined);
    expect(refused).toThrow(ChannelRefused);
    expect(refused).toThrow(why);
  });

  it('refuses two channels of one name, and an allowed address that is none', () => {
    const channel = { id: 'pager', url: new URL('https://pager.example.org/') };
    expect(() => new Delivery([channel, channel], record, () => undefined)).toThrow(ChannelRefused);
    expect(() => new Delivery([channel], record, () => undefined, { allowedAddresses: ['*'] })).toThrow(TypeError);
  });

  describe('over TLS', () => {
    let dir: string;
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'delivery-'));
    });
    afterEach(() => rm(dir, { recursive: true }));

    it('goes to a receiver whose certificate is trusted for its name, and to no other', async () => {
      const { certificate: cert, key, authorityFile } = await tlsFiles(dir, new Date());
      const ca = await readFile(authorityFile, 'utf8');
      const pager = await new Receiver({ key, cert }).start();
      receivers.push(pager);
      const url = new URL(`https://localhost:${pager.port}/`);
      const other = new URL(`https://pager.example.org:${pager.port}/`);
      const here = ((_host: string, options: LookupAllOptions, done: Found) =>
        lookup('127.0.0.1', options, done)) as typeof lookup;
      const channels = [
        { id: 'trusted', url, ca },
        { id: 'unknown', url },
        { id: 'misnamed', url: other, ca },
      ];
      const delivery = deliver(channels, { allowHttp: false }, here);
      const [trusted, unknown, misnamed] = channels.map(({ id }) => message(id)) as [Message, Message, Message];
      for (const one of [trusted, unknown, misnamed]) await delivery.send(one);
      await isDelivered(trusted);
      for (const one of [unknown, misnamed]) await hasFailed(one);
      expect(outcomeOf(unknown)).toMatchObject({ kind: 'failed', why: 'not-connected' });
      expect(outcomeOf(misnamed)).toEqual({
        ...{ kind: 'failed', why: 'not-connected', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      });
      expect(pager.keys).toEqual([trusted.id]);
    });
  });
});

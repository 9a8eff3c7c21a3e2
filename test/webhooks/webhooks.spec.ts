import { Webhook as Signature, WebhookVerificationError } from 'standardwebhooks';
import { webhooksStream } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { Clock } from '../../src/clock.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { MOST_WEBHOOKS } from '../../src/webhooks/decide.ts';
import { append, eventsOf, type Scene, scene, send, typesOf, view } from '../access/scene.ts';
import { type Received, Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { problemIn } from '../support/problem.ts';
import { deliveriesOf, hookOf, officer, quick, recordOf, register, startTelling, verified } from './telling.ts';

const HOUR_MS = 3_600_000;

describe('webhooks', () => {
  let app: RunningApp;
  let hoursAhead = 0;
  const receivers: Receiver[] = [];
  const registered: string[] = [];
  beforeAll(async () => {
    const clock = { now: () => Date.now() + hoursAhead * HOUR_MS };
    const override = (builder: Parameters<NonNullable<Parameters<typeof startApp>[0]>['override'] & object>[0]) =>
      builder.overrideProvider(Clock).useValue(clock);
    app = await startTelling({}, quick, { override });
  });
  afterEach(async () => {
    hoursAhead = 0;
    for (const webhookId of registered.splice(0)) await remove(webhookId);
    for (const receiver of receivers.splice(0)) await receiver.stop();
  });
  afterAll(() => app.close());

  const receiver = async (): Promise<Receiver> => {
    const started = await new Receiver().start();
    receivers.push(started);
    return started;
  };
  const remove = (webhookId: string) => send(app, 'DELETE', `/v1/webhooks/${webhookId}`, officer);
  const told = async (url: string, types?: readonly string[]) => {
    const webhook = await register(app, url, types);
    registered.push(webhook.webhookId);
    return webhook;
  };
  const typesTo = ({ received }: Receiver) => received.map(({ body }) => JSON.parse(body).type);
  const cancel = ({ patientId, consultationId }: Scene) =>
    append(app, patientId, { type: 'ConsultationCancelled', data: { patientId, consultationId, reasonCode: 'ill' } });
  const only = async (webhookId: string) => {
    const { items } = await deliveriesOf(app, webhookId);
    expect(items).toHaveLength(1);
    return items[0];
  };
  const isIn = (webhookId: string, state: string) =>
    eventually(async () => (await deliveriesOf(app, webhookId)).items[0]?.state === state);

  describe('a product event', () => {
    it('is told as a CloudEvent with ids alone, signed as Standard Webhooks', async () => {
      const backend = await receiver();
      const { secret, webhookId } = await told(hookOf(backend));
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const here = await scene(app);
      await eventually(() => backend.received.length === 2);
      const { patientId, clinicianId, consultationId } = here;
      const first = backend.received[0] as Received;
      expect(first).toMatchObject({ method: 'POST', path: '/product-events' });
      expect(first.headers['content-type']).toBe('application/cloudevents+json');
      expect(verified(first, secret)).toEqual({
        specversion: '1.0',
        id: expect.any(String),
        source: 'urn:consultation-ledger',
        type: 'consultation.booked',
        subject: `patient-${patientId}`,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        datacontenttype: 'application/json',
        data: { patientId, consultationId, clinicianId, position: expect.any(Number), revision: 0 },
      });
      expect(typesTo(backend)).toEqual(['consultation.booked', 'recording.stored']);
      await eventually(async () => (await deliveriesOf(app, webhookId, '?state=delivered')).items.length === 2);
    });

    it('is not believed by a receiver where a byte of it was changed, or with another secret', async () => {
      const backend = await receiver();
      const { secret } = await told(hookOf(backend), ['consultation.booked']);
      await scene(app);
      await eventually(() => backend.received.length === 1);
      const [got] = backend.received as [Received];
      const changed = { ...got, body: got.body.replace('booked', 'missed') };
      expect(() => verified(changed, secret)).toThrow(WebhookVerificationError);
      expect(() => verified(got, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)).toThrow(WebhookVerificationError);
      expect(verified(got, secret).type).toBe('consultation.booked');
    });

    it('goes to each webhook that asks for its type or its family, and to no other', async () => {
      const [all, family, one, other] = [await receiver(), await receiver(), await receiver(), await receiver()];
      await told(hookOf(all));
      await told(hookOf(family), ['consultation.*']);
      await told(hookOf(one), ['recording.stored', 'recording.stored']);
      await told(hookOf(other), ['recording.erased', 'access.*']);
      await cancel(await scene(app));
      await eventually(() => all.received.length === 3 && family.received.length === 2 && one.received.length === 1);
      expect(typesTo(family)).toEqual(['consultation.booked', 'consultation.cancelled']);
      expect(typesTo(one)).toEqual(['recording.stored']);
      expect(other.received).toEqual([]);
    });

    it('is told of what was recorded after the registration alone', async () => {
      const here = await scene(app);
      const backend = await receiver();
      await told(hookOf(backend), ['consultation.*']);
      await cancel(here);
      await eventually(() => backend.received.length === 1);
      expect(typesTo(backend)).toEqual(['consultation.cancelled']);
    });

    it('tells who joined which media session on which device, as their provider calls them', async () => {
      const backend = await receiver();
      const { secret } = await told(hookOf(backend), ['consultation.joined']);
      const { patientId, consultationId } = await scene(app);
      const call = { mediaSessionId: `/a+${consultationId}==`, deviceId: 'PA_1@jitsi/x' };
      const as = { as: patientId, roles: ['patient'], body: call } as const;
      const path = `/v1/patients/${patientId}/consultations/${consultationId}/join`;
      expect(await send(app, 'POST', path, as)).toMatchObject({ status: 200 });
      await eventually(() => backend.received.length === 1);
      expect(backend.received.map((received) => verified(received, secret).data)).toMatchObject([
        { ...call, patientId, consultationId, personId: patientId },
      ]);
    });

    it('tells of a refused view, a flag and an emergency, and of no other access', async () => {
      const backend = await receiver();
      const { secret } = await told(hookOf(backend), ['access.*']);
      const here = await scene(app);
      const { patientId, consultationId, recordingId, clinicianId } = here;
      expect((await view(app, here, clinicianId, { roles: ['clinician'] })).status).toBe(201);
      expect((await view(app, here, 'doc-stranger', { roles: ['clinician'] })).status).toBe(404);
      const reason = 'unconscious patient in the emergency room';
      const emergency = { roles: ['clinician'], purpose: 'emergency', reason } as const;
      expect((await view(app, here, 'doc-emergency', emergency)).status).toBe(201);
      await eventually(() => backend.received.length === 3);
      const events = backend.received.map((received) => verified(received, secret));
      const byType = new Map(events.map((event) => [event.type, event]));
      expect([...byType.keys()].toSorted()).toEqual(['access.emergency', 'access.flagged', 'access.refused']);
      expect(byType.get('access.refused')).toMatchObject({
        subject: `patient-${patientId}`,
        data: { patientId, consultationId, recordingId, viewerId: 'doc-stranger', viewId: expect.any(String) },
      });
      expect(byType.get('access.emergency')?.data).toMatchObject({ patientId, viewerId: 'doc-emergency' });
      expect(byType.get('access.flagged')).toMatchObject({ subject: 'viewer-doc-emergency', data: { patientId } });
      expect(backend.received.map(({ body }) => body).join()).not.toContain('unconscious');
    });

    it('tells of each access for patients who want to hear of them, and not while a hold keeps it from them', async () => {
      const backend = await receiver();
      const { secret } = await told(hookOf(backend), ['access.recorded', 'access.emergency', 'consultation.cancelled']);
      const here = await scene(app);
      const { patientId, clinicianId } = here;
      const open = async (as: string, more = {}) =>
        expect((await view(app, here, as, { roles: ['clinician'], ...more })).status).toBe(201);
      await open(clinicianId);
      const me = { as: patientId, roles: ['patient'], body: { notify: true } } as const;
      expect((await send(app, 'PUT', '/v1/me/access-notifications', me)).status).toBe(200);
      await open(clinicianId);
      await eventually(() => backend.received.length === 1);
      const until = new Date(Date.now() + HOUR_MS).toISOString();
      const body = { reason: 'law-enforcement', request: 'oral', until };
      expect(await send(app, 'POST', `/v1/patients/${patientId}/access-holds`, { ...officer, body })).toMatchObject({
        status: 201,
      });
      await open(clinicianId);
      await open('doc-held', { purpose: 'emergency', reason: 'unconscious patient in the emergency room' });
      await cancel(here);
      await eventually(() => backend.received.length === 2);
      expect(typesTo(backend)).toEqual(['access.recorded', 'consultation.cancelled']);
      expect(verified(backend.received[0] as Received, secret).data).toMatchObject({
        patientId,
        viewerId: clinicianId,
      });
    });

    it('is told once, however often it is handed out', async () => {
      const backend = await receiver();
      const { webhookId } = await told(hookOf(backend), ['consultation.booked']);
      await scene(app);
      await isIn(webhookId, 'delivered');
      const { deliveryId } = await only(webhookId);
      const { raw } = app.app.get(Ledger).store;
      const group: string = (await send(app, 'GET', '/v1/reactors/webhook-queue', officer)).body.group;
      const doneUpTo = async () => {
        const info = await raw.getPersistentSubscriptionToAllInfo(group).catch(() => undefined);
        return info?.stats.lastCheckpointedEventPosition?.commit ?? -1n;
      };
      await eventually(async () => (await doneUpTo()) > 0n);
      const before = await doneUpTo();
      // The next one begins at the start of the log: every event comes again.
      await raw.deletePersistentSubscriptionToAll(group);
      await eventually(async () => (await doneUpTo()) >= before, 20_000);
      await scene(app);
      await eventually(() => backend.received.length === 2);
      expect(typesOf(await recordOf(app, deliveryId))).toEqual(['DeliveryQueued', 'DeliveryAttempted']);
      expect(backend.keys[0]).toBe(deliveryId);
      expect(new Set(backend.keys).size).toBe(2);
    }, 60_000);
  });

  describe('a receiver', () => {
    it('that is away and comes back is told what it missed, with every attempt on record', async () => {
      const backend = await receiver();
      const { port } = backend;
      const { webhookId, secret } = await told(hookOf(backend), ['consultation.booked']);
      await backend.stop();
      const { patientId } = await scene(app);
      await eventually(async () => (await deliveriesOf(app, webhookId)).items[0]?.attempts >= 3);
      const waiting = await only(webhookId);
      expect(waiting).toMatchObject({
        ...{ state: 'due', type: 'consultation.booked', subject: `patient-${patientId}` },
        dueAt: expect.any(String),
      });
      expect(waiting.latest[0]).toMatchObject({ number: 1, outcome: 'failed', code: 'ECONNREFUSED' });
      const { body } = await send(app, 'GET', '/v1/webhooks', officer);
      expect(body.items[0].receiver).toMatchObject({ state: 'failing', why: 'not-connected' });
      expect((await app.call('/health/ready')).status).toBe(200);
      expect((await app.app.get(Metrics).webhooksFailing.get()).values[0]?.value).toBe(1);

      await backend.start(port);
      await isIn(webhookId, 'delivered');
      expect(backend.received).toHaveLength(1);
      expect(verified(backend.received[0] as Received, secret).subject).toBe(`patient-${patientId}`);
      const { attempts, latest, dueAt } = await only(webhookId);
      expect(dueAt).toBeUndefined();
      expect(latest.at(-1)).toMatchObject({ number: attempts, outcome: 'taken', status: 204 });
      const numbers = (await recordOf(app, waiting.deliveryId)).flatMap(({ type, data }) =>
        type === 'DeliveryAttempted' ? [data.number] : [],
      );
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    });

    it('that asks for time is left alone for so long', async () => {
      const backend = await receiver();
      backend.answer = status(429, { 'retry-after': '2' });
      const { webhookId } = await told(hookOf(backend), ['consultation.booked']);
      await scene(app);
      await eventually(() => backend.received.length === 1);
      backend.answer = status(204);
      await eventually(() => backend.received.length === 2);
      const [first, second] = backend.received as [Received, Received];
      expect(second.at - first.at).toBeGreaterThan(1_900);
      expect(second.key).toBe(first.key);
      await isIn(webhookId, 'delivered');
      expect((await only(webhookId)).latest[0]).toMatchObject({ outcome: 'failed', why: 'unwilling', status: 429 });
    });

    it('that refuses a message is told the others, and that one again later; what it answers is kept nowhere', async () => {
      const backend = await receiver();
      backend.answer = ({ body }, response) => {
        const isBad = body.includes('recording.stored');
        response.writeHead(isBad ? 422 : 200).end('answered-with-a-name: Ada Lovelace');
      };
      const { webhookId } = await told(hookOf(backend));
      await cancel(await scene(app));
      await eventually(async () => (await deliveriesOf(app, webhookId, '?state=delivered')).items.length === 2);
      await eventually(async () => (await deliveriesOf(app, webhookId, '?state=due')).items[0]?.attempts >= 2);
      const page = await deliveriesOf(app, webhookId);
      expect(page.items.map(({ type }: { type: string }) => type)).toEqual([
        ...['consultation.cancelled', 'recording.stored', 'consultation.booked'],
      ]);
      expect(page.items[1].latest[0]).toMatchObject({ outcome: 'refused', status: 422 });
      expect(JSON.stringify(page) + app.logged.join()).not.toContain('Lovelace');
    });

    it('that answers with a redirect is not followed, and one whose name is not allowed is not connected to', async () => {
      const [backend, elsewhere] = [await receiver(), await receiver()];
      backend.answer = status(302, { location: hookOf(elsewhere) });
      const redirected = await told(hookOf(backend), ['consultation.booked']);
      const inside = await told(hookOf(elsewhere).replace('127.0.0.1', 'localhost'), ['recording.stored']);
      await scene(app);
      const why = (webhookId: string) =>
        eventually(async () => (await deliveriesOf(app, webhookId)).items[0]?.latest[0]?.why);
      expect(await why(redirected.webhookId)).toBe('redirected');
      // `localhost` may also be ::1, which is not allowed.
      await eventually(async () => (await deliveriesOf(app, inside.webhookId)).items[0]?.attempts >= 1);
      expect(elsewhere.received.every(({ body }) => body.includes('recording.stored'))).toBe(true);
    });

    it('that is not sent to any more is forgotten: nothing reaches it after its removal', async () => {
      const backend = await receiver();
      backend.answer = status(503);
      const { webhookId } = await told(hookOf(backend), ['consultation.*']);
      const here = await scene(app);
      await eventually(() => backend.received.length >= 2);
      expect((await remove(webhookId)).status).toBe(204);
      const other = await receiver();
      await told(hookOf(other), ['consultation.*']);
      const before = backend.received.length;
      await cancel(here);
      await eventually(() => other.received.length === 1);
      // One attempt may have been under way.
      expect(backend.received.length).toBeLessThanOrEqual(before + 1);
      expect(await send(app, 'GET', `/v1/webhooks/${webhookId}/deliveries`, officer)).toMatchObject({
        status: 404,
        body: { code: 'webhook-not-found' },
      });
    });

    it('is given up on at the age of a message, and an officer has it sent again', async () => {
      const late = await startTelling({}, { ...quick, giveUpAfterMs: 300 });
      const backend = await receiver();
      backend.answer = status(500);
      try {
        const { webhookId, secret } = await register(late, hookOf(backend), ['consultation.booked']);
        await scene(late);
        await eventually(async () => (await deliveriesOf(late, webhookId)).items[0]?.state === 'given-up');
        const { deliveryId, attempts } = (await deliveriesOf(late, webhookId)).items[0];
        // A slow machine makes one that takes as long as the message may wait.
        expect(attempts).toBeGreaterThanOrEqual(1);
        expect((await late.app.get(Metrics).webhookGivenUp.get()).values[0]?.value).toBe(1);
        backend.answer = status(204);
        const path = `/v1/webhooks/${webhookId}/deliveries/${deliveryId}/resend`;
        const answer = await send(late, 'POST', path, officer);
        expect(answer).toMatchObject({ status: 202, body: { deliveryId } });
        await eventually(async () => (await deliveriesOf(late, webhookId)).items[0]?.state === 'delivered');
        expect(new Set(backend.keys)).toEqual(new Set([deliveryId]));
        expect(verified(backend.received.at(-1) as Received, secret).type).toBe('consultation.booked');
        const resent = (await recordOf(late, deliveryId)).find(({ type }) => type === 'DeliveryResent');
        expect(resent?.metadata.actor.id).toBe(officer.as);
      } finally {
        await late.close();
      }
    });
  });

  describe('a delivery that is sent again by hand', () => {
    it('comes with the same id, in whatever state it is', async () => {
      const backend = await receiver();
      const { webhookId, secret } = await told(hookOf(backend), ['consultation.booked']);
      await scene(app);
      await isIn(webhookId, 'delivered');
      const { deliveryId } = await only(webhookId);
      const path = `/v1/webhooks/${webhookId}/deliveries/${deliveryId}/resend`;
      const headers = { 'idempotency-key': `again-${deliveryId}` };
      expect((await send(app, 'POST', path, { ...officer, headers })).status).toBe(202);
      expect((await send(app, 'POST', path, { ...officer, headers })).status).toBe(202);
      await eventually(async () => (await only(webhookId)).attempts === 2);
      expect(backend.keys).toEqual([deliveryId, deliveryId]);
      const [first, second] = backend.received as [Received, Received];
      expect(second.body).toBe(first.body);
      expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
      verified(second, secret);
    });

    it('is one of its own webhook', async () => {
      const backend = await receiver();
      const [one, other] = [
        await told(hookOf(backend), ['consultation.booked']),
        await told(hookOf(backend), ['access.*']),
      ];
      await scene(app);
      await isIn(one.webhookId, 'delivered');
      const { deliveryId } = await only(one.webhookId);
      for (const path of [
        `${other.webhookId}/deliveries/${deliveryId}`,
        `${one.webhookId}/deliveries/delivery-unknown`,
      ])
        expect(await send(app, 'POST', `/v1/webhooks/${path}/resend`, officer)).toMatchObject({
          status: 404,
          body: { code: 'delivery-not-found' },
        });
      expect(await send(app, 'POST', `/v1/webhooks/none/deliveries/${deliveryId}/resend`, officer)).toMatchObject({
        status: 404,
        body: { code: 'webhook-not-found' },
      });
      expect(backend.received).toHaveLength(1);
    });
  });

  describe('a secret', () => {
    it('that is rotated signs beside the one before, for as long as the officer says', async () => {
      const backend = await receiver();
      const { webhookId, secret: before } = await told(hookOf(backend), ['consultation.booked']);
      const rotate = (body: object = {}) => send(app, 'POST', `/v1/webhooks/${webhookId}/rotate`, { ...officer, body });
      const { body, status: answered, headers } = await rotate();
      expect(answered).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      const after: string = body.secret;
      expect(after).not.toBe(before);
      expect(body).toMatchObject({ secretNumber: 2, overlapUntil: expect.any(String) });

      const last = async () => {
        const n = backend.received.length;
        await scene(app);
        await eventually(() => backend.received.length > n);
        return backend.received.at(-1) as Received;
      };
      const both = await last();
      expect(both.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
      expect(verified(both, before).id).toBe(verified(both, after).id);

      // A receiver believes a time of up to five minutes ago: the overlap ends between.
      await rotate({ overlapHours: 0.01 });
      const third = await rotate({ overlapHours: 0 });
      const alone = await last();
      expect(alone.headers['webhook-signature']).toMatch(/^v1,\S+$/);
      for (const old of [before, after]) expect(() => verified(alone, old)).toThrow(WebhookVerificationError);
      verified(alone, third.body.secret);
    });

    it('is shown when it is made, and in no list, log or event', async () => {
      const backend = await receiver();
      const { webhookId, secret } = await told(hookOf(backend));
      const { body } = await send(app, 'GET', '/v1/webhooks', officer);
      const events = await eventsOf(app, webhooksStream.stream);
      expect(events.some(({ data }) => data.webhookId === webhookId)).toBe(true);
      const everywhere =
        JSON.stringify([body, events.map(({ data, metadata }) => [data, metadata])]) + app.logged.join();
      expect(everywhere).not.toContain(secret.slice('whsec_'.length));
      expect(everywhere).not.toContain('whsec_');
    });

    it('is the same for a command that is repeated with its key', async () => {
      const backend = await receiver();
      const body = { url: hookOf(backend), types: ['*'] };
      const ask = { ...officer, body, headers: { 'idempotency-key': `hook-${backend.port}` } };
      const [first, again] = [
        await send(app, 'POST', '/v1/webhooks', ask),
        await send(app, 'POST', '/v1/webhooks', ask),
      ];
      registered.push(first.body.webhookId);
      expect(again.body).toMatchObject({ webhookId: first.body.webhookId, secret: first.body.secret });
    });
  });

  describe('every byte that leaves', () => {
    it('holds ids and product types: no text, time of a booking, name, token, address or secret', async () => {
      const backend = await receiver();
      const { webhookId, secret } = await told(hookOf(backend));
      const here = await scene(app);
      const reason = 'Unconscious, son Jonas Weber called 0171-555';
      await view(app, here, 'doc-grep', { roles: ['clinician'], purpose: 'emergency', reason });
      await view(app, here, 'doc-stranger-2', { roles: ['clinician'] });
      await cancel(here);
      await eventually(async () => (await deliveriesOf(app, webhookId, '?state=delivered')).items.length >= 5);
      const allowed = new Set([
        ...['host', 'connection', 'content-length', 'content-type', 'idempotency-key'],
        ...['webhook-id', 'webhook-timestamp', 'webhook-signature'],
      ]);
      for (const { headers, body } of backend.received) {
        expect(Object.keys(headers).filter((name) => !allowed.has(name))).toEqual([]);
        const sent = JSON.stringify(headers) + body;
        for (const word of [
          'Jonas',
          'Weber',
          '0171',
          'Unconscious',
          'ill"',
          'Bearer',
          'product-events',
          'whsec',
          officer.as,
        ])
          expect(sent).not.toContain(word);
        expect(sent).not.toContain(secret.slice('whsec_'.length));
        // What was booked for when, how long a file is, its hash.
        expect(body).not.toMatch(/2026-05-04|sha256|video|a{64}|https?:/);
        const { data } = JSON.parse(body);
        const ids = ['patientId', 'consultationId', 'recordingId', 'viewId', 'viewerId', 'clinicianId', 'personId'];
        const known = new Set([...ids, 'mediaSessionId', 'deviceId', 'position', 'revision']);
        expect(Object.keys(data).filter((name) => !known.has(name))).toEqual([]);
        for (const value of Object.values(data)) expect(String(value)).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
      }
      expect(app.logged.join()).not.toContain(hookOf(backend));
    });
  });

  describe('registering', () => {
    const refusedAt = async (body: object) => {
      const response = await app.call('/v1/webhooks', {
        ...{ method: 'POST', ...officer, headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(400);
      return (await problemIn(response)).errors?.map(({ path }) => path);
    };
    const types = ['*'];

    it.each([
      ...['not an address', 'ftp://backend.example.org/', 'https://user:word@backend.example.org/', 'https://'],
      ...[
        'https://backend.example.org/?token=1',
        'https://backend.example.org/#a',
        `https://a.example.org/${'x'.repeat(500)}`,
      ],
      // Addresses inside, in every form that a URL takes them in.
      ...['https://10.1.2.3/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/'],
      ...['https://0x0a010203/', 'https://2130706434/', 'https://0/', 'https://[fd00::1]/'],
    ])('refuses the address %s', async (url) => {
      expect(await refusedAt({ url, types })).toEqual(['url']);
    });

    it.each([[[]], [['consultation']], [['consultation.bookd']], [['*.booked']], [['incident.*']], ['*'], [['**']]])(
      'refuses the types %j',
      async (asked) => {
        const [path] = (await refusedAt({ url: 'https://backend.example.org/', types: asked })) ?? [];
        expect(path).toMatch(/^types/);
      },
    );

    it('refuses plain HTTP unless a setting allows it', async () => {
      const strict = await startApp({ env: { WEBHOOK_SIGNING_KEY: 'x'.repeat(32) } });
      try {
        const body = { url: 'http://backend.example.org/', types };
        expect(await send(strict, 'POST', '/v1/webhooks', { ...officer, body })).toMatchObject({
          status: 400,
          body: { errors: [{ path: 'url', message: 'must begin with https://' }] },
        });
        const secure = { url: 'https://backend.example.org/', types };
        expect((await send(strict, 'POST', '/v1/webhooks', { ...officer, body: secure })).status).toBe(201);
      } finally {
        await strict.close();
      }
    });

    it('is refused beyond so many, and not for those that were removed', async () => {
      const url = 'https://backend.example.org/';
      const ask = () => send(app, 'POST', '/v1/webhooks', { ...officer, body: { url, types } });
      const { body } = await send(app, 'GET', '/v1/webhooks', officer);
      const answers = await Promise.all(Array.from({ length: MOST_WEBHOOKS + 2 }, ask));
      registered.push(...answers.flatMap(({ body: made }) => made.webhookId ?? []));
      expect(answers.filter(({ status: each }) => each === 201)).toHaveLength(MOST_WEBHOOKS - body.items.length);
      expect(answers.find(({ status: each }) => each !== 201)).toMatchObject({
        status: 409,
        body: { code: 'too-many-webhooks' },
      });
      expect((await send(app, 'GET', '/v1/webhooks', officer)).body.items).toHaveLength(MOST_WEBHOOKS);
      await remove(registered.pop() as string);
      const again = await ask();
      expect(again.status).toBe(201);
      registered.push(again.body.webhookId);
    });

    it('names the setting that is needed where it is not set; lists stay readable, and no group is joined', async () => {
      const without = await startApp();
      try {
        const body = { url: 'https://backend.example.org/', types };
        const answer = await send(without, 'POST', '/v1/webhooks', { ...officer, body });
        expect(answer).toMatchObject({ status: 503, body: { code: 'webhooks-unavailable' } });
        expect(answer.body.detail).toContain('WEBHOOK_SIGNING_KEY');
        const list = () => send(without, 'GET', '/v1/webhooks', officer);
        await eventually(async () => (await list()).status === 200);
        expect((await list()).body.items).toEqual([]);
        const reactors = (await send(without, 'GET', '/v1/reactors', officer)).body;
        expect(JSON.stringify(reactors)).not.toContain('webhook');
      } finally {
        await without.close();
      }
    });
  });

  describe('the routes', () => {
    const routes = [
      ['POST', '/v1/webhooks'],
      ['GET', '/v1/webhooks'],
      ['DELETE', '/v1/webhooks/none'],
      ['POST', '/v1/webhooks/none/rotate'],
      ['GET', '/v1/webhooks/none/deliveries'],
      ['POST', '/v1/webhooks/none/deliveries/none/resend'],
    ] as const;

    it.each(routes)('%s %s is for compliance alone', async (method, path) => {
      for (const role of ROLES.filter((each) => each !== 'compliance'))
        expect((await send(app, method, path, { as: 'p-1', roles: [role] })).status).toBe(403);
      expect((await app.call(path, { method })).status).toBe(401);
      const token = await app.token(officer.as, ['compliance']);
      const forged = `${token.slice(0, -6)}AAAAAA`;
      for (const authorization of [`Bearer ${forged}`, 'Bearer none'])
        expect((await app.call(path, { method, headers: { authorization } })).status).toBe(401);
    });

    it.each(routes.slice(2))('%s %s answers that there is no such webhook', async (method, path) => {
      const ask = { ...officer, ...(path.endsWith('rotate') && { body: {} }) };
      expect(await send(app, method, path, ask)).toMatchObject({ status: 404, body: { code: 'webhook-not-found' } });
    });

    it('give deliveries by pages, newest first, without one twice', async () => {
      const backend = await receiver();
      backend.answer = ({ body }, response) => response.writeHead(body.includes('stored') ? 400 : 204).end();
      const { webhookId } = await told(hookOf(backend));
      for (let n = 0; n < 3; n++) await scene(app);
      await eventually(async () => (await deliveriesOf(app, webhookId, '?state=delivered')).items.length === 3);
      await eventually(async () => (await deliveriesOf(app, webhookId)).items.length === 6);
      const seen: string[] = [];
      let cursor = '';
      do {
        const page = await deliveriesOf(app, webhookId, `?limit=2${cursor && `&cursor=${cursor}`}`);
        expect(page.items.length).toBeLessThanOrEqual(2);
        seen.push(...page.items.map(({ type }: { type: string }) => type));
        cursor = page.next ?? '';
      } while (cursor !== '');
      const both = ['recording.stored', 'consultation.booked'];
      expect(seen).toEqual([...both, ...both, ...both]);
      expect((await send(app, 'GET', `/v1/webhooks/${webhookId}/deliveries?state=lost`, officer)).status).toBe(400);
      expect((await send(app, 'GET', `/v1/webhooks/${webhookId}/deliveries?cursor=zz`, officer)).status).toBe(400);
    });
  });

  it('signs as the standard says, by the bytes', () => {
    // Another implementation's words: https://github.com/standard-webhooks/standard-webhooks, its own test vector.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const signed = new Signature(secret).sign(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1_614_265_330_000),
      '{"test": 2432232314}',
    );
    expect(signed).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

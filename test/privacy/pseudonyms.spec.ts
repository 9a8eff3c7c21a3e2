import { hash, randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { patientStreams } from '../../events/categories.ts';
import { IdFile } from '../../src/keys/id-file.ts';
import { KeyRing } from '../../src/keys/keys.module.ts';
import { eventsOf, send } from '../access/scene.ts';
import { approved, approves, asks, certificateFrom, erased, requested, statusOf } from '../erasure/erased.ts';
import { filesUnder } from '../recordings/files-under.ts';
import { agreed, ask, opened, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

const SECRET = 'a secret of ids that no test guesses';
const pseudonyms = { PATIENT_ID_MODE: 'pseudonym', PATIENT_ID_SECRET: SECRET };
const settings = { ...pseudonyms, KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' };
const officer = { as: 'officer-1', roles: ['compliance'] as const };
const onCall = { as: 'oncall-1', roles: ['on-call'] as const };
const system = { as: 'hr-system', roles: ['service'] as const };
const patient = (as: string) => ({ as, roles: ['patient'] as const });
const PSEUDONYM = /^_\.\.p[\w-]{22}$/;

/** Where any of these is in clear: in a file of the ledger, in a log line. */
const inClear = async ({ config, logged }: RunningApp, ...secrets: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const [path, content] of await filesUnder(config.dataDir))
    for (const secret of secrets) if (content.includes(secret)) found.push(`${secret} is in ${path}`);
  for (const secret of secrets) if (logged.join('').includes(secret)) found.push(`${secret} is in the log`);
  return found;
};
const consultationsOf = async (app: RunningApp, patientId: string) =>
  (await send(app, 'GET', '/v1/me/consultations', patient(patientId))).body.items as { consultationId: string }[];
const historyOf = async (app: RunningApp, patientId: string) =>
  (await send(app, 'GET', `/v1/access-history?patientId=${patientId}&limit=100`, officer)).body.items as {
    kind: string;
    patientId: string;
    viewerId: string;
  }[];

const idsOf = (app: RunningApp): IdFile => app.app.get(KeyRing).ids as IdFile;

/** A folder of a ledger that is started again and again. */
const dirs: string[] = [];
const folder = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'ledger-pseudonyms-'));
  dirs.push(dir);
  return dir;
};
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true });
});
const inIds = async <T>(dir: string, work: (ids: IdFile) => T | Promise<T>): Promise<T> => {
  const ids = IdFile.open(join(dir, 'keys'), SECRET);
  try {
    return await work(ids);
  } finally {
    await ids.close();
  }
};

describe('a ledger that keeps pseudonyms', () => {
  let app: RunningApp;
  beforeAll(async () => {
    const policy = join(await folder(), 'policy.yaml');
    await writeFile(
      policy,
      [
        'name: rota',
        'channels: { phone: { kind: alertmanager, url: http://127.0.0.1:9/ } }',
        'targets: { primary: { channels: [phone], schedule: nights } }',
        "schedules: { nights: { from: 2026-01-05T09:00, people: ['oncall|rota'] } }",
        "people: { 'oncall|rota': { mail: rota@clinic.example } }",
        'critical: [{ after: 0m, page: [primary] }]',
        'review: { page: [primary] }',
      ].join('\n'),
    );
    app = await startApp({ env: { ...settings, HISTORY_INDEX: 'on', ESCALATION_POLICY: policy } });
  });
  afterAll(() => app.close());

  /** How often the two keys took a caller for two people. */
  const disputed = async (): Promise<number> => {
    const { body } = await send(app, 'GET', '/v1/breaches?status=all&limit=100', onCall);
    return body.items.filter(({ rule }: { rule: string }) => rule === 'caller-disputed').length;
  };

  it('shows ids of the issuer in every answer, and has them nowhere on disk and in no log line', async () => {
    const held = await recorded(app);
    const { patientId, clinicianId } = held;
    expect(await consultationsOf(app, patientId)).toMatchObject([{ patientId, clinicianId }]);
    const view = await opened(app, held);
    expect((await app.call(view.contentUrl, patient(patientId))).status).toBe(200);
    const [stranger, manager] = [`doc-${randomUUID()}`, `boss-${randomUUID()}`];
    expect((await ask(app, held, stranger, 'clinician')).status).toBe(404);
    const emergency = await send(app, 'POST', `${held.recordingPath}/views`, {
      ...{
        as: stranger,
        roles: ['clinician'] as const,
        body: { purpose: 'emergency', reason: 'unconscious in the ward' },
      },
    });
    expect(emergency.status).toBe(201);
    const stated = { employment: { managerId: manager }, kinOf: [patientId], asPatientId: `pat-of-${stranger}` };
    const facts = await send(app, 'PUT', `/v1/people/${stranger}/facts`, {
      ...{ ...system, body: { asOf: '2026-03-01T08:00:00.000Z', facts: stated } },
    });
    expect(facts.body.facts).toEqual(stated);
    const breach = async () => send(app, 'GET', `/v1/breaches/${emergency.body.viewId}`, onCall);
    await eventually(async () => (await breach()).status === 200);
    expect((await breach()).body).toMatchObject({ patientId, viewerId: stranger });
    await eventually(
      async () => (await historyOf(app, patientId)).filter(({ kind }) => kind === 'opened').length === 2,
    );
    for (const { patientId: whose, viewerId } of await historyOf(app, patientId)) {
      expect(whose).toBe(patientId);
      expect(viewerId).not.toMatch(PSEUDONYM);
    }
    const paging = await send(app, 'GET', '/v1/on-call/schedule', onCall);
    expect(JSON.stringify(paging.body)).toContain('oncall|rota');
    const ids = [patientId, clinicianId, stranger, manager, officer.as, onCall.as, system.as, 'oncall|rota'];
    expect(await inClear(app, ...ids)).toEqual([]);
  });

  it('begins a session at the console for a person, and has no account that leads to them', async () => {
    const personId = `officer-${randomUUID()}`;
    const began = await app.call('/console/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: app.url, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ role: 'compliance', personId }),
    });
    expect({ status: began.status, body: await began.json() }).toMatchObject({ status: 200, body: { personId } });
    const digest = hash('sha256', JSON.stringify(['consultation-ledger-dev', personId]), 'hex');
    expect(await inClear(app, personId, digest.slice(0, 32))).toEqual([]);
  });

  it('knows a person by the first event that names them, and writes down no one who is only asked for', async () => {
    const unknown = `pat-${randomUUID()}`;
    const count = () => [...idsOf(app).all()].length;
    const { patientId } = await recorded(app);
    const before = count();
    for (const path of [`/v1/patients/${unknown}/accesses`, `/v1/patients/${unknown}/consultations`])
      expect([path, (await send(app, 'GET', path, patient(patientId))).status]).toEqual([path, 404]);
    expect(count()).toBe(before);
  });

  it('finds a person at once on another way in: by token, path, body and question', async () => {
    const held = await recorded(app);
    for (const as of [held.patientId, held.clinicianId])
      expect((await send(app, 'GET', held.path, { as })).body).toMatchObject({ patientId: held.patientId });
    const guest = `guest-${randomUUID()}`;
    const invite = { personId: guest, capacity: 'guardian' };
    expect((await send(app, 'POST', `${held.path}/participants`, { ...system, body: invite })).status).toBe(200);
    expect((await send(app, 'GET', held.path, { as: guest })).body.participants).toContainEqual(invite);
  });

  it('knows people who come for the first time by both keys, in many requests at once and on sockets', async () => {
    const before = await disputed();
    const comers = Array.from({ length: 12 }, () => `pat-${randomUUID()}`);
    const heard = await Promise.all(
      comers.map(async (as) => {
        const auth = { token: await app.token(as, ['patient']) };
        const socket = io(`${app.url}/me`, { auth, transports: ['websocket'], reconnection: false });
        const said: { patientId: string }[] = [];
        socket.on('consultation.changed', (message: { patientId: string }) => said.push(message));
        const [connected, ...lists] = await Promise.all([
          new Promise<unknown[]>((resolve, reject) =>
            socket.once('connect', () => resolve([])).once('connect_error', reject),
          ),
          ...[1, 2, 3].map(() => send(app, 'GET', '/v1/me/consultations', patient(as))),
        ]);
        expect([connected, lists.map(({ status }) => status)]).toEqual([[], [200, 200, 200]]);
        await agreed(app, as);
        return { as, socket, said };
      }),
    );
    for (const { as, socket, said } of heard) {
      await eventually(() => said.length > 0);
      expect(new Set(said.map(({ patientId }) => patientId))).toEqual(new Set([as]));
      socket.disconnect();
    }
    expect(await disputed()).toBe(before);
  });

  it('shows no one another’s, where the first key takes one person for another', async () => {
    const [theirs, own] = [await recorded(app), await recorded(app)];
    const ids = idsOf(app);
    const victim = ids.keptOf(theirs.patientId);
    const { keptOf, issuedOf } = ids;
    const list = async () => (await send(app, 'GET', '/v1/me/consultations', patient(own.patientId))).body;
    const here = async () => (await send(app, 'GET', own.path, patient(own.patientId))).body;
    expect(JSON.stringify([await list(), await here()])).not.toContain(theirs.consultationId);
    try {
      // On the way in: the caller is taken for the victim.
      ids.keptOf = (issued) => (issued === own.patientId ? victim : keptOf.call(ids, issued));
      const refused = await list();
      expect(refused.code).toBe('egress-violation');
      ids.keptOf = keptOf;
      // On the way out: what is the caller's own is said to be of another.
      ids.issuedOf = (ledgerId) =>
        ledgerId === keptOf.call(ids, own.patientId) ? theirs.patientId : issuedOf.call(ids, ledgerId);
      for (const answer of [await list(), await here()]) {
        expect(answer.code).toBe('egress-violation');
        expect(JSON.stringify(answer)).not.toContain(theirs.patientId);
      }
    } finally {
      Object.assign(ids, { keptOf, issuedOf });
    }
    expect(JSON.stringify(await list())).toContain(own.consultationId);
  });

  it('forgets at an erasure whose the record is: it stays, and leads to no one', async () => {
    const held = await recorded(app);
    const { patientId, clinicianId } = held;
    await opened(app, held, clinicianId);
    await eventually(async () => (await historyOf(app, patientId)).some(({ kind }) => kind === 'opened'));
    const kept = idsOf(app).keptOf(patientId);
    const before = await disputed();
    expect(await eventsOf(app, patientStreams.of(kept))).not.toEqual([]);
    expect(kept).toMatch(PSEUDONYM);

    const erasureId = await erased(app, patientId);

    const { digest, ...certificate } = await certificateFrom(app, erasureId);
    expect(certificate.patientId).toBe(kept);
    expect(certificate.requestedBy).toMatch(PSEUDONYM);
    expect(hash('sha256', JSON.stringify(certificate), 'hex')).toBe(digest);
    expect((await send(app, 'GET', `/v1/erasures/${erasureId}`, asks)).body).toMatchObject({
      ...{ patientId: kept, requestedBy: asks.as, approvedBy: approves.as },
    });
    const rows = (await send(app, 'GET', `/v1/access-history?viewerId=${clinicianId}&limit=100`, officer)).body.items;
    expect(rows.find(({ kind }: { kind: string }) => kind === 'opened')).toMatchObject({
      ...{ patientId: kept, viewerId: clinicianId },
    });
    // To the ledger who comes under this id from now on is another person, of whom nothing is known.
    expect(await historyOf(app, patientId)).toEqual([]);
    expect(await consultationsOf(app, patientId)).toEqual([]);
    expect((await send(app, 'GET', held.path, patient(patientId))).status).toBe(404);
    expect((await requested(app, patientId)).body.code).toBe('patient-not-found');
    const again = await send(app, 'POST', `/v1/patients/${patientId}/consultations`, {
      ...patient(patientId),
      body: {
        ...{ clinicianId: `doc-${randomUUID()}`, medium: 'video' },
        ...{ scheduledStart: '2036-06-04T09:00:00Z', scheduledEnd: '2036-06-04T09:30:00Z' },
      },
    });
    expect(again).toMatchObject({ status: 201, body: { patientId } });
    expect((await consultationsOf(app, patientId)).map(({ consultationId }) => consultationId)).toEqual([
      again.body.consultationId,
    ]);
    expect(await inClear(app, patientId)).toEqual([]);
    expect(await disputed()).toBe(before);
  });
});

describe('a ledger that kept pseudonyms before', () => {
  it('forgets again at its start whom an older copy of the keys brought back', async () => {
    const [dir, aside] = [await folder(), await folder()];
    const env = { ...settings, DATA_DIR: dir };
    let app = await startApp({ env });
    const held = await recorded(app);
    await app.close();
    await cp(join(dir, 'keys'), join(aside, 'keys'), { recursive: true });
    app = await startApp({ env });
    await erased(app, held.patientId);
    await app.close();
    await rm(join(dir, 'keys'), { recursive: true });
    await cp(join(aside, 'keys'), join(dir, 'keys'), { recursive: true });
    // The officers came after the copy; of the patients all are in it.
    app = await startApp({ env });
    expect(await consultationsOf(app, held.patientId)).toEqual([]);
    await app.close();
    expect(await inIds(dir, (ids) => [...ids.all()].filter(({ forgottenAt }) => forgottenAt).length)).toBe(1);
  });

  it('goes on with an erasure whose last steps another process did not come to', async () => {
    const dir = await folder();
    const env = { ...settings, DATA_DIR: dir };
    let app = await startApp({ env });
    const held = await recorded(app);
    const { erasureId } = (await requested(app, held.patientId)).body;
    await approved(app, erasureId);
    await app.close();
    app = await startApp({ env });
    await eventually(async () => (await statusOf(app, erasureId)) === 'erased', 30_000);
    expect(await consultationsOf(app, held.patientId)).toEqual([]);
    await app.close();
  });
});

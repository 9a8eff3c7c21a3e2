import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, type Socket as Connection, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { io, type Socket } from 'socket.io-client';
import { ROLES } from '../../events/values.ts';
import { ExportStoreUnavailable } from '../../src/compliance/errors.ts';
import { EXPORT_STORE } from '../../src/compliance/exports/stores.ts';
import { FileObjectStore } from '../../src/objects/files.ts';
import { type Role } from '../../src/request/actor.ts';
import { scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

const [anna, boris] = ['officer-anna', 'officer-boris'].map((as) => ({ as, roles: ['compliance'] }) as const) as [
  Officer,
  Officer,
];
type Officer = { readonly as: string; readonly roles: readonly ['compliance'] };

type Update = { readonly exportId: string; readonly status: string; readonly progress?: object };

/** Files whose last byte the store has not been let write. */
const held: (() => void)[] = [];
let holding = false;
const isId = (text: string) => /^[\w-]+$/.test(text);
class SlowStore extends FileObjectStore {
  override write(...[key, body, options]: Parameters<FileObjectStore['write']>) {
    return super.write(key, Readable.from(slow(body)), options);
  }
}
async function* slow(body: AsyncIterable<Uint8Array>) {
  yield* body;
  if (holding) await new Promise<void>((go) => held.push(go));
}

/** A line to the store that can be cut and mended. */
const startLine = async (storeUrl: string) => {
  const store = new URL(storeUrl);
  const ends = new Set<Connection>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(Number(store.port), store.hostname);
    for (const end of [near, far]) {
      ends.add(end);
      end
        .on('error', () => end.destroy())
        .on('close', () => {
          ends.delete(end);
          near.destroy();
          far.destroy();
        });
    }
    if (isCut) near.destroy();
    else near.pipe(far).pipe(near);
  });
  await new Promise<void>((listening) => server.listen(0, store.hostname, listening));
  const cut = () => {
    isCut = true;
    for (const end of ends) end.destroy();
  };
  return {
    url: storeUrl.replace(store.host, `${store.hostname}:${(server.address() as AddressInfo).port}`),
    cut,
    mend: () => {
      isCut = false;
    },
    stop: async () => {
      cut();
      await new Promise((closed) => server.close(closed));
    },
  };
};

let node: TestNode;
let line: Awaited<ReturnType<typeof startLine>>;
let folder: string;
/** Makes the exports. */
let one: RunningApp;
/** Keeps no index, and makes none. */
let two: RunningApp;
const sockets: Socket[] = [];
beforeAll(async () => {
  node = await startEmbeddedNode();
  folder = await mkdtemp(join(tmpdir(), 'ledger-exports-'));
  const store = new SlowStore({
    ...{ holding: { noun: 'export', segments: [isId, isId], unavailable: ExportStoreUnavailable }, folder },
  });
  const env = { STORE_URL: node.connectionString, EXPORT_APPROVAL_PEOPLE: '1' };
  one = await startApp({
    env: { ...env, HISTORY_INDEX: 'on' },
    override: (builder) => builder.overrideProvider(EXPORT_STORE).useValue(store),
  });
  line = await startLine(node.connectionString);
  two = await startApp({ env: { ...env, STORE_URL: line.url } });
  for (let patients = 0; patients < 2; patients += 1) {
    const here = await scene(one);
    await view(one, here, here.clinicianId, { roles: ['clinician'] });
  }
  await eventually(async () => (await ask()).status === 202);
});
afterEach(() => {
  holding = false;
  for (const go of held.splice(0)) go();
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(async () => {
  await two?.close();
  await one?.close();
  await line?.stop();
  await node?.stop();
  await rm(folder, { recursive: true, force: true });
});

const open = (app: RunningApp, token: unknown): Socket => {
  const socket = io(`${app.url}/compliance`, {
    auth: { ...(token !== undefined && { token }) },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  sockets.push(socket);
  return socket;
};
const outcome = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', (error: Error & { data?: { code: string } }) =>
      resolve(error.data?.code ?? error.message),
    );
  });

/** What an officer hears, of one export and in order; the progress of the making apart. */
const listening = async (app: RunningApp, id: string, roles: readonly Role[] = ['compliance'], ttl?: number) => {
  const socket = open(app, await app.token(id, roles, ttl));
  const heard: [string, Update][] = [];
  socket.onAny((name: string, update: Update) => void heard.push([name, update]));
  expect(await outcome(socket)).toBe('connected');
  const of = (exportId: string) =>
    heard.flatMap(([name, update]) => (name === 'export.updated' && update.exportId === exportId ? [update] : []));
  return {
    socket,
    heard,
    of,
    statuses: (exportId: string) => of(exportId).flatMap(({ status, progress }) => (progress ? [] : [status])),
    progress: (exportId: string) => of(exportId).filter(({ progress }) => progress),
  };
};

const ask = (body: object = {}, app = one) =>
  send(app, 'POST', '/v1/exports', { ...anna, body: { format: 'csv', purpose: 'audit', ...body } });
const ofNobody = { filter: { patientId: 'pat-none' } };
const get = async (app: RunningApp, exportId: string, by = anna) =>
  (await send(app, 'GET', `/v1/exports/${exportId}`, by)).body;

describe('listening on /compliance', () => {
  it('an officer hears how far an export is until it is made, and so does every other, on every instance', async () => {
    const officers = [
      await listening(one, anna.as),
      await listening(one, boris.as),
      await listening(two, 'officer-chris'),
      await listening(two, 'officer-dora', ['on-call', 'compliance']),
    ] as const;
    const recipient = { name: 'Court of Appeal', address: '1 Main Street' };
    holding = true;
    const { exportId, rows, people, requestedAt } = (await ask({ recipient, purpose: 'legal' })).body;
    await eventually(() => officers.every(({ of }) => of(exportId).length === 1));
    expect((await send(two, 'POST', `/v1/exports/${exportId}/approve`, boris)).status).toBe(200);
    await eventually(() => officers.every(({ of }) => of(exportId).length > 1));
    const { progress } = await eventually(async () => {
      const job = await get(one, exportId);
      return job.progress?.rows === rows && job;
    });
    const [first, second] = officers;
    await eventually(() => first.progress(exportId).length > 0 && second.progress(exportId).length > 0);
    // It gets no further, and nobody hears the same again.
    const later = Date.now() + 2_500;
    await eventually(() => Date.now() > later);
    holding = false;
    (await eventually(() => held.shift()))();
    await eventually(() => officers.every(({ statuses }) => statuses(exportId).at(-1) === 'made'));

    const asked = { exportId, format: 'csv', requestedBy: anna.as, requestedAt, rows, people };
    const approved = { ...asked, status: 'queued', approvedBy: boris.as };
    const { bytes, madeAt, expiresAt } = await get(one, exportId);
    const made = { ...approved, status: 'made', bytes, madeAt, expiresAt };
    expect(bytes).toBeGreaterThan(0);
    for (const { of, statuses } of officers) {
      expect(statuses(exportId)).toEqual(['awaiting-approval', 'queued', 'made']);
      expect([of(exportId)[0], of(exportId)[1], of(exportId).at(-1)]).toEqual([
        { ...asked, status: 'awaiting-approval' },
        approved,
        made,
      ]);
    }
    for (const { progress: told } of [first, second]) expect(told(exportId)).toEqual([{ ...approved, progress }]);
    // Whoever is told can ask for it.
    for (const by of [anna, boris]) expect((await get(two, exportId, by)).status).toBe('made');
  });

  it('hears of one that is cancelled or refused, and of no download', async () => {
    const officer = await listening(two, boris.as);
    const { exportId } = (await ask()).body;
    expect((await send(one, 'POST', `/v1/exports/${exportId}/cancel`, boris)).body.status).toBe('cancelled');
    const fetched = (await ask(ofNobody)).body.exportId;
    await eventually(() => officer.statuses(fetched).at(-1) === 'made');
    await (await one.call(`/v1/exports/${fetched}/content`, anna)).arrayBuffer();
    await eventually(async () => (await get(two, fetched)).downloads === 1);
    const last = (await ask(ofNobody)).body.exportId;
    await eventually(() => officer.statuses(last).at(-1) === 'made');
    expect(officer.of(exportId)).toEqual([
      expect.objectContaining({ status: 'awaiting-approval' }),
      expect.objectContaining({ status: 'cancelled', cancelledBy: boris.as }),
    ]);
    expect(officer.statuses(fetched)).toEqual(['queued', 'made']);
  });

  it('hears of nothing that was decided before', async () => {
    const { exportId } = (await ask(ofNobody)).body;
    await eventually(async () => (await get(two, exportId)).status === 'made');
    const officer = await listening(two, boris.as);
    const next = (await ask(ofNobody)).body.exportId;
    await eventually(() => officer.statuses(next).at(-1) === 'made');
    expect(officer.of(exportId)).toEqual([]);
  });

  it.each(ROLES.filter((role) => role !== 'compliance').map((role) => [role, [role]] as [string, Role[]]))(
    'is not for the role %s',
    async (_, roles) => {
      expect(await outcome(open(one, await one.token('somebody-1', roles)))).toBe('forbidden');
    },
  );

  it('is not for a person without a role, or with all the others', async () => {
    expect(await outcome(open(one, await one.token('somebody-1')))).toBe('forbidden');
    const others = ROLES.filter((role) => role !== 'compliance');
    expect(await outcome(open(two, await two.token('somebody-1', others)))).toBe('forbidden');
  });

  it('is not for a token that is missing, none, forged or expired', async () => {
    const patients = (await one.token('pat-1', ['patient'])).split('.');
    const officers = (await one.token(anna.as, anna.roles)).split('.');
    const tokens = [
      undefined,
      'a.b.c',
      { token: officers.join('.') },
      [patients[0], officers[1], patients[2]].join('.'),
      [officers[0], officers[1], ''].join('.'),
      await one.token(anna.as, anna.roles, -60),
    ];
    for (const token of tokens) expect(await outcome(open(one, token))).toBe('unauthenticated');
    expect(await outcome(open(one, officers.join('.')))).toBe('connected');
  });

  it('goes on with the next token of the same officer, long after the first has ended, and with no other', async () => {
    const began = Date.now();
    const { socket, heard, statuses } = await listening(one, anna.as, anna.roles, 2);
    const renew = async (token: string) => socket.emitWithAck('token.renew', { token });
    expect(await renew(await one.token(boris.as, boris.roles))).toMatchObject({ ok: false, code: 'forbidden' });
    expect(await renew(await one.token(anna.as, ['on-call']))).toMatchObject({ ok: false, code: 'forbidden' });
    await eventually(() => heard.some(([name]) => name === 'token.expiring'));
    expect(await renew(await one.token(anna.as, anna.roles))).toMatchObject({ ok: true });
    // The last look at what leaves allows for clocks that differ by five seconds.
    await eventually(() => Date.now() > began + 8_000);
    const { exportId } = (await ask(ofNobody)).body;
    await eventually(() => statuses(exportId).at(-1) === 'made');
  }, 30_000);

  it('ends with the token', async () => {
    const { socket } = await listening(two, anna.as, anna.roles, 2);
    await eventually(() => !socket.connected);
  });

  it('tells what an instance missed while it did not reach the store, once it does', async () => {
    const [here, away] = [await listening(one, anna.as), await listening(two, boris.as)];
    line.cut();
    await eventually(async () => (await send(two, 'GET', '/v1/exports', boris)).status === 503);
    const { exportId } = (await ask(ofNobody)).body;
    await eventually(() => here.statuses(exportId).at(-1) === 'made');
    expect(away.of(exportId)).toEqual([]);
    line.mend();
    await eventually(() => away.statuses(exportId).at(-1) === 'made', 30_000);
    expect(away.statuses(exportId)).toEqual(['queued', 'made']);
    expect(away.socket.connected).toBe(true);
  }, 60_000);

  it('goes on after the store was lost, on the same connection', async () => {
    const officers = [await listening(one, anna.as), await listening(two, boris.as)];
    await node.kill('SIGKILL');
    await eventually(async () => (await ask(ofNobody)).status === 503);
    await node.restart();
    const { exportId } = await eventually(async () => {
      const { status, body } = await ask(ofNobody);
      return status === 202 && body;
    }, 30_000);
    for (const { statuses } of officers) await eventually(() => statuses(exportId).join() === 'queued,made', 30_000);
    expect(officers.every(({ socket }) => socket.connected)).toBe(true);
  }, 90_000);
});

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import {
  AccessDeniedError,
  type Credentials,
  EventStoreDBClient,
  jsonEvent,
  type StreamACL,
} from '@eventstore/db-client';
import { Consumer, fresh, numbered, numbers, streamSettings } from '../embedded/persistent-consumer.ts';
import { collect, errorOf } from '../embedded/server-under-test.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

const event = () => jsonEvent({ type: 'Noted', data: {} });

const readStream = async (client: EventStoreDBClient, stream: string) =>
  (await collect(client.readStream(stream))).map(({ event }) => event);

const readAll = (client: EventStoreDBClient) => collect(client.readAll({ maxCount: 1 }));

type Subscription = {
  once(name: string, listener: (value: Error) => void): unknown;
  unsubscribe(): Promise<void>;
};

/** Resolves when a subscription is confirmed, rejects when it is refused. */
const confirmed = async (subscribed: unknown): Promise<void> => {
  const subscription = subscribed as Subscription;
  await new Promise<void>((resolve, reject) => {
    subscription.once('confirmation', () => resolve());
    subscription.once('error', reject);
  });
  await subscription.unsubscribe();
};

describe('a node that is closed to others', () => {
  let node: TestNode;
  /** Connection strings with credentials. */
  let asAdmin: string;
  let asApplication: string;
  let admin: EventStoreDBClient;
  let application: EventStoreDBClient;
  const clients: EventStoreDBClient[] = [];

  const connect = (connectionString: string) => {
    const client = EventStoreDBClient.connectionString(connectionString);
    clients.push(client);
    return client;
  };
  const withCredentials = (connectionString: string, credentials: string) =>
    connectionString.replace('esdb://', `esdb://${credentials}@`);

  const login = async (name: string): Promise<string> =>
    JSON.parse(await readFile(join(node.dir, 'access', `credentials-${name}.json`), 'utf8')).connectionString;

  beforeAll(async () => {
    node = await startEmbeddedNode({ closed: true });
    [asAdmin, asApplication] = [await login('admin'), await login('application')];
    [admin, application] = [connect(asAdmin), connect(asApplication)];
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.dispose()));
    await node.stop();
  });

  describe('over TLS', () => {
    it('serves those who know the authority and the password', async () => {
      const stream = fresh('stream');
      await admin.appendToStream(stream, event());
      expect(await readStream(admin, stream)).toHaveLength(1);
      expect(node.credentialsFile).toBe(join(node.dir, 'access', 'credentials-admin.json'));
    });

    it('can be discovered like a cluster', async () => {
      const discovering = connect(asAdmin.replace('esdb://', 'esdb+discover://'));
      const stream = fresh('stream');
      await discovering.appendToStream(stream, event());
      expect(await readStream(admin, stream)).toHaveLength(1);
    });

    it('is not trusted by a client that knows another authority, or none', async () => {
      const other = await startEmbeddedNode({ closed: true });
      try {
        const theirs = encodeURIComponent(join(other.dir, 'tls', 'ca.crt'));
        const mistaken = connect(asAdmin.replace(/tlsCAFile=[^&]+/, `tlsCAFile=${theirs}`));
        const trusting = connect(asAdmin.replace(/&tlsCAFile=[^&]+/, ''));
        for (const client of [mistaken, trusting]) {
          expect(await errorOf(client.appendToStream(fresh('stream'), event()))).toMatchObject({ code: 14 });
        }
      } finally {
        await other.stop();
      }
    });

    it('does not speak without', async () => {
      const plain = connect(node.connectionString.replace(/\?.*/, '?tls=false'));
      expect(await errorOf(plain.appendToStream(fresh('stream'), event()))).toMatchObject({ code: 14 });
    });
  });

  describe('towards callers without the right password', () => {
    /** Every kind of call. */
    const calls: [string, (client: EventStoreDBClient) => Promise<unknown>][] = [
      ['appending', (client) => client.appendToStream(fresh('stream'), event())],
      ['reading a stream', (client) => readStream(client, fresh('stream'))],
      ['reading $all', readAll],
      ['subscribing to a stream', (client) => confirmed(client.subscribeToStream(fresh('stream')))],
      ['subscribing to $all', (client) => confirmed(client.subscribeToAll())],
      ['deleting', (client) => client.deleteStream(fresh('stream'))],
      ['tombstoning', (client) => client.tombstoneStream(fresh('stream'))],
      ['setting metadata', (client) => client.setStreamMetadata(fresh('stream'), { maxCount: 1 })],
      [
        'creating a persistent subscription',
        (client) => client.createPersistentSubscriptionToStream(fresh('stream'), 'group', streamSettings()),
      ],
      [
        'consuming a persistent subscription',
        (client) => confirmed(client.subscribeToPersistentSubscriptionToStream(fresh('stream'), 'group')),
      ],
      ['listing persistent subscriptions', (client) => client.listAllPersistentSubscriptions()],
      ['restarting persistent subscriptions', (client) => client.restartPersistentSubscriptionSubsystem()],
    ];

    it.each(calls)('refuses %s without credentials', async (_, call) => {
      expect(await errorOf(call(connect(node.connectionString)))).toBeInstanceOf(AccessDeniedError);
    });

    it.each(calls)('refuses %s with a wrong password', async (_, call) => {
      const mistaken = connect(withCredentials(node.connectionString, 'admin:wrong'));
      const error = await errorOf(call(mistaken));
      expect(error).toBeInstanceOf(AccessDeniedError);
      expect(error).toMatchObject({ code: 16 });
    });

    it('refuses a user it does not know, and the password of another user', async () => {
      const password = new URL(asApplication.replace('esdb:', 'http:')).password;
      for (const credentials of ['somebody:secret', `admin:${password}`]) {
        const client = connect(withCredentials(node.connectionString, credentials));
        expect(await errorOf(client.appendToStream(fresh('stream'), event()))).toMatchObject({ code: 16 });
      }
    });
  });

  describe('towards an ordinary user', () => {
    it('is open where user streams are concerned', async () => {
      const stream = fresh('stream');
      await application.appendToStream(stream, [event(), event()]);
      expect(await readStream(application, stream)).toHaveLength(2);
      await application.setStreamMetadata(stream, { maxCount: 1 });
      expect(await readStream(application, stream)).toHaveLength(1);
      await application.deleteStream(stream);
    });

    it.each<[string, () => Promise<unknown>]>([
      ['writing to a system stream', () => application.appendToStream('$mine', event())],
      ['reading a system stream', () => readStream(application, '$settings')],
      ['deleting a system stream', () => application.deleteStream('$settings')],
      ['metadata of a system stream', () => application.setStreamMetadata('$settings', { maxCount: 1 })],
      ['reading metadata of a system stream', () => application.getStreamMetadata('$settings')],
      ['reading $all', () => readAll(application)],
      ['subscribing to $all', () => confirmed(application.subscribeToAll())],
      [
        'creating persistent subscriptions',
        () => application.createPersistentSubscriptionToStream('s', 'g', streamSettings()),
      ],
      ['deleting persistent subscriptions', () => application.deletePersistentSubscriptionToStream('s', 'g')],
      ['replaying parked messages', () => application.replayParkedMessagesToStream('s', 'g')],
      ['restarting persistent subscriptions', () => application.restartPersistentSubscriptionSubsystem()],
    ])('refuses %s', async (_, call) => {
      expect(await errorOf(call())).toBeInstanceOf(AccessDeniedError);
    });

    it('lets it consume what an administrator set up', async () => {
      const [stream, group] = [fresh('stream'), fresh('group')];
      await admin.createPersistentSubscriptionToStream(stream, group, streamSettings());
      await application.appendToStream(stream, numbered(0, 2));
      const consumer = new Consumer(application.subscribeToPersistentSubscriptionToStream(stream, group));
      expect(numbers(await consumer.acknowledging().has(2))).toEqual([0, 1]);
      const { connections } = await application.getPersistentSubscriptionToStreamInfo(stream, group);
      expect(connections.map(({ username }) => username)).toEqual(['application']);
      await consumer.leave();
    });
  });

  describe('and the access list of a stream', () => {
    const streamWith = async (acl: StreamACL): Promise<string> => {
      const stream = fresh('stream');
      await admin.appendToStream(stream, event());
      await admin.setStreamMetadata(stream, { acl });
      return stream;
    };

    const rights: [string, StreamACL, (stream: string) => Promise<unknown>][] = [
      ['reading', { readRoles: ['$admins'] }, (stream) => readStream(application, stream)],
      ['subscribing', { readRoles: ['$admins'] }, (stream) => confirmed(application.subscribeToStream(stream))],
      ['writing', { writeRoles: ['$admins'] }, (stream) => application.appendToStream(stream, event())],
      ['deleting', { deleteRoles: ['$admins'] }, (stream) => application.deleteStream(stream)],
      ['reading metadata', { metaReadRoles: ['$admins'] }, (stream) => application.getStreamMetadata(stream)],
      [
        'writing metadata',
        { metaWriteRoles: ['$admins'] },
        (stream) => application.setStreamMetadata(stream, { maxCount: 5 }),
      ],
    ];

    it.each(rights)('keeps %s to those it names', async (_, acl, act) => {
      expect(await errorOf(act(await streamWith(acl)))).toBeInstanceOf(AccessDeniedError);
      const [right] = Object.keys(acl);
      await act(await streamWith({ [right ?? '']: ['application'] }));
    });

    it('leaves the other rights alone', async () => {
      const stream = await streamWith({ deleteRoles: ['$admins'] });
      await application.appendToStream(stream, event());
      expect(await readStream(application, stream)).toHaveLength(2);
    });

    it('never keeps administrators out, nor lets anybody write to $all', async () => {
      const stream = await streamWith({ readRoles: [], writeRoles: ['application'] });
      await admin.appendToStream(stream, event());
      expect(await readStream(admin, stream)).toHaveLength(2);
      expect(await errorOf(readStream(application, stream))).toBeInstanceOf(AccessDeniedError);
      expect(await errorOf(admin.appendToStream('$all', event()))).toBeInstanceOf(AccessDeniedError);
    });

    it('opens $all to those it names', async () => {
      await admin.setStreamMetadata('$all', { acl: { readRoles: ['$admins', 'application'] } });
      await readAll(application);
      await admin.setStreamMetadata('$all', { acl: { readRoles: ['$admins'] } });
      expect(await errorOf(readAll(application))).toBeInstanceOf(AccessDeniedError);
    });

    it('follows from the settings where the stream has none', async () => {
      const stream = fresh('stream');
      const before = (await readStream(admin, '$settings')).at(-1)?.data;
      await admin.appendToStream(
        '$settings',
        jsonEvent({ type: '$settings', data: { $userStreamAcl: { $w: '$admins' } } }),
      );
      expect(await errorOf(application.appendToStream(stream, event()))).toBeInstanceOf(AccessDeniedError);
      await admin.appendToStream(
        '$settings',
        jsonEvent({ type: '$settings', data: before as Record<string, unknown> }),
      );
      await application.appendToStream(stream, event());
    });
  });

  describe('and batched appends', () => {
    const credentialsIn = (connectionString: string): Credentials => {
      const { username, password } = new URL(connectionString.replace('esdb:', 'http:'));
      return { username, password };
    };

    it('are what a connection with credentials uses: a refusal comes inside the batch, the call goes on', async () => {
      const client = connect(asApplication);
      // A refused Append is a failed call, with a code; a refused batch is an answer within a call, with none.
      const single = client.appendToStream('$mine', event(), { credentials: credentialsIn(asApplication) });
      expect(await errorOf(single)).toMatchObject({ code: 7 });
      const batched = await errorOf(client.appendToStream('$mine', event()));
      expect(batched).toBeInstanceOf(AccessDeniedError);
      expect((batched as { code?: number }).code).toBeUndefined();
      const appends = Array.from({ length: 50 }, () => client.appendToStream(fresh('stream'), event()));
      expect((await Promise.all(appends)).every(({ success }) => success)).toBe(true);
    });
  });

  describe('and its secrets', () => {
    it('are for its owner alone', async () => {
      const found = await readdir(node.dir, { recursive: true, withFileTypes: true });
      const modes = new Map<string, number>([['.', (await stat(node.dir)).mode & 0o777]]);
      for (const entry of found) {
        const path = join(entry.parentPath, entry.name);
        modes.set(path, (await stat(path)).mode & 0o777);
        expect([path, modes.get(path)]).toEqual([path, entry.isDirectory() ? 0o700 : 0o600]);
      }
      expect(modes.get('.')).toBe(0o700);
      expect([...modes.keys()].some((path) => path.endsWith('node.pem'))).toBe(true);
    });

    // Becoming somebody else takes root's rights.
    (process.getuid?.() === 0 ? it : it.skip)('and events are closed to another user of the machine', async () => {
      const as = (uid: number, command: string, path: string) =>
        spawnSync('/bin/sh', ['-c', command, 'sh', path], { uid, encoding: 'utf8' }).status === 0;
      const [owner, somebodyElse] = [0, 65_534];
      const inside = await readdir(node.dir, { recursive: true, withFileTypes: true });
      const files = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      expect(files.map((file) => relative(node.dir, file))).toEqual(
        expect.arrayContaining([
          'events.mdb',
          'events.wal',
          'access/users.json',
          'access/credentials-admin.json',
          'tls/node.pem',
        ]),
      );
      for (const file of files) {
        expect([file, as(owner, 'head -c 1 "$1" >/dev/null', file)]).toEqual([file, true]);
        expect([file, as(somebodyElse, 'head -c 1 "$1" >/dev/null', file)]).toEqual([file, false]);
        expect([file, as(somebodyElse, ': >>"$1"', file)]).toEqual([file, false]);
      }
      expect(as(somebodyElse, 'ls "$1"', node.dir)).toBe(false);
      expect(as(somebodyElse, ': >"$1/new"', node.dir)).toBe(false);
    });

    it('are told by neither its first line nor its log', () => {
      const passwords = [asAdmin, asApplication].map((string) => new URL(string.replace('esdb:', 'http:')).password);
      for (const password of passwords) {
        expect(password.length).toBeGreaterThanOrEqual(32);
        expect(node.connectionString).not.toContain(password);
        expect(node.log()).not.toContain(password);
      }
    });

    it('stay the same over a restart, and differ from every other node', async () => {
      const authority = await readFile(join(node.dir, 'tls', 'ca.crt'), 'utf8');
      await node.restart();
      expect(await login('admin')).toBe(asAdmin);
      expect(await readFile(join(node.dir, 'tls', 'ca.crt'), 'utf8')).toBe(authority);
      await connect(asAdmin).appendToStream(fresh('stream'), event());
      const other = await startEmbeddedNode({ closed: true });
      try {
        expect(await readFile(join(other.dir, 'access', 'users.json'), 'utf8')).not.toBe(
          await readFile(join(node.dir, 'access', 'users.json'), 'utf8'),
        );
      } finally {
        await other.stop();
      }
    });
  });
});

describe('starting a node that is to be closed', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'closed-node-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('closes a folder that others could enter', async () => {
    await chmod(dir, 0o755);
    const node = await startEmbeddedNode({ dir, closed: true });
    await node.stop();
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  it('is refused when its users cannot be understood, and says where', async () => {
    const before = await startEmbeddedNode({ dir, closed: true });
    await before.stop();
    await writeFile(join(dir, 'access', 'users.json'), '{"users":[{"name":"admin","password":"short","groups":[]}]}');
    await expect(startEmbeddedNode({ dir, closed: true })).rejects.toThrow(/access\/users\.json can't be used/);
  });

  it('takes passwords of eight characters and more', async () => {
    const before = await startEmbeddedNode({ dir, closed: true });
    await before.stop();
    const users = (password: string) => `{"users":[{"name":"admin","password":"${password}","groups":["$admins"]}]}`;
    await writeFile(join(dir, 'access', 'users.json'), users('changei'));
    await expect(startEmbeddedNode({ dir, closed: true })).rejects.toThrow(/password/);
    await writeFile(join(dir, 'access', 'users.json'), users('changeit'));
    const node = await startEmbeddedNode({ dir, closed: true });
    const client = EventStoreDBClient.connectionString(
      node.connectionString.replace('esdb://', 'esdb://admin:changeit@'),
    );
    await client.appendToStream(fresh('stream'), event());
    await client.dispose();
    await node.stop();
  });

  it('is refused anywhere but on this machine', async () => {
    await expect(startEmbeddedNode({ dir, closed: true, args: ['--host', '0.0.0.0'] })).rejects.toThrow(
      /on this machine only/,
    );
  });

  it('needs an explicit word to be insecure', async () => {
    const insecure = await startEmbeddedNode({ dir });
    expect(insecure.connectionString).toContain('tls=false');
    expect(insecure.credentialsFile).toBeUndefined();
    await insecure.stop();
    const closed = await startEmbeddedNode({ dir, closed: true });
    expect(closed.connectionString).toContain('tls=true');
    await closed.stop();
  });
});

import { hash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { START } from '@eventstore/db-client';
import { patientStreams } from '../../events/categories.ts';
import type { Stream } from '../../events/category.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { EventSeals, ringOf } from '../../src/keys/event-seals.ts';
import { EmbeddedNode } from '../../src/ledger/embedded-node.ts';
import { IdempotencyKeyReused, LedgerUnavailable, RevisionMismatch } from '../../src/ledger/errors.ts';
import { EventStore } from '../../src/ledger/event-store.ts';
import type { LiveFolds } from '../../src/ledger/folds.ts';
import { type Cause, Ledger } from '../../src/ledger/ledger.ts';
import { LiveFeed } from '../../src/ledger/live-feed.ts';
import { PersistentGroup } from '../../src/ledger/react/persistent-group.ts';
import { createGroup, groupName } from '../../src/ledger/react/plan.ts';
import { eventually } from '../support/eventually.ts';

/** A fold that shows what was folded: the ids of the people who joined, in order. */
type Joined = readonly string[];
const joined = {
  initial: (): Joined => [],
  evolve: (people: Joined, event: PatientEvent): Joined =>
    event.type === 'ConsultationJoined' ? [...people, event.data.personId] : people,
};

type Instance = { ledger: Ledger; folds: LiveFolds<Joined, PatientEvent>; counted: string[]; close(): Promise<void> };

let dir: string;
let node: EmbeddedNode;
let connectionString: string;
const instances: Instance[] = [];
const groups: PersistentGroup[] = [];

const instance = async (): Promise<Instance> => {
  const store = new EventStore(connectionString, 2_000);
  const feed = new LiveFeed(store, () => {});
  await feed.start();
  const counted: string[] = [];
  const ledger = new Ledger(store, feed, '0.0.0-test', new EventSeals(ringOf(undefined)), (outcome) =>
    counted.push(outcome),
  );
  const made = {
    ledger,
    folds: ledger.folds<Joined, PatientEvent>(patientStreams, joined),
    counted,
    close: async () => {
      await feed.stop();
      await store.close();
    },
  };
  instances.push(made);
  return made;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledger-'));
  node = new EmbeddedNode(dir).reportTo(() => {});
  connectionString = await node.start();
});
afterEach(async () => {
  await Promise.all(groups.splice(0).map((group) => group.stop()));
  await Promise.all(instances.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await node.stop();
  await rm(dir, { recursive: true, force: true });
});

let streams = 0;
const newStream = () => patientStreams.of(`${process.pid}-${++streams}`);
const cause: Cause = { actor: { id: 'tester', roles: ['service'] }, requestId: 'request-1' };
const join_ = (stream: Stream<PatientEvent>, personId: string): PatientEvent => ({
  type: 'ConsultationJoined',
  data: { patientId: patientStreams.idIn(stream) ?? '', consultationId: 'con-1', personId, mediaSessionId: 'room-1' },
});
const add = (
  { ledger, folds }: Instance,
  stream: Stream<PatientEvent>,
  personId: string,
  more: Partial<Cause> = {},
  ifMatch?: number,
) => ledger.handle(folds, stream, () => [join_(stream, personId)], { ...cause, ...more }, { ifMatch });

const stored = async ({ ledger }: Instance, stream: Stream<PatientEvent>) => {
  const people: string[] = [];
  for await (const { data } of ledger.store.read(stream)) people.push((data as { personId: string }).personId);
  return people;
};

describe('handling a command', () => {
  it('appends what was decided and answers with the state after it', async () => {
    const one = await instance();
    const stream = newStream();
    const handled = await add(one, stream, 'a');
    expect(handled).toMatchObject({ revision: 0, state: ['a'], repeated: false });
    expect(await stored(one, stream)).toEqual(['a']);
  });

  it('writes who, why and under which release into the metadata', async () => {
    const one = await instance();
    const stream = newStream();
    const actor = { id: 'tester', roles: ['service'], clientId: 'clinic-web' };
    await add(one, stream, 'a', { actor, causationId: 'event-0', idempotency: { key: 'k', request: {} } });
    for await (const { metadata } of one.ledger.store.read(stream))
      expect(metadata).toEqual({
        actor: { id: 'tester', roles: ['service'] },
        clientId: 'clinic-web',
        requestId: 'request-1',
        $correlationId: 'request-1',
        $causationId: 'event-0',
        appVersion: '0.0.0-test',
        idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
  });

  it('appends nothing when there is nothing to change', async () => {
    const one = await instance();
    const stream = newStream();
    await one.ledger.handle(one.folds, stream, () => [], cause);
    expect(await stored(one, stream)).toEqual([]);
  });

  it('reads a stream once and then knows it', async () => {
    const one = await instance();
    const stream = newStream();
    for (const person of ['a', 'b', 'c']) await add(one, stream, person);
    await one.folds.get(stream);
    expect(one.counted).toEqual(['miss', 'hit', 'hit', 'hit']);
  });

  it('loses nothing when two instances write at once', async () => {
    const [one, two] = [await instance(), await instance()];
    const stream = newStream();
    const people = Array.from({ length: 20 }, (_, i) => `p${i}`);
    await Promise.all(people.map((person, i) => add(i % 2 ? one : two, stream, person)));
    expect((await stored(one, stream)).sort()).toEqual([...people].sort());
    expect((await one.folds.refresh(stream)).state).toEqual(await stored(two, stream));
  });

  it('decides again on what another instance wrote meanwhile', async () => {
    const [one, two] = [await instance(), await instance()];
    const stream = newStream();
    await add(one, stream, 'a');
    await one.folds.get(stream);
    const seen: Joined[] = [];
    await two.folds.get(stream);
    await Promise.all([
      add(one, stream, 'b'),
      two.ledger.handle(
        two.folds,
        stream,
        (state) => {
          seen.push(state);
          return state.includes('c') ? [] : [join_(stream, 'c')];
        },
        cause,
      ),
    ]);
    expect((await stored(one, stream)).sort()).toEqual(['a', 'b', 'c']);
    expect(seen[0]).toContain('a');
  });

  it('refuses a command that is meant for another revision', async () => {
    const one = await instance();
    const stream = newStream();
    await add(one, stream, 'a');
    await expect(add(one, stream, 'b', {}, 5)).rejects.toThrow(RevisionMismatch);
    await add(one, stream, 'b', {}, 0);
    expect(await stored(one, stream)).toEqual(['a', 'b']);
  });

  it('gives a repeated command its first outcome, also on another instance', async () => {
    const one = await instance();
    const stream = newStream();
    const idempotency = { key: 'same', request: { person: 'a' } };
    const first = await add(one, stream, 'a', { idempotency });
    await add(one, stream, 'b');
    const again = await add(await instance(), stream, 'a', { idempotency });
    expect(again).toMatchObject({ revision: first.revision, state: first.state, repeated: true });
    expect(await stored(one, stream)).toEqual(['a', 'b']);
    await expect(add(one, stream, 'z', { idempotency: { key: 'same', request: { person: 'z' } } })).rejects.toThrow(
      IdempotencyKeyReused,
    );
  });

  it('keeps no hash that a request can be guessed by, and still knows commands that older releases kept one of', async () => {
    const one = await instance();
    const stream = newStream();
    const idempotency = { key: 'same', request: { person: 'a' } };
    const hashOf = (what: unknown) => hash('sha256', JSON.stringify(what), 'hex');
    const metadata = one.ledger.metadata({ ...cause, idempotency });
    expect(metadata.requestHash).not.toBe(hashOf(idempotency.request));
    const older = { ...metadata, requestHash: hashOf(idempotency.request) };
    await one.ledger.store.append(stream, -1, [{ ...join_(stream, 'a'), id: randomUUID(), metadata: older }]);
    expect(await add(one, stream, 'a', { idempotency })).toMatchObject({ revision: 0, repeated: true });
    const other = { idempotency: { key: 'same', request: { person: 'z' } } };
    await expect(add(one, stream, 'z', other)).rejects.toThrow(IdempotencyKeyReused);
  });
});

describe('a fold', () => {
  it('follows what other instances write', async () => {
    const [one, two] = [await instance(), await instance()];
    const stream = newStream();
    await one.folds.get(stream);
    await add(two, stream, 'a');
    expect(await eventually(async () => (await one.folds.get(stream)).state.includes('a'))).toBe(true);
    expect(one.counted).not.toContain('tail');
  });

  it('answers at once with a revision that another instance was told of', async () => {
    const [one, two] = [await instance(), await instance()];
    const stream = newStream();
    await one.folds.get(stream);
    for (const person of ['a', 'b', 'c']) {
      const { revision } = await add(two, stream, person);
      expect((await one.folds.get(stream, { minRevision: revision })).state).toContain(person);
    }
  });

  it('is not served once the store holds something for it that cannot be read', async () => {
    const one = await instance();
    const stream = newStream();
    await add(one, stream, 'a');
    const unknown = { type: 'NobodyKnowsThis', data: {} } as unknown as PatientEvent;
    await one.ledger.store.append(stream, 0, [
      { id: crypto.randomUUID(), ...unknown, metadata: one.ledger.metadata(cause) },
    ]);
    await eventually(async () =>
      one.folds.get(stream).then(
        () => false,
        (error: Error) => error.name === 'UnreadableEvent',
      ),
    );
    await expect(add(one, stream, 'b')).rejects.toThrow('cannot be read');
  });
});

describe('when the store goes away', () => {
  it('refuses what waits for an answer as soon as it is told, and follows the store again when that answers', async () => {
    const one = await instance();
    const stream = newStream();
    await add(one, stream, 'a');
    const { store } = one.ledger;
    const plan = { name: 'told', version: 1, types: ['Noted'], maxInFlight: 1 };
    const prepare = () => createGroup(store, plan, START);
    const options = { name: groupName(plan), maxInFlight: 1, prepare };
    const group = new PersistentGroup(
      store,
      options,
      () => Promise.resolve(),
      () => {},
    );
    group.start();
    groups.push(group);
    await eventually(() => group.connected);
    process.kill(node.pid as number, 'SIGSTOP'); // No connection is closed: only who is told knows.
    try {
      const waiting = Array.from({ length: 200 }, () => add(one, newStream(), 'lost'));
      const refusals = Promise.allSettled(waiting);
      await setImmediate(); // They are under way.
      store.reconnect('the server is gone');
      expect(new Set((await refusals).map((add) => add.status === 'rejected' && String(add.reason)))).toEqual(
        new Set(['LedgerUnavailable: the event store is not available: the server is gone']),
      );
      await eventually(() => !one.ledger.feed.live && !group.connected);
    } finally {
      process.kill(node.pid as number, 'SIGCONT');
    }
    await eventually(() => one.ledger.feed.live && group.connected);
    await add(one, stream, 'b');
    expect((await one.folds.get(stream)).state).toEqual(['a', 'b']);
  });

  it('refuses a read under way when it is closed, and does not take what came for all there is', async () => {
    const one = await instance();
    const stream = newStream();
    await add(one, stream, 'a');
    process.kill(node.pid as number, 'SIGSTOP');
    try {
      const read = stored(one, stream);
      const refusal = expect(read).rejects.toThrow('the application is stopping');
      await setImmediate(); // It is under way.
      await one.close();
      await refusal;
    } finally {
      process.kill(node.pid as number, 'SIGCONT');
    }
  });

  it('refuses commands at once, and goes on by itself when the store is back, with everything acknowledged', async () => {
    const one = await instance();
    const stream = newStream();
    await add(one, stream, 'a');
    const { pid } = node;
    process.kill(node.pid as number, 'SIGKILL');
    await eventually(() => one.ledger.store.outage !== undefined);
    const started = Date.now();
    await expect(add(one, stream, 'lost')).rejects.toThrow(LedgerUnavailable);
    expect(Date.now() - started).toBeLessThan(1_000); // Far from the 2 s after which a silent store counts as gone here.

    await eventually(() => node.pid !== pid && one.ledger.feed.live, 20_000);
    await add(one, stream, 'b');
    expect(await stored(one, stream)).toEqual(['a', 'b']);
    expect((await one.folds.get(stream)).state).toEqual(['a', 'b']);
  });
});

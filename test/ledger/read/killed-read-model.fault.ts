import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { diaryStreams } from '../../../events/categories.ts';
import type { DiaryEvent } from '../../../events/diary-events.ts';
import { EventStore } from '../../../src/ledger/event-store.ts';
import { FileViews } from '../../../src/ledger/read/file-views.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';

const KILLS = 25;
const DIARIES = 40;
const LONGEST_LIFE_MS = 400;

const built = (path: string) => JSON.stringify(pathToFileURL(`dist/${path}`).href);

/** A process that keeps a read model: what each view holds is every slot that was held, in order, so that nothing lost or doubled hides. */
const FOLLOWER = `
import { diaryStreams } from ${built('events/categories.js')};
import { projection } from ${built('projections/projection.js')};
import { EventStore } from ${built('src/ledger/event-store.js')};
import { FileViews } from ${built('src/ledger/read/file-views.js')};
import { ReadModel } from ${built('src/ledger/read/read-model.js')};
const [url, dir] = process.argv.slice(1);
const slots = projection({
  name: 'slots-v1', categories: [diaryStreams], initial: () => ({ held: [] }),
  on: { SlotHeld: ({ held }, { data }) => ({ held: [...held, data.slotId] }) },
  ignores: ['SlotConfirmed', 'SlotReleased'],
});
const kept = { open: () => FileViews.open(dir, 'slots-v1'), discard: () => FileViews.discard(dir) };
const model = new ReadModel(new EventStore(url), slots, kept, (what) => console.log(JSON.stringify(what, (_, value) =>
  typeof value === 'bigint' ? String(value) : value)));
model.start();
`;

describe('a process that keeps a read model, killed at any moment', () => {
  let node: TestNode;
  let store: EventStore;
  let dir: string;
  let follower: ChildProcess | undefined;
  const said: { kind: string; why?: string }[] = [];
  beforeAll(async () => {
    node = await startTestNode();
    store = new EventStore(node.connectionString);
    dir = await mkdtemp(join(tmpdir(), 'killed-read-model-'));
  });
  afterAll(async () => {
    await kill();
    await store.close();
    await node.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const start = (): void => {
    follower = spawn(process.execPath, ['--input-type=module', '-e', FOLLOWER, node.connectionString, dir], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    follower.stdout?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) said.push(JSON.parse(line));
    });
  };
  const kill = async (): Promise<void> => {
    if (!follower || follower.exitCode !== null || follower.signalCode !== null) return;
    const gone = once(follower, 'exit');
    follower.kill('SIGKILL');
    await gone;
  };
  const heard = async (kind: string): Promise<void> => {
    const until = Date.now() + 30_000;
    while (!said.some((one) => one.kind === kind)) {
      if (Date.now() > until) throw new Error(`never ${kind}: ${JSON.stringify(said)}`);
      await delay(5);
    }
  };

  it('leaves every view with each event once, and never builds it again', async () => {
    const expected = new Map<string, string[]>();
    let writing = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; writing; i++) {
        const personId = `doc-${writer}-${i % (DIARIES / 4)}`;
        const slotId = randomUUID();
        const data = {
          ...{ personId, slotId, patientId: 'pat-1', consultationId: slotId, capacity: 'clinician' as const },
          ...{
            start: '2036-05-04T09:00:00.000Z',
            end: '2036-05-04T09:30:00.000Z',
            holdUntil: '2036-05-04T08:00:00.000Z',
          },
        };
        const event: DiaryEvent = { type: 'SlotHeld', data };
        const metadata = {
          ...{
            actor: { id: 'test', roles: [] },
            $correlationId: 'r',
            $causationId: 'r',
            requestId: 'r',
            appVersion: '0',
          },
        };
        await store.append(diaryStreams.of(personId), 'any', [{ ...event, id: randomUUID(), metadata }]);
        expected.set(personId, [...(expected.get(personId) ?? []), slotId]);
        await delay(2);
      }
    });
    for (let round = 0; round < KILLS; round++) {
      said.length = 0;
      start();
      await heard('current');
      expect(said.some(({ kind }) => kind === 'unusable')).toBe(false);
      if (round > 0) expect(said.some(({ kind }) => kind === 'building')).toBe(false);
      await delay(Math.random() * LONGEST_LIFE_MS);
      await kill();
    }
    writing = false;
    await Promise.all(writers);

    said.length = 0;
    start();
    await heard('current');
    await delay(0);
    await kill();
    const views = await FileViews.open(dir, 'slots-v1');
    try {
      const rows = [...views.rows(undefined, Number.MAX_SAFE_INTEGER)];
      const found = new Map(rows.map(([key, { view }]) => [key, (view as { held: string[] }).held]));
      expect(found).toEqual(expected);
      expect(rows.map(([, { place }]) => place)).toEqual(rows.map((_, i) => rows.length - 1 - i));
    } finally {
      await views.close();
    }
  }, 300_000);
});

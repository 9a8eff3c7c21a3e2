import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diaryStreams, patientStreams } from '../../../events/categories.ts';
import type { DiaryEvent } from '../../../events/diary-events.ts';
import { projection } from '../../../projections/projection.ts';
import { LedgerUnavailable } from '../../../src/ledger/errors.ts';
import { EventStore } from '../../../src/ledger/event-store.ts';
import { ViewIncomplete } from '../../../src/ledger/read/errors.ts';
import { FileViews } from '../../../src/ledger/read/file-views.ts';
import { MemoryViews } from '../../../src/ledger/read/memory-views.ts';
import { ReadModel, type ReadModelReport, type ViewChange } from '../../../src/ledger/read/read-model.ts';
import { type ViewStore, ViewsUnusable } from '../../../src/ledger/read/view-store.ts';
import { eventually } from '../../support/eventually.ts';
import { startEmbeddedNode, startTestNode, type TestNode } from '../../support/node.ts';

type Slots = { readonly held: readonly string[]; readonly state: 'busy' | 'free' };

/** What a diary holds; each event is in it once, or a test sees it twice. */
const slots = projection({
  name: 'slots-v1',
  categories: [diaryStreams],
  initial: (): Slots => ({ held: [], state: 'free' }),
  shelfOf: ({ state }: Slots) => state,
  on: {
    SlotHeld: (view, { data }): Slots => ({ held: [...(view?.held ?? []), data.slotId], state: 'busy' }),
    SlotReleased: (view): Slots => ({ held: view?.held ?? [], state: 'free' }),
  },
  ignores: ['SlotConfirmed'],
});

const metadata = {
  actor: { id: 'test', roles: [] },
  ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '0.0.0' },
};

let node: TestNode;
let store: EventStore;
const dirs: string[] = [];
const models: ReadModel<Slots, DiaryEvent>[] = [];

beforeEach(async () => {
  node = await startTestNode();
  store = new EventStore(node.connectionString);
});
afterEach(async () => {
  await Promise.all(models.splice(0).map((model) => model.stop()));
  await store.close();
  await node.stop();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'read-model-'));
  dirs.push(dir);
  return dir;
};

const held = (personId: string, slotId: string): DiaryEvent => ({
  type: 'SlotHeld',
  data: {
    ...{ personId, slotId, patientId: 'pat-1', consultationId: slotId, capacity: 'clinician' },
    ...{ start: '2036-05-04T09:00:00.000Z', end: '2036-05-04T09:30:00.000Z', holdUntil: '2036-05-04T08:00:00.000Z' },
  },
});
const released = (personId: string, slotId: string): DiaryEvent => ({
  type: 'SlotReleased',
  data: { personId, slotId, patientId: 'pat-1', consultationId: slotId },
});
const append = (...events: DiaryEvent[]) =>
  Promise.all(events.map((event) => put(diaryStreams.of(event.data.personId), event)));
const put = (stream: string, event: { type: string; data: object }) =>
  store.append(stream as never, 'any', [{ ...event, id: randomUUID(), metadata } as never]);
const others = async (count: number) => {
  for (let i = 0; i < count; i++)
    await put(patientStreams.of('pat-1'), {
      type: 'ConsultationCompleted',
      data: { patientId: 'pat-1', consultationId: 'c' },
    });
};

type Running = {
  model: ReadModel<Slots, DiaryEvent>;
  reports: ReadModelReport[];
  changes: ViewChange<Slots, DiaryEvent>[];
};

const begin = (open: () => Promise<ViewStore> = async () => new MemoryViews(), discard = () => {}): Running => {
  const reports: ReadModelReport[] = [];
  const changes: ViewChange<Slots, DiaryEvent>[] = [];
  const model = new ReadModel(store, slots, { open, discard }, (what) => reports.push(what));
  model.listen((change) => changes.push(change));
  models.push(model);
  model.start();
  return { model, reports, changes };
};
const fromFile = (dir: string) =>
  begin(
    () => FileViews.open(dir, 'slots-v1'),
    () => FileViews.discard(dir),
  );
const current = async (running: Running): Promise<Running> => {
  expect(await running.model.current(10_000)).toBe(true);
  return running;
};
const end = async ({ model }: Running): Promise<void> => {
  models.splice(models.indexOf(model), 1);
  await model.stop();
};
const kindsOf = ({ reports }: Running) => reports.map(({ kind }) => kind);

describe('a read model', () => {
  it('shows what is in the log, and each event as it comes', async () => {
    await append(held('doc-1', 's1'));
    const { model, changes } = await current(begin());
    expect(model.get('doc-1')).toEqual({ held: ['s1'], state: 'busy' });
    expect(model.get('doc-2')).toBeUndefined();
    expect(changes).toEqual([]);

    await append(held('doc-2', 's2'));
    expect(await model.untilShown('doc-2', 0, 5_000)).toBe(true);
    expect(changes.map(({ key, before, after }) => [key, before, after])).toEqual([
      ['doc-2', undefined, { held: ['s2'], state: 'busy' }],
    ]);
  });

  it('answers nothing before it is current, and says when it waited in vain', async () => {
    const { model } = begin();
    expect(() => model.get('doc-1')).toThrow(LedgerUnavailable);
    expect(() => model.page({ limit: 1 })).toThrow(LedgerUnavailable);
    expect(await model.untilShown('doc-1', 0, 20)).toBe(false);
  });

  it('pages through all of them or those of a shelf, newest first', async () => {
    for (const id of ['1', '2', '3', '4']) await append(held(`doc-${id}`, `s${id}`));
    await append(released('doc-3', 's3'));
    const { model } = await current(begin());
    const first = model.page({ limit: 2 });
    expect([first.items.map(({ key }) => key), first.next]).toEqual([['doc-4', 'doc-3'], 2]);
    const second = model.page({ limit: 2, before: first.next ?? 0 });
    expect([second.items.map(({ key }) => key), second.next]).toEqual([['doc-2', 'doc-1'], null]);
    expect(model.page({ shelf: 'busy', limit: 9 }).items.map(({ key }) => key)).toEqual(['doc-4', 'doc-2', 'doc-1']);
  });

  it('gives the same when it is built again, and tells its listeners nothing twice', async () => {
    const { model, changes } = await current(begin());
    for (let i = 0; i < 20; i++) await append(held(`doc-${i % 5}`, `s${i}`));
    await model.untilShown('doc-4', 3, 5_000);
    const before = model.page({ limit: 100 });
    expect(changes).toHaveLength(20);
    await model.rebuild();
    expect(await model.current(10_000)).toBe(true);
    expect(model.page({ limit: 100 })).toEqual(before);
    expect(changes).toHaveLength(20);
  });

  it('goes on where it was when the store was away, and neither loses nor doubles', async () => {
    const { model, changes } = await current(begin());
    await append(held('doc-1', 's1'));
    await model.untilShown('doc-1', 0, 5_000);
    await node.restart();
    await eventually(async () => {
      store.up();
      return append(held('doc-1', 's2')).then(
        () => true,
        () => false,
      );
    });
    await eventually(() => model.isCurrent && model.get('doc-1')?.held.includes('s2'));
    expect(model.get('doc-1')?.held).toEqual(['s1', 's2']);
    expect(changes).toHaveLength(2);
  });

  it('goes on without an event that cannot be read, and refuses the view that lacks it', async () => {
    await append(held('doc-1', 's1'), held('doc-2', 's2'));
    await put(diaryStreams.of('doc-1'), { type: 'SlotWhatever', data: {} });
    await append(held('doc-1', 's3'));
    const dir = folder();
    const first = await current(fromFile(dir));
    expect(() => first.model.get('doc-1')).toThrow(ViewIncomplete);
    expect(first.model.get('doc-2')).toMatchObject({ held: ['s2'] });
    expect(first.model.page({ limit: 9 }).items).toHaveLength(2);
    expect(first.model.gaps).toEqual([{ stream: 'diary-doc-1', revision: 1 }]);
    await end(first);

    const second = await current(fromFile(dir));
    expect(kindsOf(second)).not.toContain('building');
    expect(() => second.model.get('doc-1')).toThrow(ViewIncomplete);
  });

  it('goes on in memory when its file fails', async () => {
    class FailingViews extends MemoryViews {
      override async write(): Promise<void> {
        throw new ViewsUnusable('the disk is full');
      }
    }
    await append(held('doc-1', 's1'));
    let discarded = 0;
    const running = await current(
      begin(
        async () => new FailingViews(),
        () => discarded++,
      ),
    );
    expect(running.model.get('doc-1')).toMatchObject({ held: ['s1'] });
    expect(running.reports).toContainEqual({ kind: 'unusable', why: 'the disk is full' });
    expect(discarded).toBe(1);
  });
});

describe('a read model in a file', () => {
  it('starts from its checkpoint, whatever else was written since', async () => {
    const dir = folder();
    await append(held('doc-1', 's1'));
    const first = await current(fromFile(dir));
    await others(200);
    const end200 = await store.lastPosition();
    await eventually(() => first.model.position >= (end200 === 'start' ? 0n : end200.commit) - 64n);
    await end(first);

    const views = await FileViews.open(dir, 'slots-v1');
    expect(Number(views.checkpoint?.commit)).toBeGreaterThan(Number(end200 === 'start' ? 0n : end200.commit) - 100);
    await views.close();
    await append(held('doc-1', 's2'));
    const second = await current(fromFile(dir));
    expect(second.model.get('doc-1')).toEqual({ held: ['s1', 's2'], state: 'busy' });
    expect(kindsOf(second)).not.toContain('building');
    // What came while it was away is long known to others.
    expect(second.changes).toEqual([]);
  });

  it('is built again on another store', async () => {
    const dir = folder();
    await append(held('doc-1', 's1'));
    await append(held('doc-1', 's2'));
    await end(await current(fromFile(dir)));

    const elsewhere = await startTestNode();
    const given = store;
    store = new EventStore(elsewhere.connectionString);
    try {
      for (const id of ['a', 'b', 'c', 'd']) await append(held('doc-9', id));
      const running = await current(fromFile(dir));
      expect(running.reports[0]).toMatchObject({ kind: 'building', why: expect.stringContaining('another store') });
      expect(running.model.page({ limit: 9 }).items.map(({ key, view }) => [key, view.held])).toEqual([
        ['doc-9', ['a', 'b', 'c', 'd']],
      ]);
      await end(running);
    } finally {
      await store.close();
      await elsewhere.stop();
      store = given;
    }
  });

  it('is built again on a store that was restored without its last events, whatever was written there since', async () => {
    const dir = folder();
    const nodeDir = folder();
    let restored = await startEmbeddedNode({ dir: nodeDir });
    const given = store;
    const reconnect = async () => {
      if (store !== given) await store.close();
      store = new EventStore(restored.connectionString);
    };
    try {
      await reconnect();
      await append(held('doc-1', 's1'));
      await restored.stop();
      const backup = folder();
      cpSync(nodeDir, backup, { recursive: true });

      restored = await startEmbeddedNode({ dir: nodeDir });
      await reconnect();
      await append(held('doc-1', 'lost'));
      await end(await current(fromFile(dir)));
      await restored.stop();

      restored = await startEmbeddedNode({ dir: backup });
      await reconnect();
      for (const id of ['s2', 's3', 's4']) await append(held('doc-1', id));
      const running = await current(fromFile(dir));
      expect(running.reports[0]).toMatchObject({ kind: 'building' });
      expect(running.model.get('doc-1')?.held).toEqual(['s1', 's2', 's3', 's4']);
      await end(running);
    } finally {
      await store.close();
      await restored.stop();
      store = given;
    }
  });

  it('answers nothing from damaged views, and builds them again', async () => {
    class Damaged extends MemoryViews {
      override get(): never {
        throw new ViewsUnusable('a row of it is damaged');
      }
    }
    const running = await current(begin(async () => new Damaged()));
    expect(() => running.model.get('doc-1')).toThrow(LedgerUnavailable);
    expect(await running.model.current(10_000)).toBe(true);
    expect(running.reports).toContainEqual({ kind: 'unusable', why: 'a row of it is damaged' });
    expect(running.model.get('doc-1')).toBeUndefined();
  });
});

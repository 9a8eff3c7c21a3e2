import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryFile } from '../../src/compliance/history/history-file.ts';
import { verifyHistory } from '../../src/compliance/history/verify.ts';
import { EventStore } from '../../src/ledger/event-store.ts';
import { type Answer, type Scene, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { mayMount, mount, unmount } from '../support/mount.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

const anna = { as: 'officer-anna', roles: ['compliance'] } as const;
const AGAIN_MS = 30_000;

/** Leaves no byte of a disk free. Gives the way back. */
const fill = async (disk: string): Promise<() => Promise<void>> => {
  const path = join(disk, 'filler');
  const filler = await open(path, 'w');
  try {
    for (const size of [1_048_576, 4_096])
      for (let full = false; !full; )
        full = await filler.write(Buffer.alloc(size)).then(
          () => false,
          (error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOSPC') throw error;
            return true;
          },
        );
  } finally {
    await filler.close();
  }
  return () => rm(path);
};

(mayMount ? describe : describe.skip)('compliance on a full disk', () => {
  let node: TestNode;
  let app: RunningApp;
  let close: () => Promise<void> = async () => {};
  let here: Scene;
  let dataDir: string;
  const disks: string[] = [];
  const disk = async (path: string, size: string) => {
    await mkdir(path, { recursive: true });
    if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path)) throw new Error(`${path} could not be mounted`);
    disks.push(path);
    return path;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ledger-full-'));
    node = await startEmbeddedNode();
  });
  afterEach(async () => {
    await close();
    await node.stop();
    // LMDB has a file open until the process ends, once a write to it was refused.
    for (const path of disks.splice(0).reverse()) unmount('--lazy', path);
    await rm(dataDir, { recursive: true, force: true });
  });
  const start = async () => {
    app = await startApp({ env: { HISTORY_INDEX: 'on', DATA_DIR: dataDir, STORE_URL: node.connectionString } });
    close = async () => {
      close = async () => {};
      await app.close();
    };
    here = await scene(app);
    await opened();
    await eventually(async () => (await rows()).status === 200);
  };
  /** Between the index and the log, when the application has left both. */
  const differences = async (): Promise<readonly string[]> => {
    const store = new EventStore(node.connectionString);
    const file = await HistoryFile.open(join(dataDir, 'history'), { memoryMb: 64 });
    try {
      return (await verifyHistory(file, store)).differences;
    } finally {
      await file.close();
      await store.close();
    }
  };
  const opened = async (): Promise<string> => {
    const { status, body } = await view(app, here, here.clinicianId, { roles: ['clinician'] });
    expect(status).toBe(201);
    return body.viewId;
  };
  const rows = (): Promise<Answer> =>
    send(app, 'GET', `/v1/access-history?patientId=${here.patientId}&kind=opened&limit=100`, anna);
  const viewsIn = ({ body }: Answer): readonly string[] => body.items.map(({ viewId }: { viewId: string }) => viewId);
  const ask = async (format: string): Promise<string> => {
    const body = { format, purpose: 'audit', filter: { patientId: here.patientId } };
    const answer = await send(app, 'POST', '/v1/exports', { ...anna, body });
    expect(answer.status).toBe(202);
    return answer.body.exportId;
  };
  const jobOf = async (exportId: string) => (await send(app, 'GET', `/v1/exports/${exportId}`, anna)).body;
  const filesOf = (exportId: string) => readdir(join(dataDir, 'exports', exportId)).catch(() => []);

  it('refuses questions to the history and goes on serving views, until there is room: then no row is missing', async () => {
    await disk(dataDir, '32m');
    await start();
    const free = await fill(dataDir);
    const viewIds: string[] = [];
    const answer = await eventually(async () => {
      viewIds.push(await opened());
      const answered = await rows();
      return answered.status === 200 ? undefined : answered;
    }, AGAIN_MS);
    expect(answer).toMatchObject({ status: 503, body: { code: 'history-unavailable' } });
    expect(answer.body.detail).toContain('the disk of DATA_DIR is full');
    viewIds.push(await opened());
    // Its file is closed and opened again meanwhile, which may leave it just enough room: then nothing is missing either.
    const meanwhile = await rows();
    if (meanwhile.status === 200) expect(viewsIn(meanwhile)).toEqual(expect.arrayContaining(viewIds));
    else expect(meanwhile).toMatchObject({ status: 503, body: { code: 'history-unavailable' } });

    await free();
    const known = viewsIn(
      await eventually(async () => {
        const answered = await rows();
        return answered.status === 200 ? answered : undefined;
      }, AGAIN_MS),
    );
    expect(known).toHaveLength(viewIds.length + 1);
    expect(known).toEqual(expect.arrayContaining(viewIds));
    expect(app.logged.join('')).not.toContain('the index is built from the first event');
    await close();
    expect(await differences()).toEqual([]);
  }, 120_000);

  it.each([
    ['ndjson', 'exports'],
    ['parquet', 'exports-making'],
  ])(
    'leaves no part of an export as %s whose folder is full, and makes it once there is room',
    async (format, folder) => {
      await disk(join(dataDir, folder), '2m');
      await start();
      const free = await fill(join(dataDir, folder));
      const exportId = await ask(format);
      await eventually(
        () => app.logged.some((line) => line.includes(`export ${exportId} is not made, try 2`)),
        AGAIN_MS,
      );
      expect(await jobOf(exportId)).toMatchObject({ status: 'queued' });
      expect(await filesOf(exportId)).toEqual([]);
      await opened();

      await free();
      await eventually(async () => (await jobOf(exportId)).status !== 'queued', AGAIN_MS);
      const { status, sha256, bytes } = await jobOf(exportId);
      expect(status).toBe('made');
      const content = await app.call(`/v1/exports/${exportId}/content`, anna);
      const fetched = Buffer.from(await content.arrayBuffer());
      expect(fetched).toHaveLength(bytes);
      expect(createHash('sha256').update(fetched).digest('hex')).toBe(sha256);
      expect(await filesOf(exportId)).toHaveLength(1);
    },
    120_000,
  );

  it('begins no backtest that it cannot keep, leaves no part of one, and begins it once there is room', async () => {
    await disk(dataDir, '32m');
    await start();
    const backtest = () => send(app, 'POST', '/v1/backtests', { ...anna, body: { rules: 'current' } });
    const free = await fill(dataDir);
    const refused = await backtest();
    expect(refused).toMatchObject({ status: 503, body: { code: 'backtest-store-unavailable' } });
    expect(refused.body.detail).toContain('the disk of DATA_DIR is full');
    expect(await readdir(join(dataDir, 'backtests'), { recursive: true }).catch(() => [])).not.toContainEqual(
      expect.stringContaining('.part'),
    );

    await free();
    const { status, body } = await backtest();
    expect(status).toBe(202);
    await eventually(async () => {
      const job = (await send(app, 'GET', `/v1/backtests/${body.backtestId}`, anna)).body;
      return job.status === 'finished';
    }, AGAIN_MS);
  }, 120_000);
});

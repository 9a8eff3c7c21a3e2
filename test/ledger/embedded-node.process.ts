import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { eventFile, walFile } from '../../embedded/log/layout.ts';
import { EmbeddedNode, type NodeReport } from '../../src/ledger/embedded-node.ts';
import { StoreDamaged } from '../../src/ledger/errors.ts';
import { fillStore, zeroPagesWith } from '../support/damage.ts';
import { eventually } from '../support/eventually.ts';

describe('running the embedded node', () => {
  let dir: string;
  let node: EmbeddedNode;
  const reports: NodeReport[] = [];
  const report = (what: NodeReport) => void reports.push(what);
  const starts = () => reports.filter(({ kind }) => kind === 'started').length;
  const damage = () => reports.find((what) => what.kind === 'damaged')?.why;
  const pid = () => node.pid ?? 0;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'node-'));
    reports.splice(0);
    node = new EmbeddedNode(dir).reportTo(report);
  });
  afterEach(async () => {
    await node.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('starts it again when it crashed, and its files are sound', async () => {
    await node.start();
    process.kill(pid(), 'SIGABRT');
    await eventually(() => starts() === 2, 20_000);
    expect(damage()).toBeUndefined();
  });

  it('does not start it again when it says that its files are damaged, and says why', async () => {
    await node.start();
    await truncate(walFile(dir), 1_000);
    process.kill(pid(), 'SIGKILL');
    const why = await eventually(damage, 20_000);
    expect(why).toMatch(/^.*events\.wal is damaged: it is cut short at byte 1000 of 4194304\. .* restore a backup/);
    expect(node.damage).toMatchObject({ message: expect.stringContaining(why) });
    expect(starts()).toBe(1);
    await expect(new EmbeddedNode(dir).reportTo(report).start()).rejects.toThrow(StoreDamaged);
  });

  it('names a damaged page that a crash was about, and does not start it again', async () => {
    const marked = randomBytes(16);
    await fillStore(dir, marked);
    await node.start();
    await zeroPagesWith(eventFile(dir), marked);
    process.kill(pid(), 'SIGABRT');
    const why = await eventually(damage, 20_000);
    expect(why).toMatch(/events\.mdb has a page that can't be read: SIGABRT ended .*\nDAMAGED: .*restore a backup/);
    expect(starts()).toBe(1);
    expect((await readdir(dir)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('hears how long its disk took', async () => {
    await node.start();
    const { diskWrites } = await eventually(() => reports.find((what) => what.kind === 'measured'), 20_000);
    expect(diskWrites.commit.counts.length).toBe(diskWrites.bounds.length + 1);
    // The first events of a store are written at its first start.
    expect(diskWrites.commit.counts.reduce((sum, count) => sum + count)).toBeGreaterThan(0);
    expect(diskWrites.commit.seconds).toBeGreaterThan(0);
  });

  it('tells what was reported before it was listened to', async () => {
    const early = new EmbeddedNode(dir);
    try {
      expect(await early.start()).toBe(await early.start());
      const told: NodeReport[] = [];
      early.reportTo((what) => void told.push(what));
      expect(told.filter(({ kind }) => kind === 'started')).toEqual([
        { kind: 'started', pid: early.pid, port: expect.any(Number) },
      ]);
    } finally {
      await early.stop();
    }
  });

  it('waits for one that was stopped while it started', async () => {
    node = new EmbeddedNode(dir, 2).reportTo(report);
    const starting = node.start();
    process.kill(pid(), 'SIGSTOP');
    expect(await Promise.race([starting, setTimeout(4_000, 'not yet')])).toBe('not yet');
    process.kill(pid(), 'SIGCONT');
    expect(await starting).toContain('esdb://');
    expect(starts()).toBe(1);
  });
});

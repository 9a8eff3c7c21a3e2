import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskWrites, type SlowWrite, WRITE_BOUNDS } from '../../embedded/log/disk-writes.ts';
import { EventLog } from '../../embedded/log/event-log.ts';

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

describe('timing durable writes', () => {
  it('counts each in the first bucket that holds it', () => {
    const writes = new DiskWrites();
    for (const seconds of [0.0005, 0.001, 0.0011, 8.192, 9]) writes.took('commit', seconds);
    const { counts, seconds } = writes.sums.commit;
    expect(counts).toEqual([2, 1, ...new Array(11).fill(0), 1, 1]);
    expect(counts.length).toBe(WRITE_BOUNDS.length + 1);
    expect(seconds).toBeCloseTo(17.1946);
    expect(total(writes.sums.checkpoint.counts)).toBe(0);
  });

  it('reports one that took longer than a second, at most once a minute, with how many it kept to itself', () => {
    const slow: SlowWrite[] = [];
    const writes = new DiskWrites((one) => slow.push(one));
    writes.took('commit', 1, 0);
    writes.took('commit', 1.5, 10_000);
    writes.took('checkpoint', 2, 20_000);
    writes.took('commit', 3, 69_999);
    expect(slow).toEqual([{ write: 'commit', seconds: 1.5, others: 0 }]);
    writes.took('checkpoint', 4, 70_000);
    writes.took('commit', 5, 130_000);
    expect(slow.slice(1)).toEqual([
      { write: 'checkpoint', seconds: 4, others: 2 },
      { write: 'commit', seconds: 5, others: 0 },
    ]);
  });

  it('is done for each commit, and for the checkpoint that a thousand events bring', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'disk-writes-'));
    const diskWrites = new DiskWrites();
    const log = await EventLog.open(dir, { diskWrites });
    try {
      const event = () => ({
        id: randomUUID(),
        type: 'Noted',
        contentType: 'application/json' as const,
        data: Buffer.from('{}'),
        metadata: Buffer.alloc(0),
      });
      await log.append('s-1', 'any', Array.from({ length: 1_000 }, event));
      expect(total(diskWrites.sums.commit.counts)).toBe(1);
      expect(total(diskWrites.sums.checkpoint.counts)).toBe(0);
      await log.append('s-1', 'any', [event()]);
      expect(total(diskWrites.sums.commit.counts)).toBe(2);
      expect(total(diskWrites.sums.checkpoint.counts)).toBe(1);
      expect(diskWrites.sums.commit.seconds).toBeGreaterThan(0);
    } finally {
      await log.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

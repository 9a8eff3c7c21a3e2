import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, type ProposedEvent } from '../../embedded/log/event-log.ts';
import { eventFile, markFile, walFile } from '../../embedded/log/layout.ts';
import { WAL_BYTES } from '../../embedded/log/write-ahead-log.ts';
import { verifyFolder } from '../../embedded/verify.ts';

const event = (bytes = 100): ProposedEvent => ({
  id: crypto.randomUUID(),
  type: 'Noted',
  contentType: 'application/octet-stream',
  data: Buffer.alloc(bytes, 'x'),
  metadata: Buffer.alloc(0),
});

/** A commit of one small event takes one page. */
const PAGE = 4_096;
/** More than a run of the write-ahead log takes: the next append is preceded by a checkpoint. */
const RUN = 1_000;

describe('the write-ahead log', () => {
  let folder: string;
  let dir: string;
  let log: EventLog;
  let images = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wal-'));
    dir = join(folder, 'store');
    log = await EventLog.open(dir);
  });
  afterEach(async () => {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  const wal = (of = dir) => readFile(walFile(of));

  const mark = () => readFile(markFile(dir));

  /** What a node that died now would leave behind, its write-ahead log and its mark changed if need be. */
  const image = async (bytes?: Buffer, marked?: Buffer): Promise<string> => {
    const copy = join(folder, `image-${++images}`);
    await cp(dir, copy, { recursive: true });
    if (bytes !== undefined) await writeFile(walFile(copy), bytes);
    if (marked !== undefined) await writeFile(markFile(copy), marked);
    return copy;
  };
  const idsIn = (opened: EventLog): string[] => {
    const ids: string[] = [];
    for (let from: bigint | undefined = 0n; from !== undefined; ) {
      const { events, next, end } = opened.readStream('s', { from, direction: 'forwards', max: 10_000 });
      ids.push(...events.map(({ id }) => id));
      from = end ? undefined : next;
    }
    return ids;
  };
  const idsOf = async (of: string) => {
    const opened = await EventLog.open(of);
    const ids = idsIn(opened);
    await opened.close();
    return ids;
  };
  const append = async (...events: ProposedEvent[]) => {
    expect(await log.append('s', 'any', events)).toMatchObject({ ok: true });
    return events.map(({ id }) => id);
  };
  /** Fills a run, so that the next append begins another. */
  const fillRun = () => append(...Array.from({ length: RUN }, () => event(10)));

  it('gives a node that died everything it acknowledged, and the way to it', async () => {
    const events = [event(), event(), event()];
    for (const each of events) await append(each);
    const opened = await EventLog.open(await image());
    expect(idsIn(opened)).toEqual(events.map(({ id }) => id));
    expect(
      opened.readAll({ from: 'end', direction: 'backwards', max: 9 }).events.map(({ position }) => position),
    ).toEqual([2n, 1n, 0n]);
    expect(opened.lastPosition).toBe(2n);
    // Told apart by id, and numbered on.
    expect(await opened.append('s', 0n, [events[1] as ProposedEvent])).toMatchObject({ ok: true, lastRevision: 1n });
    expect(await opened.append('s', 2n, [event()])).toEqual({ ok: true, lastRevision: 3n, position: 3n });
    await opened.close();
  });

  it.each([
    ['the first run', 0],
    ['a later run, over what an earlier one left', RUN],
  ])('takes a torn commit of %s not at all, however it was torn', async (_which, before) => {
    const acknowledged = before === 0 ? [] : await fillRun();
    for (let count = 0; count < 3; count++) acknowledged.push(...(await append(event())));
    const former = await wal();
    const unanswered = await mark();
    const last = await append(...Array.from({ length: 10 }, () => event(2_000)));
    const latter = await wal();
    const begins = 3 * PAGE;
    const pages = 6;
    const torn: Buffer[] = [];
    // Written from the front up to some byte, then in pages that came in no order.
    for (const cut of [0, 1, 23, 24, 100, PAGE, 2 * PAGE + 17, 5 * PAGE]) {
      torn.push(Buffer.concat([latter.subarray(0, begins + cut), former.subarray(begins + cut)]));
    }
    for (const missing of [0, 1, pages - 1]) {
      const bytes = Buffer.from(latter);
      former.copy(bytes, begins + missing * PAGE, begins + missing * PAGE, begins + (missing + 1) * PAGE);
      torn.push(bytes);
    }
    for (const bytes of torn) {
      const of = await image(bytes, unanswered);
      expect(await verifyFolder(of)).toMatchObject({ faults: [], events: acknowledged.length });
      const opened = await EventLog.open(of);
      expect(idsIn(opened)).toEqual(acknowledged);
      // What is written over the torn one is kept.
      const after = event();
      await opened.append('s', BigInt(acknowledged.length - 1), [after]);
      await opened.close();
      expect(await idsOf(of)).toEqual([...acknowledged, after.id]);
    }
    expect(await idsOf(await image())).toEqual([...acknowledged, ...last]);
  });

  it('may be one run behind its event file: the node died between a checkpoint and the next commit', async () => {
    const filed = await fillRun();
    const behind = [await wal(), await mark()] as const;
    await append(event());
    const of = await image(...behind);
    expect(await verifyFolder(of)).toMatchObject({ faults: [], events: RUN });
    expect(await idsOf(of)).toEqual(filed);
  });

  it('holds a commit that is larger than itself, and is as small as before afterwards', async () => {
    const large = await append(...Array.from({ length: 2 }, () => event(3_000_000)));
    expect((await stat(walFile(dir))).size).toBeGreaterThan(WAL_BYTES);
    expect(await idsOf(await image())).toEqual(large);
    const small = await append(event());
    expect((await stat(walFile(dir))).size).toBe(WAL_BYTES);
    expect(await idsOf(await image())).toEqual([...large, ...small]);
  });

  it.each([
    ['its first commit', 40],
    ['a later one', PAGE + 40],
    ['the length of one', PAGE + 17],
  ])('is refused when %s is damaged and others follow', async (_what, at) => {
    for (let count = 0; count < 3; count++) await append(event());
    const bytes = await wal();
    bytes[at] = 255 - (bytes[at] ?? 0);
    const of = await image(bytes);
    const page = at - (at % PAGE);
    const complaint = `is damaged at byte ${page}: acknowledged events follow at byte ${page + PAGE}`;
    await expect(EventLog.open(of)).rejects.toThrow(complaint);
    expect((await verifyFolder(of)).faults).toEqual([expect.stringContaining(complaint)]);
    expect((await wal(of)).equals(bytes)).toBe(true);
  });

  describe('that lost what was acknowledged', () => {
    /** Nothing starts on such a folder, verify names what is wrong, and neither changes a byte. */
    const expectNoticed = async (of: string, complaint: string | RegExp) => {
      const before = await readFile(walFile(of));
      await expect(EventLog.open(of)).rejects.toThrow(complaint);
      const { faults } = await verifyFolder(of);
      expect(faults).toEqual([
        typeof complaint === 'string' ? expect.stringContaining(complaint) : expect.stringMatching(complaint),
      ]);
      expect((await readFile(walFile(of))).equals(before)).toBe(true);
    };
    /** Bytes at which the frames of the run begin, the byte after the last one too, and how many events come before each. */
    const frames: { at: number; events: number }[] = [];

    beforeEach(async () => {
      frames.splice(0);
      let at = 0;
      let events = 0;
      for (const [count, bytes] of [
        [1, 100],
        [3, 2_000],
        [1, 4_000],
        [2, 10],
        [1, 9_000],
      ] as const) {
        frames.push({ at, events });
        await append(...Array.from({ length: count }, () => event(bytes)));
        events += count;
        at += Math.ceil((24 + count * (bytes + 150)) / PAGE) * PAGE;
      }
      frames.push({ at, events });
    });

    it('is refused wherever it was cut short', async () => {
      const whole = await wal();
      const cuts = new Set(frames.flatMap(({ at }) => [at, at + 1, at + 30, at + PAGE / 2, at + PAGE - 1]));
      for (const cut of [...cuts, WAL_BYTES - 1]) {
        const left = frames.findLast(({ at }) => at <= cut)?.events ?? 0;
        const missing = left === 8 ? '' : ' The events at positions \\d to 7 were acknowledged and are missing.';
        await expectNoticed(
          await image(whole.subarray(0, cut)),
          new RegExp(`is damaged: it is cut short at byte ${cut} of ${WAL_BYTES}\\.${missing} Put back`),
        );
      }
    });

    it('is refused wherever its end was zeroed', async () => {
      const whole = await wal();
      for (const { at, events } of frames.slice(0, -1)) {
        for (const from of [at, at + 1, at + 30]) {
          const bytes = Buffer.from(whole).fill(0, from);
          await expectNoticed(
            await image(bytes),
            `is damaged at byte ${at}, or is an older one than the events.mdb beside it needs. The events at positions ` +
              `${events} to 7 were acknowledged and are missing.`,
          );
        }
      }
    });

    it('is refused when a bit of its last commit is another one', async () => {
      const whole = await wal();
      const last = frames.at(-2) ?? { at: 0, events: 0 };
      for (const at of [0, 9, 17, 22, 40, 9_000]) {
        const bytes = Buffer.from(whole);
        bytes[last.at + at] = (bytes[last.at + at] ?? 0) ^ 4;
        await expectNoticed(await image(bytes), 'The events at positions 7 to 7 were acknowledged and are missing.');
      }
    });

    it('is refused when it is an older one, of this run or of the one before', async () => {
      const older = await wal();
      await append(event());
      await expectNoticed(await image(older), 'positions 8 to 8 were acknowledged and are missing');
      const before = await (async () => {
        await fillRun();
        return wal();
      })();
      await append(event(), event());
      await expectNoticed(await image(before), `positions ${9 + RUN} to ${10 + RUN} were acknowledged and are missing`);
      await expectNoticed(
        await image(Buffer.alloc(WAL_BYTES)),
        `positions ${9 + RUN} to ${10 + RUN} were acknowledged`,
      );
    });

    it('is refused together with an older event file', async () => {
      const older = await image();
      await fillRun();
      await append(event());
      // The event file alone, and both.
      const mixed = await image();
      await cp(eventFile(older), eventFile(mixed));
      await expectNoticed(mixed, "doesn't belong to the events.mdb beside it");
      await cp(walFile(older), walFile(mixed));
      await expectNoticed(mixed, `positions 8 to ${8 + RUN} were acknowledged and are missing`);
    });

    it('is taken as it is by whoever removes the mark, and from then on noticed again', async () => {
      const of = await image((await wal()).fill(0, frames[3]?.at));
      await rm(markFile(of));
      const opened = await EventLog.open(of);
      expect(opened.lastPosition).toBe(4n);
      await opened.append('s', 4n, [event()]);
      await opened.close();
      const bytes = await readFile(walFile(of));
      await writeFile(walFile(of), bytes.fill(0, frames[3]?.at));
      await expectNoticed(of, 'positions 5 to 5 were acknowledged and are missing');
    });

    it.each([
      ['emptied', Buffer.alloc(0)],
      ['zeroed', Buffer.alloc(12)],
      ['changed', Buffer.from('000000000000000700000000', 'hex')],
    ])('is not trusted when the mark was %s', async (_how, bytes) => {
      await expectNoticed(await image(undefined, bytes), "events.mark is damaged: it can't tell");
    });

    it('is whole when the mark is an older one', async () => {
      const marked = await mark();
      const added = await append(event());
      expect((await idsOf(await image(undefined, marked))).slice(-1)).toEqual(added);
    });
  });

  it('is missed when it is gone', async () => {
    await append(event());
    const of = await image();
    await rm(walFile(of));
    await expect(EventLog.open(of)).rejects.toThrow('events.wal is missing');
    expect((await verifyFolder(of)).faults).toEqual([expect.stringContaining('events.wal is missing')]);
  });

  it('is refused beside an event file that it was not written for', async () => {
    await append(event());
    const other = await mkdtemp(join(folder, 'other-'));
    const another = await EventLog.open(other);
    await another.append('s', 'any', [event(), event()]);
    await another.close();
    const [mine, theirs] = [await wal(), await wal(other)];
    // Another ledger's, one of a run that is long over, and none at all that a restored event file would expect.
    await expect(EventLog.open(await image(theirs))).rejects.toThrow("doesn't belong to the events.mdb beside it");
    for (let run = 0; run < 2; run++) {
      await fillRun();
      await append(event());
    }
    await expect(EventLog.open(await image(mine))).rejects.toThrow("doesn't belong to the events.mdb beside it");
    const left = await image();
    await rm(eventFile(left));
    await expect(EventLog.open(left)).rejects.toThrow(
      'events.mdb is gone; of the store that was here remain: events.mark, events.wal.',
    );
    expect((await wal(left)).equals(await wal())).toBe(true);
  });
});

import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog } from '../../embedded/log/event-log.ts';
import { runScript } from '../support/script.ts';

/** Enough for one checkpoint and for half of what the next one takes. */
const EVENTS = 1_500;
/** Streams of one event: so many names that a search for one goes by more than one page. */
const SINGLES = 200;
const FLIPS = 500;
const ASTRAY = 150;
const LOST = 60;
const MISPLACED = 150;
const ZEROED = 60;
const PAGE = 4_096;
/** Of a page of LMDB: its header, with its flags and how many bytes of places of nodes follow it, and the flags of a page that searches go by and of one of entries. */
const [HEADER, FLAGS, PLACES, BRANCH, LEAF] = [24, 18, 20, 1, 2];
/** Of a node: how long its key is, and where the key begins. */
const [KEY_LENGTH, KEY] = [6, 8];

/** What a look at a folder came to: what was read is what was written, or something said that it isn't there. */
type Look = { readonly wrong: string[]; readonly noticed: string[] };

/** A bit of the file, or a page that is zeros. */
type Damage = { readonly byte: number; readonly bit: number } | { readonly page: number };

/**
 * Damages a folder in one way after the other and reads everything in every way that a client has. What is given is
 * compared with what was written, and a line says what came of it. In a process of its own, since LMDB ends it when a
 * page makes no sense.
 */
const LOOK = `
  import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
  const [dist, folder, list] = process.argv.slice(2);
  const { EventLog } = await import(dist + '/log/event-log.js');
  const { verifyFolder } = await import(dist + '/verify.js');
  const expected = JSON.parse(readFileSync(folder + '/expected.json', 'utf8'));
  const whole = (messages) => messages.map((message) => Buffer.from(message, 'base64'));
  expected.all = whole(expected.all);
  for (const stream in expected.streams) expected.streams[stream] = whole(expected.streams[stream]);
  const sound = readFileSync(folder + '/sound/events.mdb');
  console.error = () => {};

  const lookAt = async (dir) => {
    const wrong = [];
    const noticed = [];
    const attempt = async (what, action) => {
      try {
        await action();
      } catch (error) {
        noticed.push(what + ': ' + error.message);
      }
    };
    let log;
    await attempt('start', async () => {
      log = await EventLog.open(dir);
    });
    const pages = (what, wanted, read) =>
      attempt(what, () => {
        let seen = 0;
        for (let from = undefined, end = false; !end; ) {
          const page = read(from);
          // That a stream isn't found is said to the caller; nothing wrong is given.
          if (page.status !== undefined && page.status !== 'ok') throw new Error(page.status);
          for (const event of page.events) {
            if (wanted[seen++]?.equals(event.encoded) !== true) wrong.push(what + ' gives another event for ' + (seen - 1));
          }
          if (page.events.length === 0 && !page.end) throw new Error('no end');
          from = page.next;
          end = page.end;
        }
        if (seen !== wanted.length) wrong.push(what + ' gives ' + seen + ' events');
      });
    if (log !== undefined) {
      const forwards = (from = 'start') => ({ from, direction: 'forwards', max: 500 });
      const backwards = (from = 'end') => ({ from, direction: 'backwards', max: 500 });
      await pages('all', expected.all, (from) => log.readAll(forwards(from)));
      await pages('all backwards', expected.all.toReversed(), (from) => log.readAll(backwards(from)));
      for (const [stream, wanted] of Object.entries(expected.streams)) {
        await pages(stream, wanted, (from) => log.readStream(stream, forwards(from)));
        await pages(stream + ' backwards', wanted.toReversed(), (from) => log.readStream(stream, backwards(from)));
      }
      for (let single = 0; single < expected.singles; single++) {
        const event = { id: crypto.randomUUID(), type: 'Noted', contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.from('{}') };
        await attempt('single-' + single, async () => {
          const { ok } = await log.append('single-' + single, 'no_stream', [event]);
          if (ok) wrong.push('single-' + single + ' is begun a second time');
        });
      }
      await attempt('close', () => log.close());
    }
    await attempt('verify', async () => {
      for (const fault of (await verifyFolder(dir)).faults) noticed.push('verify: ' + fault);
    });
    return { wrong, noticed };
  };

  for (const damage of JSON.parse(list)) {
    const damaged = Buffer.from(sound);
    if ('page' in damage) damaged.fill(0, damage.page * 4096, (damage.page + 1) * 4096);
    else damaged[damage.byte] ^= 1 << damage.bit;
    const dir = mkdtempSync(folder + '/damaged-');
    writeFileSync(dir + '/events.mdb', damaged);
    for (const name of ['/events.wal', '/events.mark']) cpSync(folder + '/sound' + name, dir + name);
    process.stdout.write(JSON.stringify(await lookAt(dir)) + '\\n');
    rmSync(dir, { recursive: true, force: true });
  }
`;

describe('an event file that was damaged', () => {
  let folder: string;
  let sound: string;
  let bytes: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'damaged-records-'));
    sound = join(folder, 'sound');
    const log = await EventLog.open(sound);
    const event = (number: number) => ({
      id: crypto.randomUUID(),
      type: 'Noted',
      contentType: 'application/json' as const,
      data: Buffer.from(JSON.stringify({ number, note: 'x'.repeat(number % 300), id: crypto.randomUUID() })),
      metadata: Buffer.from(JSON.stringify({ $correlationId: crypto.randomUUID() })),
    });
    await Promise.all(
      Array.from({ length: SINGLES }, (_, single) => log.append(`single-${single}`, 'any', [event(0)])),
    );
    for (let number = 0; number < EVENTS; number += 100) {
      const appends = Array.from({ length: 100 }, (_, place) =>
        log.append(`stream-${(number + place) % 23}`, 'any', [event(number + place)]),
      );
      await Promise.all(appends);
    }
    const all: string[] = [];
    const streams: Record<string, string[]> = {};
    for (let from: bigint | 'start' = 'start', end = false; !end; ) {
      const page = log.readAll({ from, direction: 'forwards', max: 500 });
      for (const event of page.events) {
        const message = event.encoded.toString('base64');
        all.push(message);
        if (!event.stream.startsWith('single-')) streams[event.stream] = [...(streams[event.stream] ?? []), message];
      }
      from = page.next;
      end = page.end;
    }
    const expected = { all, streams, singles: SINGLES };
    await log.close();
    await writeFile(join(folder, 'expected.json'), JSON.stringify(expected));
    await writeFile(join(folder, 'look.mjs'), LOOK);
    bytes = await readFile(join(sound, 'events.mdb'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Shared out among as many processes as the machine runs at once. */
  const lookAt = async (damages: readonly Damage[]): Promise<(Look | undefined)[]> => {
    const share = Math.ceil(damages.length / Math.max(2, availableParallelism()));
    const shares: Damage[][] = [];
    for (let from = 0; from < damages.length; from += share) shares.push(damages.slice(from, from + share));
    return (await Promise.all(shares.map(lookAtShare))).flat();
  };

  /** What came of each damage; undefined where it ended the process, which nobody can overlook. */
  const lookAtShare = async (damages: readonly Damage[]): Promise<(Look | undefined)[]> => {
    const looks: (Look | undefined)[] = [];
    while (looks.length < damages.length) {
      const left = JSON.stringify(damages.slice(looks.length));
      const { code, stdout } = await runScript(join(folder, 'look.mjs'), folder, left);
      const lines = stdout.split('\n').slice(0, -1);
      looks.push(...lines.map((line) => JSON.parse(line) as Look));
      // LMDB may also end the process as it leaves, over a folder that was looked at before: each has its line by then.
      if (code === 0 || looks.length === damages.length) break;
      looks.push(undefined);
    }
    return looks;
  };

  it('is read and found sound when nothing was damaged', async () => {
    // The last of what LMDB leaves of a page's room is of no meaning to anybody.
    const nothing = { byte: bytes.length, bit: 0 };
    expect(await lookAt([nothing])).toEqual([{ wrong: [], noticed: [] }]);
  });

  const bits = (): Damage => ({ byte: randomInt(bytes.length), bit: randomInt(8) });
  /** By which a search is led to where it does not belong; of each page. */
  const branchKeys = (): { at: number; length: number }[][] =>
    Array.from({ length: bytes.length / PAGE }, (_, page) => page * PAGE)
      .filter((page) => bytes.readUInt16LE(page + FLAGS) === BRANCH)
      .map((page) =>
        Array.from({ length: bytes.readUInt16LE(page + PLACES) / 2 }, (_, node) => {
          const at = page + HEADER + bytes.readUInt16LE(page + HEADER + 2 * node);
          return { at: at + KEY, length: bytes.readUInt16LE(at + KEY_LENGTH) };
        }).filter(({ length }) => length > 0),
      );
  const oneOf = <T>(all: readonly T[]): T => all[randomInt(all.length)] as T;
  const branchBits = (): Damage => bitsOf(oneOf(oneOf(branchKeys())));
  /** Where the pages of one kind have what says where in them each entry lies. */
  const places = (isOne = (_page: Buffer): boolean => true): { at: number; length: number }[] =>
    Array.from({ length: bytes.length / PAGE }, (_, page) => page * PAGE)
      .filter((page) => [BRANCH, LEAF].includes(bytes.readUInt16LE(page + FLAGS)))
      .filter((page) => isOne(bytes.subarray(page, page + PAGE)))
      .map((page) => ({ at: page + HEADER, length: bytes.readUInt16LE(page + PLACES) }))
      .filter(({ length }) => length > 0);
  const bitsOf = ({ at, length }: { at: number; length: number }): Damage => ({
    byte: at + randomInt(length),
    bit: randomInt(8),
  });
  const nameBits = (): Damage => bitsOf(oneOf(places((page) => page.includes('single-'))));
  const placeBits = (): Damage => {
    const { at, length } = oneOf(places());
    return bitsOf(randomInt(2) === 0 ? { at, length } : { at: at - HEADER, length: HEADER });
  };
  const pages = (): Damage => ({ page: randomInt(bytes.length / PAGE) });

  it.each([
    ['flipped bits', FLIPS, bits],
    ['flipped bits of keys that searches go by', ASTRAY, branchBits],
    ['flipped bits of where a page has its names', LOST, nameBits],
    ['flipped bits of where a page has anything', MISPLACED, placeBits],
    ['zeroed pages', ZEROED, pages],
  ] as const)(
    'serves nothing that is wrong, and is noticed: %s',
    async (what, count, damage) => {
      const damages = Array.from({ length: count }, damage);
      const looks = await lookAt(damages);
      expect(looks).toHaveLength(count);
      const named = looks.map((look, place) => ({ damage: damages[place], ...look }));
      const isNoticed = ({ noticed = [] }: Partial<Look>) => noticed.length > 0;
      const isWrong = ({ wrong = [] }: Partial<Look>) => wrong.length > 0;
      const ended = looks.filter((look) => look === undefined).length;
      const noticed = named.filter(isNoticed).length;
      process.stdout.write(`${count} ${what}: ${noticed} noticed, ${ended} ended the process, the rest harmless\n`);
      expect(named.filter(isWrong)).toEqual([]);
      expect(noticed + ended).toBeGreaterThan(count / 50);
    },
    1_800_000,
  );
});

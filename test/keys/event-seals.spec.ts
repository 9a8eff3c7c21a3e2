import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { categories, patientStreams } from '../../events/categories.ts';
import { ERASED, type Sealable, type Sealed, sealedFieldsOf } from '../../events/sealed.ts';
import { Clock } from '../../src/clock.ts';
import { EnvelopeRefused, KeysUnavailable } from '../../src/keys/errors.ts';
import { ERASED_TEXT, EventSeals, ringOf } from '../../src/keys/event-seals.ts';
import { FileKms } from '../../src/keys/file-kms.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { LEDGER, subjectOf } from '../../src/keys/key-rows.ts';
import { Keys } from '../../src/keys/keys.ts';
import type { Kms } from '../../src/keys/kms.ts';

let folder: string;
let rows: KeyFile;
let kms: Kms & { isAway: boolean; isSilent: boolean };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seals-'));
  rows = KeyFile.open(join(folder, 'keys'));
  const file = await FileKms.open(join(folder, 'kek.json'), async () => true);
  const asked = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (kms.isSilent) await delay(2_000, undefined, { ref: false });
    if (kms.isAway || kms.isSilent) throw new KeysUnavailable('away');
    return answer();
  };
  kms = {
    ...{ kind: 'file', isAway: false, isSilent: false, close: () => file.close() },
    wrap: (key, context) => asked(() => file.wrap(key, context)),
    unwrap: (wrapped, context) => asked(() => file.unwrap(wrapped, context)),
  };
});
afterEach(async () => {
  await rows.close();
  await rm(folder, { recursive: true });
});

const keys = () => new Keys({ rows, kms, clock: new Clock() });
const stream = patientStreams.of('pat-1');
const metadata = {
  ...{ actor: { id: 'doc-1', roles: [] }, $correlationId: 'r', $causationId: 'r', requestId: 'r', appVersion: '1' },
};
const viewed = (reason: Sealable<string>) => ({
  ...{ type: 'RecordingViewed', id: randomUUID() as string, stream: stream as string, metadata },
  data: { patientId: 'pat-1', viewId: 'view-1', reason },
});
const owner = (eventId: string) => ({ personId: 'pat-1', eventId, field: 'reason' });
const sealedReason = async (seals: EventSeals, reason: string) => {
  const event = viewed(reason);
  const { data } = await seals.seal(stream, event);
  return { event: { ...event, data }, sealed: data.reason as Sealed };
};

describe('a field that is sealed', () => {
  it('is opened by its own event, field and person, on any instance, and by nothing else', async () => {
    const { event, sealed } = await sealedReason(new EventSeals(ringOf(keys())), 'chest pain');
    expect(JSON.stringify(event)).not.toContain('chest');
    const seals = new EventSeals(ringOf(keys()));
    expect((await seals.shown(event)).reason).toBe('chest pain');
    await seals.seal(patientStreams.of('pat-2'), { ...viewed('x'), data: { patientId: 'pat-2', reason: 'x' } });
    for (const other of [{ eventId: randomUUID() }, { field: 'text' }])
      await expect(seals.open(sealed, { ...owner(event.id), ...other })).rejects.toThrow(EnvelopeRefused);
    await expect(seals.open(sealed, { ...owner(event.id), personId: 'pat-2' })).rejects.toThrow(KeysUnavailable);
    const changed = { sealed: `${sealed.sealed.slice(0, -1)}${sealed.sealed.endsWith('A') ? 'B' : 'A'}` };
    await expect(seals.open(changed, owner(event.id))).rejects.toThrow(EnvelopeRefused);
  });

  it('is each that a schema marks, of every event', async () => {
    const seals = new EventSeals(ringOf(keys()));
    const marked = categories.flatMap(({ catalogue, of }) =>
      [...sealedFieldsOf(catalogue)].flatMap(([type, fields]) =>
        fields.map(({ field }) => ({ type, field, on: of('x') })),
      ),
    );
    expect(marked.length).toBeGreaterThan(5);
    for (const { type, field, on } of marked) {
      const data = {
        patientId: 'pat-1',
        personId: 'doc-1',
        auditorId: 'officer-1',
        [field]: { said: 'in confidence' },
      };
      const event = { type, id: randomUUID() as string, stream: on as string, data, metadata };
      const sealed = await seals.seal(on, event);
      expect(JSON.stringify(sealed)).not.toContain('confidence');
      expect(await new EventSeals(ringOf(keys())).shown({ ...event, data: sealed.data })).toEqual(data);
    }
  });

  it('tells neither how long its text is, to 32 bytes, nor that two texts are the same', async () => {
    const seals = new EventSeals(ringOf(keys()));
    const [short, long, again] = await Promise.all(
      ['no', 'not so very short', 'no'].map(async (text) => (await sealedReason(seals, text)).sealed.sealed),
    );
    expect(short?.length).toBe(long?.length);
    expect(short).not.toBe(again);
  });

  it('stays as it is where it says nothing, or where there are no keys', async () => {
    expect((await sealedReason(new EventSeals(ringOf(keys())), ' \n')).sealed).toBe(' \n');
    expect((await sealedReason(new EventSeals(ringOf(undefined)), 'chest pain')).sealed).toBe('chest pain');
  });

  it('is never copied into another event', async () => {
    const seals = new EventSeals(ringOf(keys()));
    const { sealed } = await sealedReason(seals, 'chest pain');
    await expect(seals.seal(stream, viewed(sealed))).rejects.toThrow('in another event');
  });

  it('reads as erased once the keys of its person are destroyed, and nothing more is kept of what is said then', async () => {
    const mine = keys();
    const seals = new EventSeals(ringOf(mine));
    const { event } = await sealedReason(seals, 'chest pain');
    await mine.destroy('pat-1', []);
    for (const one of [seals, new EventSeals(ringOf(keys()))]) {
      expect((await one.shown(event)).reason).toBe(ERASED_TEXT);
      const { event: later, sealed } = await sealedReason(one, 'said afterwards');
      expect(sealed).toEqual(ERASED);
      expect((await one.shown(later)).reason).toBe(ERASED_TEXT);
    }
  });

  it('never reads as erased, nor in clear, while its key cannot be had', async () => {
    const { event } = await sealedReason(new EventSeals(ringOf(keys())), 'chest pain');
    await expect(new EventSeals(ringOf(undefined)).shown(event)).rejects.toThrow(KeysUnavailable);
    kms.isAway = true;
    await expect(new EventSeals(ringOf(keys())).shown(event)).rejects.toThrow(KeysUnavailable);
    kms.isAway = false;
    const others = KeyFile.open(join(folder, 'others'));
    await expect(
      new EventSeals(ringOf(new Keys({ rows: others, kms, clock: new Clock() }))).shown(event),
    ).rejects.toThrow('is it the one of this ledger?');
    await others.close();
  });

  it('is not stored at all while its key cannot be had, and is where the key is in memory', async () => {
    const seals = new EventSeals(ringOf(keys()));
    await sealedReason(seals, 'chest pain');
    kms.isAway = true;
    expect((await sealedReason(seals, 'again')).sealed.sealed).toMatch(/^v1:/);
    const other = { ...viewed('chest pain'), data: { patientId: 'pat-2', reason: 'chest pain' } };
    await expect(seals.seal(patientStreams.of('pat-2'), other)).rejects.toThrow(KeysUnavailable);
  });
});

describe('the salt of an event', () => {
  const saltOf = async (seals: EventSeals, on: string = stream) => {
    const event = { type: 'ConsultationCompleted', id: randomUUID() as string, data: { patientId: 'pat-1' }, metadata };
    return { id: event.id, salt: (await seals.seal(on, event)).salt };
  };
  const opened = async (of: Keys, personId: string, { id, salt }: Awaited<ReturnType<typeof saltOf>>) =>
    JSON.stringify(salt).includes('sealed')
      ? (await of.openText({ personId, eventId: id, field: '$salt' }, (salt as Sealed).sealed)).trim()
      : salt;

  it('is 32 random bytes, in clear without keys', async () => {
    const seals = new EventSeals(ringOf(undefined));
    const [one, other] = [await saltOf(seals), await saltOf(seals)];
    expect(Buffer.from(one.salt as string, 'base64url')).toHaveLength(32);
    expect(one.salt).not.toBe(other.salt);
  });

  it('is sealed under the key of the one whose stream it is, or under the key of the ledger', async () => {
    const mine = keys();
    const seals = new EventSeals(ringOf(mine));
    const theirs = await saltOf(seals);
    expect(theirs.salt).not.toHaveProperty('of');
    expect(Buffer.from((await opened(mine, 'pat-1', theirs)) as string, 'base64url')).toHaveLength(32);
    const ours = await saltOf(seals, 'incident-1');
    expect(ours.salt).toMatchObject({ of: 'ledger' });
    expect(Buffer.from((await opened(mine, LEDGER, ours)) as string, 'base64url')).toHaveLength(32);
  });

  it('keeps no event off the record, of a person who was erased or while their key cannot be had', async () => {
    const mine = keys();
    const seals = new EventSeals(ringOf(mine));
    await mine.destroy('pat-1', []);
    expect((await saltOf(seals)).salt).toMatchObject({ of: 'ledger' });
    kms.isAway = true;
    expect((await saltOf(seals, 'viewer-2')).salt).toMatchObject({ of: 'ledger' });
    kms.isAway = false;
    kms.isSilent = true;
    const began = performance.now();
    const other = new EventSeals(ringOf(mine));
    for (const on of ['viewer-3', 'viewer-4', 'viewer-5'])
      expect((await saltOf(other, on)).salt).toMatchObject({ of: 'ledger' });
    expect(performance.now() - began).toBeLessThan(2_500);
    // Nor does it make a key for a person who is to have none.
    expect((await rows.of(subjectOf('pat-1'))).every(({ shreddedAt }) => shreddedAt !== undefined)).toBe(true);
  });
});

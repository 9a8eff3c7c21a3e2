import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { upcast } from '../../events/gate.ts';
import type { EventStore } from '../ledger/event-store.ts';
import { newestOf } from '../ledger/moving/copy.ts';
import { type Position, readAllRaw } from '../ledger/moving/raw-store.ts';
import type { ObjectKey } from '../objects/object-key.ts';
import { NoSuchObject, NotAnObject, type ObjectStore } from '../objects/object-store.ts';
import { sealedLength } from '../objects/sealed.ts';
import { SEALED_TYPE } from './media-type.ts';
import { recordingKey, sealIdIn, storedAs } from './recording-key.ts';
import type { SealedInEvent } from './sealing.ts';

/** A recording that the ledger says is there, and what its bytes must be. */
export type Filed = {
  readonly key: ObjectKey;
  /** Of the object, as is its hash. */
  readonly bytes: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly consultationId: string;
  /** Of the recording itself: a sealed object is longer. */
  readonly length: number;
};

export type Moved = {
  copied: number;
  /** Copied by an earlier run. */
  earlier: number;
  bytes: number;
  /** One line for each recording that could not be copied, or is not equal. */
  readonly problems: string[];
};

const AT_ONCE = 4;

/** Every recording that was stored and not erased, as far as it was read, by the key that it has in clear. */
export type Filing = { readonly filed: Map<string, Filed>; readTo: Position | 'start' };

export const nothingFiled = (): Filing => ({ filed: new Map(), readTo: 'start' });

/** Reads on from where it ended. @throws UnreadableEvent, and what the client throws */
export const readFiling = async (store: EventStore, filing: Filing): Promise<ReadonlyMap<string, Filed>> => {
  const filter = { types: ['RecordingStored', 'RecordingResealed', 'RecordingErased'] };
  const newest = await newestOf(store.raw);
  for await (const { stream, type, data } of readAllRaw(store.raw, { from: filing.readTo, filter })) {
    const event = upcast(stream, type, JSON.parse(data.toString('utf8')));
    if (event.type === 'RecordingStored') {
      const key = recordingKey(event.data);
      const { bytes, sha256, contentType, sealed } = event.data;
      const { consultationId } = event.data;
      const clear = { key, bytes, sha256, contentType, consultationId, length: bytes };
      filing.filed.set(key, sealed ? asSealed(clear, storedAs(event.data, sealIdIn(sealed)), sealed) : clear);
    } else if (event.type === 'RecordingResealed') {
      const { sealed } = event.data;
      const before = filing.filed.get(recordingKey(event.data));
      if (before)
        filing.filed.set(recordingKey(event.data), asSealed(before, storedAs(event.data, sealIdIn(sealed)), sealed));
    } else if (event.type === 'RecordingErased') filing.filed.delete(recordingKey(event.data));
  }
  filing.readTo = newest?.position ?? 'start';
  return filing.filed;
};

/** As it lies in the store: it is copied and compared as it is, without its key. */
const asSealed = (of: Filed, key: ObjectKey, { sha256 }: SealedInEvent): Filed => ({
  ...of,
  ...{ key, sha256, bytes: sealedLength(of.length), contentType: SEALED_TYPE },
});

/** The bytes are not those that the ledger says were stored. */
export class Damaged extends Error {}

export const isOfTheObject = (error: unknown): error is Error =>
  error instanceof Damaged || error instanceof NoSuchObject || error instanceof NotAnObject;

/**
 * Copies the recordings that the target lacks. An object is seen there only when its hash is the one in the event, so that an object under its name
 * and of its length was checked when it came.
 * @throws RecordingStoreUnavailable
 */
export const copyRecordings = async (
  filed: readonly Filed[],
  from: ObjectStore,
  to: ObjectStore,
  progress: (bytes: number) => void = () => {},
): Promise<Moved> => {
  const moved: Moved = { copied: 0, earlier: 0, bytes: 0, problems: [] };
  await eachOf(filed, async (recording) => {
    const { key, bytes, contentType } = recording;
    const found = await to.head(key).catch((error: unknown) => {
      if (error instanceof NoSuchObject) return undefined;
      throw error;
    });
    if (found && found.bytes !== bytes) {
      moved.problems.push(
        `${key}: the target has another object of this name, of ${found.bytes} bytes and not ${bytes}`,
      );
      return;
    }
    if (found) {
      moved.earlier += 1;
      progress(bytes);
      return;
    }
    try {
      const { stream } = await from.read(key);
      const checked = checking(recording, progress);
      await Promise.all([pipeline(stream, checked), to.write(key, checked, { contentType })]);
      moved.copied += 1;
      moved.bytes += bytes;
    } catch (error) {
      if (!isOfTheObject(error)) throw error;
      moved.problems.push(`${key}: ${error.message}`);
    }
  });
  return moved;
};

/** Reads every object at the target and compares its hash with the one in the event. @throws RecordingStoreUnavailable */
export const compareRecordings = async (
  filed: readonly Filed[],
  to: ObjectStore,
  progress: (bytes: number) => void = () => {},
): Promise<{ equal: number; problems: string[] }> => {
  const result = { equal: 0, problems: [] as string[] };
  await eachOf(filed, async (recording) => {
    try {
      const { stream } = await to.read(recording.key);
      const checked = checking(recording, progress);
      checked.resume();
      await pipeline(stream, checked);
      result.equal += 1;
    } catch (error) {
      if (!isOfTheObject(error)) throw error;
      result.problems.push(`${recording.key}: ${error.message}`);
    }
  });
  return result;
};

/** Passes bytes on, and fails at their end where they are not what they must be: the writer has not reached its own end then. */
export const checking = (
  { bytes, sha256 }: Pick<Filed, 'bytes' | 'sha256'>,
  progress: (bytes: number) => void,
): Transform => {
  const hash = createHash('sha256');
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      seen += chunk.length;
      progress(chunk.length);
      done(null, chunk);
    },
    flush(done) {
      const isSame = seen === bytes && hash.digest('hex') === sha256;
      done(isSame ? null : new Damaged('its bytes are not those that the ledger says were stored'));
    },
  });
};

export const eachOf = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
};

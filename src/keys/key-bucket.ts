import { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { type ObjectKey, objectKey } from '../objects/object-key.ts';
import { type Holding, NoSuchObject, ObjectKeyInUse, type ObjectStore } from '../objects/object-store.ts';
import { KeyStoreUnavailable, KeysDestroyed, KeysUnavailable } from './errors.ts';
import { destroyed, isDestroyed, type KeyRow, type KeyRows, noKeys, rowIn } from './key-rows.ts';

/*
 * Layout of a bucket of keys; no object is ever written over:
 *   <subject>/<keyId>.<n>        the row as it was wrapped for the n-th time; the highest counts
 *   <subject>/<keyId>.shredded   the key was destroyed, whatever else is there
 */
const NAME = /^([A-Za-z0-9_-]{1,64})\.(\d{1,9}|shredded)$/;
const SUBJECT = /^[0-9a-f]{64}$/;
const SHREDDED = 'shredded';
const json = { contentType: 'application/json' };
/** A key that is wrapped anew while it is read is read again. */
const TRIES = 5;
const LARGEST = 64 * 1024;

export const keyHolding: Holding = {
  noun: 'key',
  segments: [(subject) => SUBJECT.test(subject), (name) => NAME.test(name)],
  unavailable: KeyStoreUnavailable,
};

type Versions = { isShredded: boolean; readonly numbers: number[] };

/** Keys as objects of a bucket, for the instances of several machines. */
export class KeyBucket implements KeyRows {
  constructor(private readonly store: ObjectStore) {}

  async of(subject: string): Promise<readonly KeyRow[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        const found = await this.versionsOf(subject);
        return await Promise.all([...found].map(([keyId, versions]) => this.read(subject, keyId, versions)));
      } catch (error) {
        if (!(error instanceof NoSuchObject)) throw error;
        if (tries === TRIES) throw new KeysUnavailable('a key changes while it is read', { cause: error });
      }
    }
  }

  async add(row: KeyRow): Promise<void> {
    const { subject, keyId } = row;
    if (isDestroyed(row)) return this.write(nameOf(subject, keyId, SHREDDED), row);
    const mine = nameOf(subject, keyId, 0);
    await this.write(mine, row);
    // Their keys may be destroyed while the KMS wraps one more: who is second of the two sees the other's.
    if (![...(await this.versionsOf(subject)).values()].some(({ isShredded }) => isShredded)) return;
    await this.store.delete(mine);
    throw new KeysDestroyed();
  }

  async rewrap(row: KeyRow): Promise<boolean> {
    const { subject, keyId } = row;
    const before = (await this.versionsOf(subject)).get(keyId);
    const newest = Math.max(...(before?.numbers ?? []));
    if (!before || before.isShredded || before.numbers.length === 0) return false;
    const mine = nameOf(subject, keyId, newest + 1);
    try {
      await this.write(mine, row);
    } catch (error) {
      if (error instanceof ObjectKeyInUse) return false; // Another process wraps it anew.
      throw error;
    }
    // Destroyed meanwhile: the new version must not outlive that.
    if ((await this.versionsOf(subject)).get(keyId)?.isShredded) {
      await this.store.delete(mine);
      return false;
    }
    for (const number of before.numbers) await this.store.delete(nameOf(subject, keyId, number));
    return true;
  }

  async shred(subject: string, at: Date): Promise<readonly string[]> {
    const found = await this.of(subject);
    const none = noKeys(uuidv7(), subject, at);
    const rows = found.length > 0 ? found.filter((row) => !isDestroyed(row)).map((row) => destroyed(row, at)) : [none];
    for (const row of rows)
      await this.write(nameOf(subject, row.keyId, SHREDDED), row).catch((error: unknown) => {
        if (!(error instanceof ObjectKeyInUse)) throw error;
      });
    for (const [keyId, { numbers }] of await this.versionsOf(subject))
      for (const number of numbers) await this.store.delete(nameOf(subject, keyId, number));
    return (found.length > 0 ? found : [none]).map(({ keyId }) => keyId);
  }

  async *all(): AsyncGenerator<KeyRow> {
    let last: string | undefined;
    for await (const page of this.store.list())
      for (const { key } of page) {
        const [subject = ''] = key.split('/');
        if (subject === last) continue;
        last = subject;
        yield* await this.of(subject);
      }
  }

  async close(): Promise<void> {
    this.store.close();
  }

  private async versionsOf(subject: string): Promise<Map<string, Versions>> {
    const found = new Map<string, Versions>();
    for await (const page of this.store.list(undefined, subject))
      for (const { key } of page) {
        const [, keyId = '', version = ''] = NAME.exec(key.slice(subject.length + 1)) ?? [];
        const versions = found.get(keyId) ?? { isShredded: false, numbers: [] };
        found.set(keyId, versions);
        if (version === SHREDDED) versions.isShredded = true;
        else versions.numbers.push(Number(version));
      }
    return found;
  }

  private async read(subject: string, keyId: string, { isShredded, numbers }: Versions): Promise<KeyRow> {
    const { stream, totalBytes } = await this.store.read(
      nameOf(subject, keyId, isShredded ? SHREDDED : Math.max(...numbers)),
    );
    if (totalBytes > LARGEST) {
      stream.destroy();
      throw new KeysUnavailable('an object of the key store is none of its own');
    }
    const row = rowIn(Buffer.concat(await stream.toArray()).toString('utf8'));
    if (row.subject === subject && row.keyId === keyId) return row;
    throw new KeysUnavailable('an object of the key store lies under the name of another');
  }

  private async write(key: ObjectKey, row: KeyRow): Promise<void> {
    await this.store.write(key, Readable.from([Buffer.from(JSON.stringify(row))], { objectMode: false }), json);
  }
}

const nameOf = (subject: string, keyId: string, version: number | typeof SHREDDED): ObjectKey =>
  objectKey(`${subject}/${keyId}.${version}`, keyHolding);

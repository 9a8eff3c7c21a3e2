import { randomBytes, randomUUID } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { refused } from '../config/data-dir.ts';
import { keptFile } from '../config/kept-file.ts';
import { syncFolder } from '../flow/folder.ts';
import { KeysUnavailable } from './errors.ts';
import { contextText, KEY_BYTES, type KeyContext, type Kms, type Wrapped } from './kms.ts';
import { unwrapKey, wrapKey } from './seal-key.ts';

const KeyText = z.base64().refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES);
/** The newest first. Older ones stay: back-ups of the key store may hold keys that are wrapped with them. */
const KeyFile = z.strictObject({ keys: z.array(z.strictObject({ id: z.uuid(), key: KeyText })).min(1) });
type KeyFile = z.output<typeof KeyFile>;

const OTHERS = 0o077;
const KIND = 'file:';

type Kek = { readonly id: string; readonly key: Buffer };

const newKey = () => ({ id: randomUUID(), key: randomBytes(KEY_BYTES).toString('base64') });

/** Key-encryption keys in a file of this user alone: for development, and for a single machine that has no KMS. */
export class FileKms implements Kms {
  readonly kind = 'file';

  private constructor(
    private readonly path: string,
    private keys: readonly Kek[],
  ) {}

  /**
   * @param mayBegin whether the file is made where there is none: not where keys were wrapped before, since another one opens none of them
   * @throws ConfigError when the file cannot be read, is open to others, or holds no such keys
   */
  static async open(path: string, mayBegin: () => Promise<boolean>): Promise<FileKms> {
    const text = await keptFile(path, async () => {
      if (!(await mayBegin()))
        throw refused(`${path} is not there, and keys that it opens are in the key store: put the file back`);
      return JSON.stringify({ keys: [newKey()] });
    });
    if (((await stat(path)).mode & OTHERS) !== 0) throw refused(`${path} is open to others: chmod 600 it`);
    syncFolder(dirname(path));
    return new FileKms(path, keksIn(path, text));
  }

  /** A further key, which is the newest from the next `open` on; instances that run read it when they need it. @throws ConfigError */
  static async renew(path: string): Promise<void> {
    const { keys } = parsed(path, await readFile(path, 'utf8'));
    const aside = `${path}.${randomUUID()}`;
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify({ keys: [newKey(), ...keys] }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    // Before a key is wrapped with it.
    syncFolder(dirname(path));
  }

  async wrap(key: Buffer, context: KeyContext): Promise<Wrapped> {
    const [newest] = this.keys;
    if (!newest) throw new KeysUnavailable('the file of key-encryption keys is closed');
    return { kek: KIND + newest.id, wrapped: wrapKey(key, newest.key, contextText(context)) };
  }

  async unwrap({ kek, wrapped }: Wrapped, context: KeyContext): Promise<Buffer> {
    const under = this.find(kek) ?? (await this.reread(kek));
    if (!under)
      throw new KeysUnavailable(
        'the key-encryption key is not in the file under DATA_DIR: check KEYS_KMS, or put the file back',
      );
    const key = unwrapKey(wrapped, under.key, contextText(context));
    if (!key) throw new KeysUnavailable('a wrapped key was changed since it was stored: check the key store');
    return key;
  }

  close(): void {
    for (const { key } of this.keys) key.fill(0);
    this.keys = [];
  }

  private find(kek: string): Kek | undefined {
    return this.keys.find(({ id }) => KIND + id === kek);
  }

  /** A key that was wrapped anew since the file was read is under a newer one. */
  private async reread(kek: string): Promise<Kek | undefined> {
    const text = await readFile(this.path, 'utf8').catch((cause: unknown) => {
      throw new KeysUnavailable('the file of key-encryption keys under DATA_DIR cannot be read', { cause });
    });
    this.keys = keksIn(this.path, text);
    return this.find(kek);
  }
}

const keksIn = (path: string, text: string): Kek[] =>
  parsed(path, text).keys.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }));

const parsed = (path: string, text: string): KeyFile => {
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch {
    // Neither the text nor the parser's message may reach a terminal or a log: the file holds keys.
    throw refused(`${path} holds no key-encryption keys: put the right file back`);
  }
};

import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { type IdFile, IdRow } from './id-file.ts';
import { KeyRow, type KeyRows } from './key-rows.ts';

/*
 * A back-up of the key store, a line of JSON each:
 *   {"keys-backup": 1, "at": …}
 *   … rows, as they are kept: wrapped
 *   … with PATIENT_ID_MODE=pseudonym whose ids are whose, as it is kept: sealed
 *   {"rows": n, "sha256": of every line before, with its end}
 */
const FORMAT = 1;
const Head = z.strictObject({ 'keys-backup': z.literal(FORMAT), at: z.iso.datetime() });
const Foot = z.strictObject({ rows: z.int().nonnegative(), sha256: z.string() });

/** Backed up together: an erasure takes from both. */
type Kept = { readonly rows: KeyRows; readonly ids?: IdFile | undefined };

/** The file is no back-up of keys, or not a whole one. */
export class BackupUnusable extends Error {}

/**
 * Writes every row into one file of this user alone, durable once it resolves. No event and no key in clear is in it.
 * @throws KeysUnavailable, KeyStoreUnavailable; what the file system says, with nothing left of the file
 */
export const backUp = async (
  { rows, ids }: Kept,
  path: string,
  at: Date,
): Promise<{ readonly keys: number; readonly people: number }> => {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const write = async (line: object): Promise<void> => {
      const text = `${JSON.stringify(line)}\n`;
      hash.update(text);
      await file.appendFile(text);
    };
    await write({ 'keys-backup': FORMAT, at: at.toISOString() });
    const count = { keys: 0, people: 0 };
    for await (const row of rows.all()) {
      await write(row);
      count.keys += 1;
    }
    for (const row of ids?.all() ?? []) {
      await write(row);
      count.people += 1;
    }
    await write({ rows: count.keys + count.people, sha256: hash.copy().digest('hex') });
    await file.sync();
    return count;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
};

export type Restored = {
  added: number;
  /** Were in the store. */
  known: number;
  /** Destroyed in the store, so that they are not brought back; or destroyed by what the back-up says. */
  destroyed: number;
  /** Of whom the store did not know the id. */
  people: number;
};

/**
 * Adds the rows of a back-up that the store lacks. A key that was destroyed on either side is destroyed afterwards; no row that is there is written over.
 * The file is read whole before the first row is written.
 * @throws BackupUnusable, KeysUnavailable, KeyStoreUnavailable
 */
export const restoreInto = async ({ rows, ids }: Kept, path: string): Promise<Restored> => {
  const done = { added: 0, known: 0, destroyed: 0, people: 0 };
  const { keys, people } = await rowsOf(path);
  if (people.length > 0 && !ids)
    throw new BackupUnusable(
      `${path} says whose ids are whose: set PATIENT_ID_MODE=pseudonym, and its PATIENT_ID_SECRET`,
    );
  for (const person of people) if (await ids?.add(person)) done.people += 1;
  for (const [subject, theirs] of bySubject(keys)) {
    const ours = await rows.of(subject);
    const shredded = [...ours, ...theirs].find(({ shreddedAt }) => shreddedAt !== undefined)?.shreddedAt;
    if (shredded !== undefined) {
      for (const row of theirs.filter(({ keyId }) => !ours.some((own) => own.keyId === keyId)))
        await rows.add({ ...row, kek: 'none', wrapped: '', shreddedAt: row.shreddedAt ?? shredded });
      done.destroyed += (await rows.shred(subject, new Date(shredded))).length;
      continue;
    }
    for (const row of theirs) {
      if (ours.some(({ keyId }) => keyId === row.keyId)) done.known += 1;
      else {
        await rows.add(row);
        done.added += 1;
      }
    }
  }
  return done;
};

const bySubject = (rows: readonly KeyRow[]): ReadonlyMap<string, readonly KeyRow[]> => {
  const found = new Map<string, KeyRow[]>();
  for (const row of rows) found.set(row.subject, [...(found.get(row.subject) ?? []), row]);
  return found;
};

/** @throws BackupUnusable */
const rowsOf = async (path: string): Promise<{ readonly keys: KeyRow[]; readonly people: IdRow[] }> => {
  const text = await readFile(path, 'utf8');
  const lines = text.trimEnd().split('\n');
  const json = (line: string | undefined): unknown => {
    try {
      return JSON.parse(line ?? '');
    } catch {
      throw new BackupUnusable(`${path} is no back-up of keys`);
    }
  };
  if (!Head.safeParse(json(lines[0])).success) throw new BackupUnusable(`${path} is no back-up of keys`);
  const last = lines.at(-1) ?? '';
  const foot = Foot.safeParse(json(last));
  const before = text.slice(0, text.lastIndexOf(last));
  if (!foot.success || createHash('sha256').update(before).digest('hex') !== foot.data.sha256)
    throw new BackupUnusable(`${path} is not whole, or was changed: take another back-up`);
  const rows = z.array(z.union([KeyRow, IdRow])).safeParse(lines.slice(1, -1).map(json));
  if (rows.success && rows.data.length === foot.data.rows)
    return {
      keys: rows.data.filter((row) => 'keyId' in row),
      people: rows.data.filter((row) => 'ledgerId' in row),
    };
  throw new BackupUnusable(`${path} holds rows that are none of a key store`);
};

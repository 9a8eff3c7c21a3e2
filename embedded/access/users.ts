import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Metadata } from '@grpc/grpc-js';
import { z } from 'zod';
import { privateFolder, readIfThere, writePrivately } from './private-files.ts';

const usersSchema = z.strictObject({
  users: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]+$/),
        password: z.string().min(8),
        groups: z.array(z.string()),
      }),
    )
    .min(1),
});
export type User = z.infer<typeof usersSchema>['users'][number];

/** What can't be understood in the data folder's users file. */
export class UsersUnreadable extends Error {
  readonly code = 'users-unreadable';
}

/** A user whose password was right. */
export type Caller = Pick<User, 'name' | 'groups'>;

/**
 * The users of a data folder: made with random passwords on the first start, and kept in `access/users.json`, which
 * only the owner may read. `admin` is in `$admins` as in EventStoreDB; `application` is an ordinary user.
 * @throws UsersUnreadable
 */
export const usersOf = (dir: string): User[] => {
  const folder = join(dir, 'access');
  privateFolder(folder);
  const file = join(folder, 'users.json');
  const stored = readIfThere(file);
  if (stored !== undefined) return parsedUsers(file, stored);
  const password = () => randomBytes(24).toString('base64url');
  const users = [
    { name: 'admin', password: password(), groups: ['$admins'] },
    { name: 'application', password: password(), groups: [] },
  ];
  writePrivately(file, `${JSON.stringify({ users }, undefined, 2)}\n`);
  return users;
};

const parsedUsers = (file: string, stored: string): User[] => {
  try {
    return usersSchema.parse(JSON.parse(stored)).users;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UsersUnreadable(`${file} can't be used: ${why}`, { cause });
  }
};

/**
 * Who makes a call: the caller, 'nobody' when the call carries no credentials, 'refused' when they are wrong.
 * Digests are compared, in constant time, so that the time taken tells nothing about a password.
 */
export const recognise = (users: readonly User[]): ((metadata: Metadata) => Caller | 'nobody' | 'refused') => {
  const known = users.map((user) => ({ user, digest: digest(`Basic ${basic(user.name, user.password)}`) }));
  return (metadata) => {
    const [header] = metadata.get('authorization');
    if (header === undefined) return 'nobody';
    const presented = digest(header.toString().replace(/^basic +/i, 'Basic '));
    let caller: Caller | 'refused' = 'refused';
    for (const { user, digest } of known) if (timingSafeEqual(digest, presented)) caller = user;
    return caller;
  };
};

const basic = (name: string, password: string): string => Buffer.from(`${name}:${password}`).toString('base64');
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

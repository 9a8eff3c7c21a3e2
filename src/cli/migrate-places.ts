import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { reasonOf } from '../ledger/client.ts';
import { EmbeddedNode } from '../ledger/embedded-node.ts';
import { EventStore } from '../ledger/event-store.ts';
import { openStore } from '../ledger/store-settings.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { recordingBucket, recordingFiles } from '../recordings/stores.ts';
import { UsageError } from './command.ts';

/** A store that is moved from or to. */
export type Place = {
  readonly store: EventStore;
  /** Hosts or a folder: safe to be shown and to be written into events. */
  readonly name: string;
  /** No other process can write to it: its node was started here. */
  readonly isOurs: boolean;
  close(): Promise<void>;
};

/** Another connection, that is asked at once: no subscription follows the store here and could say that it is back. */
export const reconnect = (store: EventStore, why: string): void => {
  store.reconnect(why);
  store.up();
};

/** Reading a page may wait behind a busy disk; a move is in less of a hurry than a request. */
const TIMEOUT_MS = 30_000;

/**
 * `esdb://…`; `@file` with that in it, as text or as the JSON that the embedded node writes, so that no password is seen in the list of
 * processes; or the DATA_DIR of an embedded store that is not running.
 * @param setting where it was given, so that of two stores the one that refuses is named
 * @throws ConfigError, UsageError, and why the store does not answer
 */
export const openPlace = async (given: string, setting: string, mayBegin: boolean): Promise<Place> => {
  const address = given.startsWith('@') ? await connectionIn(given.slice(1)) : given;
  if (/^esdb(\+discover)?:/.test(address)) {
    const [name, store] = [hostsOf(address), await openStore(address, setting, TIMEOUT_MS)];
    await store.probe().catch(async (error: unknown) => {
      await store.close();
      throw new Error(`${name} (${setting}) cannot be reached: ${reasonOf(error)}`, { cause: error });
    });
    return { store, name, isOurs: false, close: () => store.close() };
  }
  if (address.includes('://')) throw new UsageError('a store is esdb://…, @file or the DATA_DIR of an embedded store');
  const dir = join(resolve(address), 'eventstore');
  if (!mayBegin && !existsSync(join(dir, 'events.mdb'))) throw new Error(`there is no embedded store in ${dir}`);
  const node = new EmbeddedNode(dir).reportTo(() => undefined);
  let connectionString: string;
  try {
    connectionString = await node.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${why}\nIf the application runs on it, stop it, or name the running store: @${join(dir, 'access', 'credentials-admin.json')}`,
    );
  }
  const store = new EventStore(connectionString, TIMEOUT_MS);
  node.onDied = () => reconnect(store, 'the embedded event store ended');
  return {
    store,
    name: resolve(address),
    isOurs: true,
    close: async () => {
      await store.close();
      await node.stop();
    },
  };
};

/** The store that the application's own settings name. */
export const placeOf = ({ storeUrl, dataDir }: Config): string => storeUrl ?? dataDir;

const connectionIn = async (file: string): Promise<string> => {
  const text = (await readFile(file, 'utf8')).trim();
  if (!text.startsWith('{')) return text;
  const { connectionString } = JSON.parse(text) as { connectionString?: unknown };
  if (typeof connectionString !== 'string') throw new UsageError(`${file} has no connectionString`);
  return connectionString;
};

/** Without the user, the password and the options. */
const hostsOf = (address: string): string => {
  const [, rest = ''] = address.split('://');
  const [authority = ''] = rest.split(/[/?]/, 1);
  return authority.slice(authority.lastIndexOf('@') + 1);
};

export type Recordings = { readonly store: ObjectStore; readonly name: string };

/**
 * `s3://bucket?endpoint=…&region=…&forcePathStyle=true&sse=…&sseKmsKeyId=…`, or the folder that they lie in. Credentials come from where the
 * AWS SDK finds them.
 */
export const openRecordings = async (given: string, { recordings }: Config): Promise<Recordings> => {
  if (!given.startsWith('s3://')) return { store: recordingFiles({ folder: resolve(given) }), name: resolve(given) };
  const { hostname: bucket, searchParams } = new URL(given);
  const allowed = ['endpoint', 'region', 'forcePathStyle', 'sse', 'sseKmsKeyId'];
  for (const name of searchParams.keys())
    if (!allowed.includes(name)) throw new UsageError(`s3://${bucket} takes ${allowed.join(', ')}, not ${name}`);
  const of = (name: string) => searchParams.get(name) ?? undefined;
  const sse = of('sse') as 'AES256' | 'aws:kms' | undefined;
  if (sse !== undefined && sse !== 'AES256' && sse !== 'aws:kms')
    throw new UsageError(`s3://${bucket}: sse is AES256 or aws:kms`);
  const store = await recordingBucket({
    ...{ bucket, maxBytes: recordings.maxBytes, forcePathStyle: of('forcePathStyle') === 'true' },
    ...optional('endpoint', of('endpoint')),
    ...optional('region', of('region')),
    ...optional('sse', sse),
    ...optional('sseKmsKeyId', of('sseKmsKeyId')),
  });
  return { store, name: `s3://${bucket}` };
};

/** Those that the application's own settings name. */
export const recordingsOf = async (config: Config): Promise<Recordings> => {
  const { s3, maxBytes } = config.recordings;
  return s3
    ? { store: await recordingBucket({ ...s3, maxBytes }), name: `s3://${s3.bucket}` }
    : openRecordings(join(config.dataDir, 'recordings'), config);
};

const optional = <const K extends string, const V>(name: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { [P in K]: V });

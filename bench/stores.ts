import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import pg from 'pg';
import type { Postgresql } from './postgresql.ts';
import { startEmbeddedNode, stopServer } from './server-process.ts';

/* Event stores behind one face, each through the client that people use with it. */

export type Appended = {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly number: number; readonly filler: string };
  readonly metadata: { readonly $correlationId: string };
};

export type Store = {
  readonly name: string;
  /** A new stream's name. */
  stream(): string;
  /** Appends one event to a stream whose last revision is `last`, -1 where there is none. Rejects when it isn't. */
  append(stream: string, last: number, event: Appended): Promise<unknown>;
  /** How many events it holds of streams that `stream` named. */
  stored(): Promise<number>;
  close(): Promise<void>;
};

const patientStream = () => `patient-${randomUUID()}`;

export const embeddedNode = async (dir: string): Promise<Store> => {
  const node = await startEmbeddedNode(dir);
  const { client } = node;
  return {
    name: 'embedded node',
    stream: patientStream,
    append: (stream, last, { id, type, data, metadata }) =>
      client.appendToStream(stream, jsonEvent({ id, type, data, metadata }), {
        expectedRevision: last < 0 ? NO_STREAM : BigInt(last),
      }),
    stored: async () => {
      let events = 0;
      for await (const { event } of client.readAll()) if (event?.streamId.startsWith('patient-')) events++;
      return events;
    },
    close: () => stopServer(node),
  };
};

/** One row for each event, and a unique index for its stream and revision: the least that could be called a ledger. */
export const plainInserts = async ({ connection }: Postgresql): Promise<Store> => {
  const pool = new pg.Pool(connection);
  await pool.query(`create table if not exists events (
    position bigserial primary key, stream text not null, revision bigint not null, id uuid not null,
    type text not null, data jsonb not null, metadata jsonb not null,
    created timestamptz not null default now(), unique (stream, revision))`);
  return {
    name: 'plain inserts',
    stream: patientStream,
    append: (stream, last, { id, type, data, metadata }) =>
      pool.query({
        name: 'append',
        text: 'insert into events (stream, revision, id, type, data, metadata) values ($1, $2, $3, $4, $5, $6)',
        values: [stream, last + 1, id, type, data, metadata],
      }),
    stored: () => counted(pool, 'events'),
    close: () => pool.end(),
  };
};

/** Files of message-db, in the order of its own install script. */
const MESSAGE_DB = [
  'schema/message-store',
  'extensions/pgcrypto',
  'tables/messages',
  'types/message',
  ...['message-store-version', 'hash-64', 'acquire-lock', 'category', 'is-category', 'id', 'cardinal-id'],
  ...['stream-version', 'write-message', 'get-stream-messages', 'get-category-messages', 'get-last-stream-message'],
  ...['messages-category', 'messages-id', 'messages-stream'],
].map((name) => (name.includes('/') ? name : `${name.startsWith('messages-') ? 'indexes' : 'functions'}/${name}`));

export const installMessageDb = async (postgresql: Postgresql): Promise<void> => {
  const root = dirname(createRequire(import.meta.url).resolve('@eventide/message-db/package.json'));
  const client = new pg.Client({ ...postgresql.connection, options: '-c search_path=message_store,public' });
  await client.connect();
  for (const name of MESSAGE_DB) await client.query(await readFile(join(root, 'database', `${name}.sql`), 'utf8'));
  await client.end();
};

/** @param prefix of stream names. What stands before their first hyphen is the category, and each is written to by one at a time. */
export const messageDb = async ({ connection }: Postgresql, name: string, prefix: string): Promise<Store> => {
  const pool = new pg.Pool({ ...connection, options: '-c search_path=message_store,public' });
  return {
    name,
    stream: () => `${prefix}${randomUUID()}`,
    append: (stream, last, { id, type, data, metadata }) =>
      pool.query({
        name: 'append',
        text: 'select message_store.write_message($1, $2, $3, $4, $5, $6)',
        values: [id, stream, type, data, metadata, last],
      }),
    stored: () => counted(pool, 'message_store.messages', `stream_name like '${prefix}%'`),
    close: () => pool.end(),
  };
};

/** What of emmett-postgresql is called here. */
type Emmett = {
  getPostgreSQLEventStore(
    connectionString: string,
    options: { connectionOptions: { pool: pg.Pool } },
  ): {
    readonly schema: { migrate(): Promise<unknown> };
    appendToStream(
      stream: string,
      events: readonly Omit<Appended, 'id'>[],
      options: { expectedStreamVersion: bigint },
    ): Promise<unknown>;
    close(): Promise<void>;
  };
};

/** Its author grants no license yet, so it is no dependency: it is installed into the temporary folder. */
export const installEmmett = async (folder: string): Promise<Emmett> => {
  await mkdir(folder);
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(fileURLToPath(new URL(`../../bench/emmett/${file}`, import.meta.url)), join(folder, file));
  }
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return createRequire(join(folder, 'package.json'))('@event-driven-io/emmett-postgresql') as Emmett;
};

export const emmett = async ({ connection }: Postgresql, library: Emmett): Promise<Store> => {
  const { host, user, database } = connection;
  const connectionString = `postgresql://${user}@${encodeURIComponent(host ?? '')}/${database}`;
  const pool = new pg.Pool(connection);
  const store = library.getPostgreSQLEventStore(connectionString, { connectionOptions: { pool } });
  await store.schema.migrate();
  return {
    name: 'emmett-postgresql',
    stream: patientStream,
    // It counts events where others count from 0.
    append: (stream, last, { type, data, metadata }) =>
      store.appendToStream(stream, [{ type, data, metadata }], { expectedStreamVersion: BigInt(last + 1) }),
    stored: () => counted(pool, 'emt_messages'),
    close: async () => {
      await store.close();
      if (!pool.ended) await pool.end();
    },
  };
};

const counted = async (pool: pg.Pool, table: string, which = 'true'): Promise<number> =>
  Number((await pool.query(`select count(*) from ${table} where ${which}`)).rows[0]?.count);

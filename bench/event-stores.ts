import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Postgresql, startPostgresql } from './postgresql.ts';
import { alternate, perSecond, report, WARM_UP } from './rounds.ts';
import {
  type Appended,
  embeddedNode,
  emmett,
  installEmmett,
  installMessageDb,
  messageDb,
  plainInserts,
  type Store,
} from './stores.ts';

/*
 * Durable appends to the embedded node, through the official client, against the same appends to event stores on
 * PostgreSQL, and against bare inserts. Each store gets the client that people use with it, and every append is one
 * event that is acknowledged once it is on disk.
 *
 * All of them check the expected revision: each append names the revision it believes the stream to have, and each
 * store is first seen to refuse a wrong one. The embedded node checks the event's id besides; message-db has a unique
 * index on it too; emmett and the inserts don't look.
 */
const ROUNDS = 11;
const APPENDS = 4_000;
const WRITERS = [16, 64];
/** PostgreSQL's default of 100 connections serves one store at a time. */
const CONNECTIONS = Math.max(...WRITERS);

const event = (number: number): Appended => ({
  id: randomUUID(),
  type: 'ConsultationBooked',
  data: { number, filler: 'x'.repeat(300) },
  metadata: { $correlationId: randomUUID() },
});

/** Events that were acknowledged, by store, to be found again in the end. */
const acknowledged = new Map<Store, number>();
const acknowledge = (store: Store) => acknowledged.set(store, (acknowledged.get(store) ?? 0) + 1);

/** Appends per second with so many writers, each on a stream of its own. */
const appendRate = async (store: Store, writers: number, appends = APPENDS): Promise<number> => {
  let next = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      const stream = store.stream();
      for (let last = -1; next < appends; last++) {
        await store.append(stream, last, event(next++));
        acknowledge(store);
      }
    }),
  );
  return (next / (performance.now() - begun)) * 1_000;
};

/** A store that took an append to a revision which another one has would win for the wrong reason. */
const refusesWrongRevisions = async (store: Store): Promise<void> => {
  const stream = store.stream();
  for (const last of [-1, 0]) {
    await store.append(stream, last, event(0));
    acknowledge(store);
  }
  for (const last of [-1, 0]) {
    const refused = await store.append(stream, last, event(0)).then(
      () => false,
      () => true,
    );
    if (!refused) throw new Error(`${store.name} took an append to revision ${last} of a stream that is at 1.`);
  }
};

const compare = async (node: Store, other: Store, goal: number | undefined): Promise<void> => {
  await refusesWrongRevisions(other);
  // Compiled code and opened connections are no part of what is measured.
  for (const store of [node, other]) await appendRate(store, CONNECTIONS, WARM_UP);
  for (const writers of WRITERS) {
    const { a, b, ratio } = await alternate(
      ROUNDS,
      () => appendRate(node, writers),
      () => appendRate(other, writers),
    );
    report(
      `durable append, ${writers} writers: embedded node against ${other.name}`,
      `${perSecond(a)} against ${perSecond(b)}`,
      ratio,
      goal === undefined ? undefined : { atLeast: goal },
    );
  }
  const [expected, found] = [acknowledged.get(other), await other.stored()];
  if (found !== expected) throw new Error(`${other.name} acknowledged ${expected} events and has ${found}.`);
};

const describeSettings = async ({ connection }: Postgresql, folder: string): Promise<void> => {
  const client = new pg.Client(connection);
  await client.connect();
  const setting = async (name: string) => String((await client.query(`show ${name}`)).rows[0]?.[name]);
  const named = [
    'fsync',
    'synchronous_commit',
    'wal_sync_method',
    'full_page_writes',
    'shared_buffers',
    'max_wal_size',
  ];
  const shown: string[] = [];
  for (const name of named) shown.push(`${name}=${await setting(name)}`);
  const version = await setting('server_version');
  await client.end();
  const fileSystem = execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim();
  console.log(
    `      PostgreSQL ${version} as initdb leaves it: ${shown.join(', ')};\n` +
      `      pools of ${CONNECTIONS} connections through a unix socket, prepared statements where the client has them.\n` +
      `      Embedded node over loopback TCP, without TLS as PostgreSQL. All files on one ${fileSystem} file system.\n` +
      `      ${ROUNDS} rounds of ${APPENDS.toLocaleString('en')} appends each, in turn; medians. Load before: ${loadavg()[0]?.toFixed(2)}\n`,
  );
  for (const on of ['fsync=on', 'synchronous_commit=on']) {
    if (!shown.includes(on)) throw new Error(`PostgreSQL would not be durable: ${on} is needed.`);
  }
};

const folder = await mkdtemp(join(tmpdir(), 'bench-event-stores-'));
const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
const endAll = async () => {
  // One that can't end must not keep the others.
  for (const each of ends.reverse()) await each().catch((error: unknown) => console.error(error));
};
let ending: Promise<void> | undefined;
const end = () => {
  ending ??= endAll();
  return ending;
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(1)));
}
try {
  const postgresql = await startPostgresql(join(folder, 'postgresql'), CONNECTIONS);
  ends.push(() => postgresql.stop());
  const node = await embeddedNode(join(folder, 'embedded'));
  ends.push(() => node.close());
  await describeSettings(postgresql, folder);
  await refusesWrongRevisions(node);
  await installMessageDb(postgresql);
  const library = await installEmmett(join(folder, 'emmett'));
  const others: [() => Promise<Store>, goal?: number][] = [
    [() => emmett(postgresql, library), 2],
    // A category is a kind of thing, so the ledger's streams of patients are of one; message-db writes to it in turn.
    [() => messageDb(postgresql, 'message-db, all streams in one category', 'patient-'), 2],
    [() => messageDb(postgresql, 'message-db, a category for each stream', 'person')],
    [() => plainInserts(postgresql)],
  ];
  for (const [open, goal] of others) {
    const other = await open();
    try {
      await compare(node, other, goal);
    } finally {
      await other.close();
    }
  }
  const [expected, found] = [acknowledged.get(node), await node.stored()];
  if (found !== expected) throw new Error(`The embedded node acknowledged ${expected} events and has ${found}.`);
} finally {
  await end();
}

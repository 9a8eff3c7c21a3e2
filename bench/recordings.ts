import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { v7 } from 'uuid';
import type { ByteRange, ObjectStore } from '../src/objects/object-store.ts';
import type { ChunkOwner } from '../src/recordings/chunks.ts';
import { ingest } from '../src/recordings/ingest.ts';
import { openProvedRange } from '../src/recordings/proved-range.ts';
import { recordingKey } from '../src/recordings/recording-key.ts';
import { recordingBucket, recordingFiles } from '../src/recordings/stores.ts';
import { transfer } from '../src/recordings/transfer.ts';
import { alternate, report } from './rounds.ts';

/**
 * What measuring, hashing and cutting cost: the recordings' pipeline against the bare store, in turn, in this process.
 * With S3_BUCKET set (and S3_ENDPOINT, S3_FORCE_PATH_STYLE, the SDK's credentials) on S3, otherwise on files.
 */
const ROUNDS = 7;
const MIB = 2 ** 20;
const SIZE = 256 * MIB;
const CHUNK = 64 * 1024;
const claimedType = 'video/webm';

/** An EBML header that says WebM, then noise: what is sniffed, and nothing that would compress or be skipped. */
const head = Buffer.from(
  '1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff',
  'hex',
);
const noise = Buffer.alloc(CHUNK);
for (let at = 0; at < CHUNK; at += 1) noise[at] = (at * 251 + (at >> 7)) % 256;
const first = Buffer.from(noise);
head.copy(first);

const body = (): Readable =>
  Readable.from(
    (function* () {
      yield first;
      for (let at = CHUNK; at < SIZE; at += CHUNK) yield noise;
    })(),
    { objectMode: false },
  );

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

const expected = createHash('sha256');
for await (const chunk of body()) expected.update(chunk as Buffer);
const sha256 = expected.digest('hex');

const measure = async (name: string, store: ObjectStore) => {
  const freshOwner = () => ({ patientId: 'bench', recordingId: v7() });
  const rate = async (work: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    await work();
    return SIZE / MIB / ((performance.now() - from) / 1_000);
  };
  const upload = async (write: (owner: ChunkOwner) => Promise<unknown>) => {
    const owner = freshOwner();
    const mibPerSecond = await rate(() => write(owner));
    await store.delete(recordingKey(owner));
    return mibPerSecond;
  };
  const throughIngest = (owner: ChunkOwner) =>
    ingest(body(), { store, owner, maxBytes: SIZE, claimedType, expectedSha256: sha256, idleTimeoutMs: 30_000 });
  const bare = (owner: ChunkOwner) => store.write(recordingKey(owner), body(), { contentType: claimedType });

  await upload(throughIngest);
  const up = await alternate(
    ROUNDS,
    () => upload(throughIngest),
    () => upload(bare),
  );
  report(`${name}: upload`, `${up.a.toFixed(0)} MiB/s taken in, ${up.b.toFixed(0)} MiB/s bare`, up.ratio, {
    atLeast: 0.7,
  });

  const owner = freshOwner();
  const key = recordingKey(owner);
  const { chunks, ...taken } = await throughIngest(owner);
  if (!chunks) throw new Error('a recording in clear has hashes of its chunks');
  const proof = { ...owner, ...taken, chunks };
  const range = { first: 0, last: SIZE - 1 };
  const send = async (wanted: ByteRange) => {
    const { signal } = new AbortController();
    const source = await openProvedRange(proof, wanted, { store, key, signal });
    const sent = await transfer({ source, sink: nowhere(), range: wanted, signal, idleTimeoutMs: 30_000 });
    if (sent.outcome !== 'completed') throw new Error(`the transfer was ${sent.outcome}`, { cause: sent.error });
  };
  const sendWhole = () => send(range);
  /** What a player that seeks asks for. */
  const sendMost = () => send({ first: 1, last: SIZE - 1 });
  const bareRead = async () => pipeline((await store.read(key, { range })).stream, nowhere());
  /** What it takes at the least to notice a recording that was changed: the hash is most of what a download costs here. */
  const bareHashed = async () => {
    const hash = createHash('sha256');
    const { stream } = await store.read(key, { range });
    await pipeline(
      stream,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      nowhere(),
    );
    if (hash.digest('hex') !== sha256) throw new Error('the store gave other bytes than it was given');
  };
  await bareRead();
  for (const [what, work, bareWork] of [
    ['download, whole and hashed, against the bare store hashed', sendWhole, bareHashed],
    ['download, a range, proved, against the bare store hashed', sendMost, bareHashed],
  ] as const) {
    const down = await alternate(
      ROUNDS,
      () => rate(work),
      () => rate(bareWork),
    );
    report(`${name}: ${what}`, `${down.a.toFixed(0)} MiB/s sent, ${down.b.toFixed(0)} MiB/s bare`, down.ratio, {
      atLeast: 0.7,
    });
  }
  await store.delete(key);
  store.close();
};

const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, S3_REGION: region, S3_FORCE_PATH_STYLE: pathStyle } = process.env;
if (bucket) {
  await measure(
    'S3',
    await recordingBucket({ bucket, endpoint, region, forcePathStyle: pathStyle === 'true', maxBytes: SIZE }),
  );
} else {
  const folder = await mkdtemp(join(tmpdir(), 'bench-recordings-'));
  try {
    await measure('files', recordingFiles({ folder }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

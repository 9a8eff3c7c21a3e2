import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { TransferCut } from '../../src/access/playing/cuts.ts';
import type { ByteRange, ObjectStore } from '../../src/objects/object-store.ts';
import { ChunkHasher } from '../../src/recordings/chunks.ts';
import { ObjectDamaged, openProvedRange, type ProvedRange } from '../../src/recordings/proved-range.ts';
import { recordingKey } from '../../src/recordings/recording-key.ts';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { type TransferReport, transfer } from '../../src/recordings/transfer.ts';
import { bytes, collect, sha256Of } from '../objects/bytes.ts';
import { eventually } from '../support/eventually.ts';

const SIZE = 32 * 2 ** 20;
const CHUNK = 256 * 1024;
const owner = { patientId: 'pat-1', recordingId: 'rec-1' };
const key = recordingKey(owner);

/** A range that gives what the test says, chunk by chunk. */
const rangeOf = (next: () => Promise<readonly Buffer[] | undefined>) => {
  const range = {
    next,
    closed: false,
    close: () => {
      range.closed = true;
    },
  };
  return range;
};

describe('sending a recording', () => {
  let folder: string;
  let server: Server;
  let store: ObjectStore;
  let sha256: string;
  let chunks: ReturnType<ChunkHasher['digest']>;
  let reports: TransferReport[];
  let abort: AbortController;
  let range: ByteRange;
  let idleTimeoutMs: number;
  /** What is sent; by default what the store has. */
  let source: () => Promise<ProvedRange>;
  let mayGoOn: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    sha256 = await sha256Of(bytes(SIZE));
    const hasher = new ChunkHasher(owner, CHUNK);
    for await (const piece of bytes(SIZE)) hasher.update(piece as Buffer);
    chunks = hasher.digest();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transfer-'));
    store = recordingFiles({ folder });
    await store.write(key, bytes(SIZE), { contentType: 'video/webm' });
    reports = [];
    abort = new AbortController();
    range = { first: 0, last: SIZE - 1 };
    idleTimeoutMs = 10_000;
    mayGoOn = undefined;
    source = () =>
      openProvedRange({ ...owner, bytes: SIZE, sha256, chunks }, range, { store, key, signal: abort.signal });
    server = createServer(async (_, sink) => {
      const from = await source();
      sink.writeHead(200, { 'content-length': range.last - range.first + 1 });
      const { signal } = abort;
      reports.push(await transfer({ source: from, sink, range, signal, idleTimeoutMs, ...(mayGoOn && { mayGoOn }) }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const fetchIt = async (): Promise<IncomingMessage> => {
    const asked = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    asked.on('error', () => undefined); // Some tests break it off on purpose.
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  };
  const report = () => eventually(() => reports[0]);
  /** Reads until it ends or breaks, and counts. */
  const receive = async (answer: IncomingMessage) => {
    let received = 0;
    const broke = await (async () => {
      for await (const chunk of answer) received += (chunk as Buffer).length;
    })().then(
      () => false,
      () => true,
    );
    return { received, broke };
  };

  it('hands over every byte and reports it once', async () => {
    expect(await sha256Of(await fetchIt())).toBe(sha256);
    expect(await report()).toEqual({ bytesServed: SIZE, ranges: [[0, SIZE - 1]], outcome: 'completed' });
    expect(reports).toHaveLength(1);
  });

  it('leaves the connection usable for the next request', async () => {
    range = { first: 0, last: 9 };
    const { port } = server.address() as AddressInfo;
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let turn = 0; turn < 3; turn += 1) {
      const asked = get({ host: '127.0.0.1', port, agent });
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      ports.add(answer.socket.localPort);
      await collect(answer);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it('hands over a part and reports which', async () => {
    range = { first: 1_000_000, last: 1_999_999 };
    const whole = await collect(bytes(SIZE));
    expect((await collect(await fetchIt())).equals(whole.subarray(1_000_000, 2_000_000))).toBe(true);
    expect(await report()).toEqual({ bytesServed: 1_000_000, ranges: [[1_000_000, 1_999_999]], outcome: 'completed' });
  });

  it('is cut at once, in the middle of a slow read, and reports no less than was received', async () => {
    const answer = await fetchIt();
    let received = 0;
    for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
      received += (chunk as Buffer).length;
      if (received > 2 ** 20) break;
    }
    const reason = new Error('the view was revoked');
    abort.abort(reason);
    const rest = await receive(answer);
    expect(rest.broke).toBe(true);
    const { bytesServed, ranges, outcome, error } = await report();
    expect(outcome).toBe('cut');
    expect(error).toBe(reason);
    expect(bytesServed).toBeGreaterThanOrEqual(received + rest.received);
    expect(bytesServed).toBeLessThan(SIZE);
    expect(ranges).toEqual([[0, bytesServed - 1]]);
  });

  it('is cut while the receiver takes nothing', async () => {
    await fetchIt(); // Never read.
    abort.abort();
    expect((await report()).outcome).toBe('cut');
  });

  it('is reset when it is cut, so that what the system still holds for a slow receiver is dropped', async () => {
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const slow = connect((server.address() as AddressInfo).port, '127.0.0.1');
    // The reset may arrive at any moment from the abort on.
    slow.on('error', () => undefined);
    const closed = new Promise((resolve) => slow.once('close', resolve));
    slow.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    let received = ((await once(slow, 'data')) as [Buffer])[0].length;
    slow.pause();
    const [socket] = await connected;
    // The sender is held up: what it wrote fills the system's buffers on both sides.
    let written = 0;
    await eventually(() => {
      const before = written;
      written = socket.bytesWritten;
      return socket.writableNeedDrain && written === before;
    });
    abort.abort();
    const { outcome, bytesServed } = await report();
    expect(outcome).toBe('cut');
    slow.on('data', ({ length }: Buffer) => {
      received += length;
    });
    slow.resume();
    await closed;
    // In its own buffers: an orderly close would have gone on to send all but the last chunk.
    expect(received).toBeLessThan(bytesServed / 2);
  });

  it('sends nothing when it was revoked before it began', async () => {
    const given = rangeOf(async () => [Buffer.alloc(1)]);
    source = async () => given;
    abort.abort();
    await expect(fetchIt()).rejects.toThrow();
    expect(await report()).toMatchObject({ bytesServed: 0, ranges: [], outcome: 'cut' });
    expect(given.closed).toBe(true);
  });

  it('notices a receiver that leaves, and lets go of the object', async () => {
    const opened = await source();
    let closed = 0;
    source = async () => ({
      next: opened.next,
      close: () => {
        closed += 1;
        opened.close();
      },
    });
    const answer = await fetchIt();
    await once(answer, 'readable');
    answer.destroy();
    const { outcome, bytesServed } = await report();
    expect(outcome).toBe('disconnected');
    expect(bytesServed).toBeGreaterThan(0);
    expect(bytesServed).toBeLessThan(SIZE);
    expect(closed).toBeGreaterThan(0);
    await expect(opened.next()).rejects.toThrow();
  });

  it('gives up on a receiver that takes nothing for too long', async () => {
    idleTimeoutMs = 200;
    await fetchIt(); // Never read.
    expect((await report()).outcome).toBe('disconnected');
  });

  it('reads no further ahead than the receiver takes', async () => {
    let read = 0;
    const opened = await source();
    source = async () => ({
      close: opened.close,
      next: async () => {
        const chunk = await opened.next();
        read += chunk?.reduce((sum, { length }) => sum + length, 0) ?? 0;
        return chunk;
      },
    });
    const answer = await fetchIt();
    // Sockets on both sides hold some; once those are full, nothing moves any more.
    let before = -1;
    await eventually(async () => {
      const still = read > 0 && read === before;
      before = read;
      if (!still) await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(read).toBeLessThan(SIZE / 2);
    answer.destroy();
    await report();
  });

  it('sends nothing of a chunk that is not what was stored, and tells that it is corrupt', async () => {
    const error = new ObjectDamaged('chunk 2 is not the one stored');
    const piece = Buffer.alloc(100_000);
    const given = [[piece], [piece, piece]];
    source = async () =>
      rangeOf(async () => {
        const chunk = given.shift();
        if (!chunk) throw error;
        return chunk;
      });
    const { received, broke } = await receive(await fetchIt());
    expect(broke).toBe(true);
    expect(received).toBeLessThanOrEqual(300_000);
    expect(await report()).toEqual({ bytesServed: 300_000, ranges: [[0, 299_999]], outcome: 'corrupt', error });
  });

  it('reports a store that fails on the way, with what was served until then', async () => {
    const error = new Error('the source broke');
    let given = 0;
    source = async () =>
      rangeOf(async () => {
        if (given++ === 3) throw error;
        return [Buffer.alloc(CHUNK)];
      });
    const { broke } = await receive(await fetchIt());
    expect(broke).toBe(true);
    expect(await report()).toMatchObject({ bytesServed: 3 * CHUNK, outcome: 'failed', error });
  });

  it('asks before each chunk whether it may go on, and sends nothing of the one that may not', async () => {
    let asked = 0;
    const cut = new TransferCut('revoked');
    mayGoOn = async () => {
      asked += 1;
      if (asked === 3) throw cut;
    };
    const { received, broke } = await receive(await fetchIt());
    expect(broke).toBe(true);
    expect(received).toBeLessThanOrEqual(2 * CHUNK);
    expect(await report()).toEqual({
      ...{ bytesServed: 2 * CHUNK, ranges: [[0, 2 * CHUNK - 1]], outcome: 'cut', error: cut },
    });
    expect(asked).toBe(3);
  });

  it('notices a receiver that leaves while the store is silent', async () => {
    let given = false;
    let letGo = (_: Error) => {};
    source = async () => ({
      next: () => {
        if (given) return new Promise((_, reject) => (letGo = reject));
        given = true;
        return Promise.resolve([Buffer.alloc(10_000)]);
      },
      close: () => letGo(new Error('closed')),
    });
    const answer = await fetchIt();
    await once(answer, 'readable');
    answer.destroy();
    expect(await report()).toMatchObject({ outcome: 'disconnected', bytesServed: 10_000 });
  });

  it('sends nothing to a receiver that left before it began', async () => {
    const given = rangeOf(async () => [Buffer.alloc(1)]);
    const sink = new PassThrough().destroy();
    const { signal } = abort;
    const left = await transfer({ source: given, sink, range, signal, idleTimeoutMs });
    expect(left).toEqual({ bytesServed: 0, ranges: [], outcome: 'disconnected' });
    expect(given.closed).toBe(true);
  });

  it('is cut while the store is silent', async () => {
    let begun = false;
    let letGo = (_: Error) => {};
    source = async () => ({
      next: () => {
        begun = true;
        return new Promise((_, reject) => (letGo = reject));
      },
      close: () => letGo(new Error('closed')),
    });
    const broken = expect(fetchIt()).rejects.toThrow(); // Not even a header has left.
    await eventually(() => begun);
    abort.abort();
    await broken;
    expect((await report()).outcome).toBe('cut');
  });
});

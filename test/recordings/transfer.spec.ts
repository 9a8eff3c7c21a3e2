import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { FileRecordingStore } from '../../src/recordings/store/files.ts';
import type { ByteRange } from '../../src/recordings/store/recording-store.ts';
import { type TransferReport, transfer } from '../../src/recordings/transfer.ts';
import { eventually } from '../support/eventually.ts';
import { bytes, bytesThenSilence, collect, sha256Of } from './bytes.ts';
import { freshKey } from './store-contract.ts';

const SIZE = 32 * 2 ** 20;

describe('sending a recording', () => {
  let folder: string;
  let server: Server;
  let store: FileRecordingStore;
  let key: string;
  let sha256: string;
  let reports: TransferReport[];
  let abort: AbortController;
  let range: ByteRange;
  let idleTimeoutMs: number;
  /** What is sent; by default what the store has. */
  let source: () => Promise<Readable>;

  beforeAll(async () => {
    sha256 = await sha256Of(bytes(SIZE));
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transfer-'));
    store = new FileRecordingStore({ folder });
    key = freshKey();
    await store.write(key, bytes(SIZE), { contentType: 'video/webm' });
    reports = [];
    abort = new AbortController();
    range = { first: 0, last: SIZE - 1 };
    idleTimeoutMs = 10_000;
    source = async () => (await store.read(key, { range, signal: abort.signal })).stream;
    server = createServer(async (_, sink) => {
      sink.writeHead(200, { 'content-length': range.last - range.first + 1 });
      reports.push(
        await transfer({
          source: await source(),
          sink,
          range,
          stored: { bytes: SIZE, sha256 },
          signal: abort.signal,
          idleTimeoutMs,
        }),
      );
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
    const { stream } = await store.read(key);
    source = async () => stream;
    abort.abort();
    await expect(fetchIt()).rejects.toThrow();
    expect(await report()).toMatchObject({ bytesServed: 0, ranges: [], outcome: 'cut' });
    expect(stream.destroyed).toBe(true);
  });

  it('notices a receiver that leaves, and lets go of the object', async () => {
    const opened = (await store.read(key)).stream;
    source = async () => opened;
    const answer = await fetchIt();
    await once(answer, 'readable');
    answer.destroy();
    const { outcome, bytesServed } = await report();
    expect(outcome).toBe('disconnected');
    expect(bytesServed).toBeGreaterThan(0);
    expect(bytesServed).toBeLessThan(SIZE);
    expect(opened.destroyed).toBe(true);
  });

  it('gives up on a receiver that takes nothing for too long', async () => {
    idleTimeoutMs = 200;
    await fetchIt(); // Never read.
    expect((await report()).outcome).toBe('disconnected');
  });

  it('reads no further ahead than the receiver takes', async () => {
    let read = 0;
    const counting = bytes(SIZE).on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    counting.pause();
    source = async () => counting;
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

  it.each([
    ['changed in its last byte', (whole: Buffer) => whole.writeUInt8((whole.readUInt8(SIZE - 1) + 1) % 256, SIZE - 1)],
    ['changed in its first byte', (whole: Buffer) => whole.writeUInt8((whole.readUInt8(0) + 1) % 256, 0)],
  ])('does not let a recording be received whole that was %s', async (_, tamper) => {
    const whole = await collect(bytes(SIZE));
    tamper(whole);
    await writeFile(join(folder, key), whole);
    const { received, broke } = await receive(await fetchIt());
    expect(broke).toBe(true);
    expect(received).toBeLessThan(SIZE);
    const { outcome, bytesServed } = await report();
    expect(outcome).toBe('corrupt');
    expect(bytesServed).toBeLessThan(SIZE);
  });

  it('reports a store that has too few bytes, or too many, as corrupt', async () => {
    for (const size of [SIZE - 1, SIZE + 1]) {
      reports.length = 0;
      source = async () => bytes(size);
      await receive(await fetchIt());
      expect((await report()).outcome).toBe('corrupt');
    }
  });

  it('reports a store that fails on the way, with what was served until then', async () => {
    const error = new Error('the source broke');
    source = async () => bytes(SIZE, { failAt: 2 ** 20, error });
    const { broke } = await receive(await fetchIt());
    expect(broke).toBe(true);
    const seen = await report();
    expect(seen.outcome).toBe('failed');
    expect(seen.error).toBe(error);
    expect(seen.bytesServed).toBeGreaterThan(0);
  });

  it('notices a receiver that leaves while the store is silent', async () => {
    let given = false;
    source = async () =>
      new Readable({
        objectMode: true, // Keeps the pieces apart: the last one is held back, the others leave.
        read() {
          if (!given) for (let piece = 0; piece < 4; piece += 1) this.push(Buffer.alloc(10_000));
          given = true;
        },
      });
    const answer = await fetchIt();
    await once(answer, 'readable');
    answer.destroy();
    expect((await report()).outcome).toBe('disconnected');
  });

  it('sends nothing to a receiver that left before it began', async () => {
    const { stream } = await store.read(key);
    const sink = new PassThrough().destroy();
    const { signal } = abort;
    const left = await transfer({
      source: stream,
      sink,
      range,
      stored: { bytes: SIZE, sha256 },
      signal,
      idleTimeoutMs,
    });
    expect(left).toEqual({ bytesServed: 0, ranges: [], outcome: 'disconnected' });
    expect(stream.destroyed).toBe(true);
  });

  it('is cut while the store is silent', async () => {
    let begun = false;
    source = async () => {
      begun = true;
      return bytesThenSilence(200_000);
    };
    const broken = expect(fetchIt()).rejects.toThrow(); // Its only chunk is held back, so not even a header has left.
    await eventually(() => begun);
    setImmediate(() => abort.abort());
    await broken;
    expect((await report()).outcome).toBe('cut');
  });
});

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type ClientRequest, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { announcedSha256 } from '../../src/recordings/digest.ts';
import { type Ingested, type IngestOptions, ingest } from '../../src/recordings/ingest.ts';
import { recordingKey } from '../../src/recordings/recording-key.ts';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { bytesThenSilence, collect, sha256 } from '../objects/bytes.ts';
import { eventually } from '../support/eventually.ts';
import { media, padded } from './media.ts';

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingest-'));
  store = recordingFiles({ folder });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const nothingStored = async () => {
  for await (const page of store.list()) expect(page).toEqual([]);
  expect(await readdir(join(folder, '.incoming')).catch(() => [])).toEqual([]);
};

const options = (more: Partial<IngestOptions> = {}): IngestOptions => ({
  store,
  owner: { patientId: 'pat-1', recordingId: randomUUID() },
  maxBytes: 2 ** 20,
  claimedType: 'video/webm',
  idleTimeoutMs: 5_000,
  ...more,
});

/** What the hashes of a recording of one chunk must be, made another way. */
const chunksOf = ({ patientId, recordingId }: IngestOptions['owner'], recording: Buffer) => ({
  bytes: 256 * 1024,
  hashes: Buffer.from(sha256(Buffer.concat([Buffer.from(`${patientId}/${recordingId}/0\n`), recording])), 'hex'),
});

describe('taking a recording in', () => {
  it('keeps it whole and tells its size, hash, type and length', async () => {
    const recording = await media('consultation.webm');
    const asked = options({ declaredBytes: recording.length, expectedSha256: sha256(recording) });
    expect(await ingest(Readable.from([recording]), asked)).toEqual({
      bytes: recording.length,
      sha256: sha256(recording),
      chunks: chunksOf(asked.owner, recording),
      contentType: 'video/webm',
      durationSeconds: 2.008,
    });
    const { stream } = await store.read(recordingKey(asked.owner));
    expect((await collect(stream)).equals(recording)).toBe(true);
  });

  it('does not care in what pieces it comes', async () => {
    const recording = await media('consultation.webm');
    const singly = Readable.from(Array.from(recording, (byte) => Buffer.from([byte])));
    expect((await ingest(singly, options())).sha256).toBe(sha256(recording));
  });

  it.each([
    ['consultation.webm', 'video/webm', 2.008],
    ['consultation.webm', 'Video/WebM; codecs="vp8, opus"', 2.008],
    ['voice.webm', 'audio/webm', 2.008],
    ['consultation.mkv', 'video/x-matroska', 2],
    ['consultation.mp4', 'video/mp4', 2],
    ['voice.m4a', 'audio/mp4', 2],
    ['voice.m4a', 'audio/x-m4a', 2],
    ['phone.mov', 'video/quicktime', 2],
    ['phone.3gp', 'video/3gpp', 2],
    ['fragmented.mp4', 'video/mp4', 2.2],
    ['live.webm', 'video/webm', 2],
  ])('takes %s as %s and finds its length', async (file, claimedType, seconds) => {
    const taken = await ingest(Readable.from([await media(file)]), options({ claimedType }));
    expect(taken.contentType).toBe(claimedType.split(';')[0]?.toLowerCase());
    expect(taken.durationSeconds).toBeCloseTo(seconds, 1);
  });

  it.each([
    ['voice.mp3', 'audio/mpeg'],
    ['voice.ogg', 'audio/ogg'],
    ['voice.wav', 'audio/wav'],
    ['voice.flac', 'audio/flac'],
    ['voice.aac', 'audio/aac'],
    ['broadcast.ts.bin', 'video/mp2t'],
  ])('takes %s as %s, which does not say its length in a header', async (file, claimedType) => {
    const recording = await media(file);
    const asked = options({ claimedType });
    const taken = await ingest(Readable.from([recording]), asked);
    const chunks = chunksOf(asked.owner, recording);
    expect(taken).toEqual({ bytes: recording.length, sha256: sha256(recording), chunks, contentType: claimedType });
  });

  it.each(['video/webm', 'video/x-unheard-of', 'audio/L16;rate=48000', 'audio/basic'])(
    'takes bytes of no known kind as the %s they claim to be',
    async (claimedType) => {
      const tone = Buffer.from(Array.from({ length: 20_000 }, (_, i) => 128 + Math.round(100 * Math.sin(i / 20))));
      const asked = options({ claimedType });
      const taken = await ingest(Readable.from([tone]), asked);
      expect(taken).toEqual({
        bytes: tone.length,
        sha256: sha256(tone),
        chunks: chunksOf(asked.owner, tone),
        contentType: claimedType.split(';')[0]?.toLowerCase(),
      });
    },
  );

  it('takes a container under any of its names', async () => {
    const opus = await ingest(Readable.from([await media('voice.ogg')]), options({ claimedType: 'audio/opus' }));
    expect(opus.contentType).toBe('audio/opus');
    const flac = await ingest(Readable.from([await media('voice.flac')]), options({ claimedType: 'audio/x-flac' }));
    expect(flac.contentType).toBe('audio/x-flac');
  });

  it('finds the length behind a large body, where an MP4 may keep its index', async () => {
    const recording = await media('consultation.mp4');
    const at = recording.indexOf('mdat') - 4;
    const filler = Buffer.alloc(900_000);
    filler.writeUInt32BE(filler.length, 0);
    filler.write('free', 4);
    const large = Buffer.concat([recording.subarray(0, at), filler, recording.subarray(at)]);
    const taken = await ingest(Readable.from([large]), options({ claimedType: 'video/mp4' }));
    expect(taken.durationSeconds).toBeCloseTo(2, 3);
  });

  it.each([
    ['consultation.mkv', 'video/webm;codecs=h264', 'video/matroska'],
    ['consultation.mkv', 'audio/webm', 'audio/matroska'],
    ['consultation.webm', 'video/x-matroska', 'video/webm'],
    ['phone.mov', 'video/mp4', 'video/quicktime'],
    ['consultation.mp4', 'video/quicktime', 'video/mp4'],
    ['phone.3gp', 'video/mp4', 'video/3gpp'],
    ['phone.3gp', 'audio/mp4', 'audio/3gpp'],
    ['consultation.mp4', 'video/3gpp', 'video/mp4'],
    ['voice.m4a', 'audio/3gpp', 'audio/mp4'],
    ['broadcast.ts.bin', 'video/mpeg', 'video/mp2t'],
  ])('takes %s under the label %s of its kin, and calls it %s', async (file, claimedType, contentType) => {
    const asked = options({ claimedType });
    expect(await ingest(Readable.from([await media(file)]), asked)).toMatchObject({ contentType });
    for await (const page of store.list()) expect(page).toHaveLength(1);
  });

  it.each([
    ['000001ba44000400040100000303f8', 'a programme stream of MPEG-2'],
    ['000001ba2100010001800001', 'a programme stream of MPEG-1'],
    ['000001b3', 'an elementary stream'],
  ])('takes %s, %s, as the video/mpeg it is', async (start) => {
    const body = Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(5_000, 1)]);
    expect((await ingest(Readable.from([body]), options({ claimedType: 'video/mpeg' }))).contentType).toBe(
      'video/mpeg',
    );
    const mp2p = await ingest(Readable.from([body]), options({ claimedType: 'video/MP2P' }));
    expect(mp2p.contentType).toBe('video/mp2p');
  });

  it('keeps a recording whose container is damaged, and says that it was cut off', async () => {
    const cut = (await media('consultation.mp4')).subarray(0, 3_000);
    const asked = options({ claimedType: 'video/mp4' });
    const taken = await ingest(Readable.from([cut]), asked);
    const chunks = chunksOf(asked.owner, cut);
    expect(taken).toEqual({ bytes: 3_000, sha256: sha256(cut), chunks, contentType: 'video/mp4', truncated: true });
  });
});

describe('refusing a recording', () => {
  const refused = async (body: Readable, more: Partial<IngestOptions>, code: string) => {
    await expect(ingest(body, options(more))).rejects.toMatchObject({ code });
    await nothingStored();
  };

  it('larger than allowed, by what it announces or by what it sends', async () => {
    const recording = await padded('consultation.webm', 300_000);
    await refused(Readable.from([recording]), { maxBytes: 200_000, declaredBytes: 300_000 }, 'body-too-large');
    const pieces = [recording.subarray(0, 150_000), recording.subarray(150_000)];
    await refused(Readable.from(pieces), { maxBytes: 200_000 }, 'body-too-large');
    expect((await ingest(Readable.from([recording]), options({ maxBytes: 300_000 }))).bytes).toBe(300_000);
  });

  it('with another digest than announced', async () => {
    for (const size of [10_371, 200_000]) {
      const recording = await padded('consultation.webm', size);
      await refused(Readable.from([recording]), { expectedSha256: sha256(Buffer.from('x')) }, 'digest-mismatch');
    }
  });

  it('with fewer or more bytes than announced', async () => {
    const recording = await media('consultation.webm');
    for (const declaredBytes of [recording.length + 1, recording.length - 1]) {
      await refused(Readable.from([recording]), { declaredBytes }, 'upload-incomplete');
    }
  });

  it('that is not what it claims', async () => {
    const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(8_000)]);
    const windowsProgram = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(8_000)]);
    const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(100)]);
    const document = Buffer.from('%PDF-1.7\n1 0 obj\n');
    const archive = Buffer.concat([Buffer.from('504b0304140000000000', 'hex'), Buffer.alloc(100)]);
    for (const body of [program, windowsProgram, picture, document, archive, Buffer.alloc(0)]) {
      await refused(Readable.from([body]), {}, 'content-type-mismatch');
      await refused(Readable.from([body]), { claimedType: 'video/x-unheard-of' }, 'content-type-mismatch');
    }
    await refused(Readable.from([await media('consultation.mp4')]), {}, 'content-type-mismatch');
    await refused(Readable.from([await media('voice.mp3')]), { claimedType: 'audio/ogg' }, 'content-type-mismatch');
  });

  it.each([
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a page behind white space', '\r\n\t  <html>'],
    ['a page behind a byte order mark', '\ufeff<html>'],
    ['a picture that runs scripts', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['a document', '<?xml version="1.0"?><a/>'],
  ])('that is %s, whatever it claims', async (_, text) => {
    for (const body of [Buffer.from(text), Buffer.from(text, 'utf16le')])
      for (const claimedType of ['video/webm', 'audio/x-unheard-of'])
        await refused(Readable.from([body]), { claimedType }, 'content-type-mismatch');
  });

  it.each(['text/html', 'video/', 'video/*', 'video/a b', 'application/octet-stream', 'video', '', 'image/png'])(
    'that claims to be %j, without reading it',
    async (claimedType) => {
      const body = Readable.from([await media('consultation.webm')]);
      await refused(body, { claimedType }, 'content-type-mismatch');
      expect(body.readableDidRead).toBe(false);
    },
  );

  it('whose sender fell silent', async () => {
    await refused(bytesThenSilence(10), { idleTimeoutMs: 100 }, 'upload-stalled');
  });

  it('that is given up from outside', async () => {
    const reason = new Error('shutting down');
    const abort = new AbortController();
    const taking = ingest(bytesThenSilence(10), options({ signal: abort.signal }));
    setImmediate(() => abort.abort(reason));
    await expect(taking).rejects.toBe(reason);
    await nothingStored();
  });
});

describe('taking a recording in over HTTP', () => {
  let server: Server;
  let results: PromiseSettledResult<Ingested>[];
  let more: Partial<IngestOptions>;
  beforeEach(async () => {
    results = [];
    more = {};
    server = createServer(async (asked, answer) => {
      const length = asked.headers['content-length'];
      const [result] = await Promise.allSettled([
        ingest(asked, options({ declaredBytes: length ? Number(length) : undefined, ...more })),
      ]);
      results.push(result);
      const status = result.status === 'fulfilled' ? 201 : 400;
      answer.writeHead(status, { connection: 'close' }).end(result.status === 'fulfilled' ? '' : result.reason.code);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const send = (headers: Record<string, string | number>): ClientRequest => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: '127.0.0.1', port, method: 'POST', headers });
    sent.on('error', () => undefined); // Some tests break it off on purpose.
    return sent;
  };
  const outcome = async () => {
    const result = await eventually(() => results[0]);
    return result.status === 'fulfilled' ? 'taken' : result.reason.code;
  };

  it('takes a chunked upload', async () => {
    const recording = await padded('consultation.webm', 500_000);
    const sent = send({ 'transfer-encoding': 'chunked' });
    for (let at = 0; at < recording.length; at += 100_000) sent.write(recording.subarray(at, at + 100_000));
    sent.end();
    const [answer] = await once(sent, 'response');
    expect(answer.statusCode).toBe(201);
    answer.resume();
    expect(await outcome()).toBe('taken');
  });

  it.each([
    ['with a Content-Length', { 'content-length': 500_000 }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('leaves nothing when the client disconnects midway, %s', async (_, headers) => {
    const sent = send(headers);
    sent.write(await padded('consultation.webm', 200_000));
    await eventually(async () => (await readdir(join(folder, '.incoming')).catch(() => [])).length > 0);
    sent.destroy();
    expect(await outcome()).toBe('upload-incomplete');
    await nothingStored();
  });

  it('leaves nothing when the client stalls, and tells it so', async () => {
    more = { idleTimeoutMs: 200 };
    const sent = send({ 'content-length': 500_000 });
    sent.write(await padded('consultation.webm', 100_000));
    const [answer] = await once(sent, 'response');
    expect((await collect(answer)).toString()).toBe('upload-stalled');
    await nothingStored();
  });

  it('tells a client that is still sending why it is refused', async () => {
    const sent = send({ 'content-length': 900_000 });
    sent.write(Buffer.alloc(10_000, '<p>not a video'));
    const [answer] = await once(sent, 'response');
    expect((await collect(answer)).toString()).toBe('content-type-mismatch');
    await nothingStored();
  });

  it('compares with a digest from the headers', async () => {
    const recording = await media('consultation.webm');
    const digest = Buffer.from(sha256(recording), 'hex').toString('base64');
    more = { expectedSha256: announcedSha256({ 'content-digest': `sha-256=:${digest}:` }) };
    send({ 'content-length': recording.length }).end(recording);
    expect(await outcome()).toBe('taken');
  });
});

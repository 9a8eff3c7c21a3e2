import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { media } from './media.ts';
import { agreed, type Consultation, consultation, roomOf } from './recorded.ts';

const MIB = 2 ** 20;
const PIECE = Buffer.alloc(MIB, '<p>not a video');

/** What is sent, to whom and as whom; each is refused, and for another reason. */
type Refused = {
  readonly path: string;
  readonly status: number;
  readonly code: string;
  readonly contentType?: string;
  readonly token?: string;
};

let app: RunningApp;
let held: Consultation;
let refusals: Readonly<Record<string, Refused>>;
beforeAll(async () => {
  app = await startApp({ env: { RECORDING_MAX_BYTES: String(200 * MIB), RECORDING_DIGEST_REQUIRED: 'false' } });
  held = await consultation(app);
  const { path: unknown } = { ...(await agreed(app)) };
  const url = ({ path }: Pick<Consultation, 'path'>) => `${path}/recordings?mediaSessionId=${roomOf({ path })}`;
  refusals = {
    'bytes that are no recording': { path: url(held), status: 415, code: 'content-type-mismatch' },
    'another content type': {
      ...{ path: url(held), status: 415, code: 'unsupported-media-type', contentType: 'application/octet-stream' },
    },
    'no token': { path: url(held), status: 401, code: 'unauthenticated', token: '' },
    'a stranger': {
      ...{ path: url({ path: unknown }), status: 404, code: 'consultation-not-found' },
      token: `Bearer ${await app.token('doc-else', ['clinician'])}`,
    },
  };
});
afterAll(() => app.close());

const tokenOf = async ({ token }: Refused): Promise<Record<string, string>> => {
  const authorization = token ?? `Bearer ${await app.token('video-service', ['service'])}`;
  return authorization === '' ? {} : { authorization };
};

const headersOf = async (refused: Refused, bytes: number): Promise<Record<string, string>> => ({
  ...(await tokenOf(refused)),
  'content-type': refused.contentType ?? 'video/webm',
  'content-length': String(bytes),
});

/** As Python's `http.client` does it: all of the body first, and a broken connection on the way is the end. */
const sendAllThenRead = async (refused: Refused, bytes: number, more: Record<string, string> = {}): Promise<string> => {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  const broken = once(socket, 'error').then(([error]) => Promise.reject(error));
  broken.catch(() => undefined);
  await once(socket, 'connect');
  socket.pause();
  const lines = Object.entries({ host: hostname, ...(await headersOf(refused, bytes)), ...more });
  socket.write(
    `POST ${refused.path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  for (let sent = 0; sent < bytes; sent += MIB)
    if (!socket.write(PIECE)) await Promise.race([once(socket, 'drain'), broken]);
  let said = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    said += part;
  });
  socket.resume();
  await eventually(() => /\r\n\r\n\{.*\}$/s.test(said));
  socket.destroy();
  return said;
};

const kinds = ['bytes that are no recording', 'another content type', 'no token', 'a stranger'];
const refusalOf = (kind: string): Refused => refusals[kind] as Refused;

describe('the answer to a refused upload', () => {
  it.each(kinds.flatMap((kind) => [20, 150].map((mib) => [kind, mib] as const)))(
    'reaches a client that sends all it has first: %s, %i MiB',
    async (kind, mib) => {
      const { status, code } = refusalOf(kind);
      const said = await sendAllThenRead(refusalOf(kind), mib * MIB);
      expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(said).toContain(`"code":"${code}"`);
    },
  );

  it.each(kinds)('reaches one that asks for the connection to be closed: %s', async (kind) => {
    const said = await sendAllThenRead(refusalOf(kind), 20 * MIB, { connection: 'close' });
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${refusalOf(kind).status} `));
  });

  it.each(kinds.flatMap((kind) => [20, 150].map((mib) => [kind, mib] as const)))(
    'reaches Node’s client while it sends: %s, %i MiB',
    async (kind, mib) => {
      const refused = refusalOf(kind);
      const sent = request(new URL(refused.path, app.url), {
        ...{ method: 'POST', headers: await headersOf(refused, mib * MIB), agent: false },
      });
      const pieces = function* () {
        for (let at = 0; at < mib; at += 1) yield PIECE;
      };
      Readable.from(pieces()).pipe(sent);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      expect(answer.statusCode).toBe(refused.status);
      expect(JSON.parse(await text(answer))).toMatchObject({ code: refused.code });
      sent.destroy();
    },
  );

  const python = async (client: string, refused: Refused, bytes: number): Promise<string> => {
    const script = `
import http.client, json, sys, urllib.request, urllib.error
url, path, bytes_, headers = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
body = b'<' * bytes_
if sys.argv[5] == 'http.client':
    connection = http.client.HTTPConnection(url.split('//')[1])
    connection.request('POST', path, body, headers)
    answer = connection.getresponse()
    print(answer.status, json.loads(answer.read())['code'])
else:
    try:
        urllib.request.urlopen(urllib.request.Request(url + path, body, headers))
    except urllib.error.HTTPError as answer:
        print(answer.code, json.loads(answer.read())['code'])
`;
    const headers = JSON.stringify(await headersOf(refused, bytes));
    const asked = ['-c', script, app.url, refused.path, String(bytes), headers, client];
    return (await promisify(execFile)('python3', asked)).stdout.trim();
  };
  const isThere = promisify(execFile)('python3', ['--version']).then(
    () => true,
    () => false,
  );

  it.each(['http.client', 'urllib'])('reaches Python’s %s, where there is Python', async (client) => {
    if (!(await isThere)) return;
    for (const kind of kinds)
      for (const mib of [20, 150]) {
        const { status, code } = refusalOf(kind);
        expect([kind, mib, await python(client, refusalOf(kind), mib * MIB)]).toEqual([kind, mib, `${status} ${code}`]);
      }
  });

  it('leaves the connection to the next request', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname).setEncoding('latin1');
    let said = '';
    socket.on('data', (part: string) => {
      said += part;
    });
    socket.write(
      `POST ${refusalOf('no token').path} HTTP/1.1\r\nhost: x\r\ncontent-type: video/webm\r\ncontent-length: ${MIB}\r\n\r\n`,
    );
    await eventually(() => said.includes('unauthenticated'));
    socket.write(PIECE);
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => said.includes('HTTP/1.1 200'));
    socket.destroy();
  });
});

describe('a sender who asks whether to send', () => {
  const asking = async (refused: Refused, length: number) => {
    const headers = { ...(await headersOf(refused, length)), expect: '100-continue' };
    const sent = request(new URL(refused.path, app.url), { method: 'POST', headers, agent: false });
    let told = false;
    sent.on('continue', () => {
      told = true;
    });
    sent.flushHeaders();
    return { sent, told: () => told };
  };

  it.each(['another content type', 'no token', 'a stranger'])('is refused before a byte is sent: %s', async (kind) => {
    const refused = refusalOf(kind);
    const { sent, told } = await asking(refused, 150 * MIB);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect([answer.statusCode, told()]).toEqual([refused.status, false]);
    expect(answer.headers.connection).toBe('close');
    await text(answer);
    sent.destroy();
  });

  it('is refused before a byte is sent, by what is announced', async () => {
    const { path } = refusalOf('bytes that are no recording');
    const { sent, told } = await asking({ path, status: 413, code: 'body-too-large' }, 201 * MIB);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect([answer.statusCode, told()]).toEqual([413, false]);
    sent.destroy();
  });

  it('is told to once the checks are passed, with a recording and with JSON', async () => {
    const recording = await media('voice.webm');
    const { path } = refusalOf('bytes that are no recording');
    const upload = await asking({ path, status: 201, code: '' }, recording.length);
    await eventually(upload.told);
    upload.sent.end(recording);
    const [stored] = (await once(upload.sent, 'response')) as [IncomingMessage];
    expect(stored.statusCode).toBe(201);
    expect(JSON.parse(await text(stored))).toMatchObject({ truncated: false });

    const body = Buffer.from('{"given":true}');
    const path_ = `${held.path}/consent`;
    const token = `Bearer ${await app.token(held.patientId, ['patient'])}`;
    const json = await asking(
      { path: path_, status: 200, code: '', contentType: 'application/json', token },
      body.length,
    );
    await eventually(json.told);
    json.sent.end(body);
    const [given] = (await once(json.sent, 'response')) as [IncomingMessage];
    expect(given.statusCode).toBeLessThan(300);
    given.resume();
  });
});

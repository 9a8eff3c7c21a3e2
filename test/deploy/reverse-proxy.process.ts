import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { io } from 'socket.io-client';
import { wavOf } from '../../src/recordings/wav.ts';
import { compliance, consultation, opened, type RecordedConsultation, uploadTo } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { isThere } from '../support/tool.ts';

const NAME = 'ledger.example.org';
/** More than the connections on the way take in. */
const LONG_BYTES = 40_000_000;

/** `operations/reverse-proxy/nginx.conf` as it is, but for its ports and the place of its certificate. */
(isThere('nginx') ? describe : describe.skip)('nginx in front of the application', () => {
  let dir: string;
  let app: RunningApp;
  let nginx: ChildProcess;
  let said = '';
  let ca: string;
  let ports: { readonly http: number; readonly https: number };
  /** The application as its callers reach it. */
  let outside: RunningApp;
  let held: RecordedConsultation;

  const ask = async (
    path: string,
    { method = 'GET', headers, body }: Pick<RequestInit, 'method' | 'headers' | 'body'> = {},
  ): Promise<IncomingMessage> => {
    const given = Object.fromEntries(new Headers(headers));
    const asked = request({ host: '127.0.0.1', port: ports.https, path, method, headers: given, ca, agent: false });
    asked.end(body ?? undefined);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reverse-proxy-'));
    app = await startApp({ env: { TRUST_PROXY: '127.0.0.1', RELEASE_TIMEOUT_MS: '20000' } });
    const [http = 0, https = 0] = await freePorts(2);
    ports = { http, https };
    const [key, certificate] = [join(dir, 'privkey.pem'), join(dir, 'fullchain.pem')];
    const names = `subjectAltName=DNS:${NAME},IP:127.0.0.1`;
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...made, '-subj', `/CN=${NAME}`, '-addext', names, '-keyout', key, '-out', certificate],
      { stdio: 'ignore' },
    );
    ca = await readFile(certificate, 'utf8');
    const shipped = await readFile('operations/reverse-proxy/nginx.conf', 'utf8');
    const site = shipped
      .replaceAll(/^ *listen \[::\].*\n/gm, '')
      .replace('listen 80;', `listen 127.0.0.1:${http};`)
      .replace('listen 443 ', `listen 127.0.0.1:${https} `)
      .replaceAll(`/etc/letsencrypt/live/${NAME}`, dir)
      .replace('/var/log/nginx/error.log', 'stderr')
      .replace('127.0.0.1:3000', new URL(app.url).host);
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${dir}/${each};`,
    );
    const main = `daemon off; pid ${dir}/nginx.pid; error_log stderr crit; events {} http { ${places.join(' ')}\n${site}\n}`;
    await writeFile(join(dir, 'nginx.conf'), main);
    nginx = spawn('nginx', ['-p', dir, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'pipe'] });
    nginx.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    outside = {
      ...app,
      call: async (path, { as, roles, headers, method, body } = {}) => {
        const all = new Headers(headers);
        if (as !== undefined) all.set('authorization', `Bearer ${await app.token(as, roles)}`);
        const answer = await ask(path, { ...(method && { method }), headers: all, ...(body != null && { body }) });
        const told = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        const bytes = await buffer(answer);
        return new Response(bytes.length === 0 ? null : bytes, { status: answer.statusCode ?? 0, headers: told });
      },
    };
    await eventually(async () => {
      if (nginx.exitCode !== null) throw new Error(said);
      return ask('/health/live').then(
        (answer) => answer.resume().statusCode === 200,
        () => false,
      );
    }, 20_000);
    // Booked, joined, agreed to and uploaded from outside.
    const agreed = await consultation(outside);
    const long = wavOf(new Uint8Array(LONG_BYTES));
    const { status, body } = await uploadTo(outside, agreed, { body: long, contentType: 'audio/wav' });
    expect(status).toBe(201);
    const { recordingId = '' } = body;
    held = { ...agreed, recordingId, recordingPath: `${agreed.path}/recordings/${recordingId}` };
  }, 120_000);
  afterAll(async () => {
    const ended = nginx && once(nginx, 'close');
    // Told so it ends its workers, too.
    nginx?.kill('SIGTERM');
    await ended;
    await app?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('leads whoever comes without TLS to it, with what they asked for', async () => {
    const asked = plainRequest({ host: '127.0.0.1', port: ports.http, path: '/v1/x?y=1', headers: { host: NAME } });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect([answer.statusCode, answer.headers.location]).toEqual([308, `https://${NAME}/v1/x?y=1`]);
  });

  it('shows metrics to none outside', async () => {
    expect((await app.call('/metrics')).status).not.toBe(404);
    expect((await outside.call('/metrics')).status).toBe(404);
  });

  it('hands on any part of a recording', async () => {
    const { contentUrl } = await opened(outside, held);
    const answer = await outside.call(contentUrl, {
      as: held.patientId,
      roles: ['patient'],
      headers: { range: 'bytes=20000000-20000999' },
    });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([
      206,
      `bytes 20000000-20000999/${LONG_BYTES + 44}`,
    ]);
    expect((await answer.arrayBuffer()).byteLength).toBe(1_000);
  });

  it('ends a transfer when its view is revoked, with what was on the way and no more', async () => {
    const { viewId, contentUrl } = await opened(outside, held);
    const headers = { authorization: `Bearer ${await app.token(held.patientId, ['patient'])}` };
    const answer = await ask(contentUrl, { headers });
    await once(answer, 'readable');
    // As long as another player takes to have all of it: what is kept on the way would be there by then.
    const other = await opened(outside, held);
    expect((await buffer(await ask(other.contentUrl, { headers }))).length).toBe(LONG_BYTES + 44);
    await compliance(outside, `/v1/views/${viewId}/revoke`, { viewerId: held.patientId, reason: 'case-7' });
    let received = 0;
    const whole = await (async () => {
      for await (const chunk of answer) received += (chunk as Buffer).length;
      return answer.complete;
    })().catch(() => false);
    expect(whole).toBe(false);
    expect(received).toBeLessThan(LONG_BYTES);
  });

  it('carries sockets', async () => {
    const token = await app.token(held.patientId, ['patient']);
    const socket = io(`https://127.0.0.1:${ports.https}/me`, {
      ...{ auth: { token }, transports: ['websocket'], reconnection: false },
      ca,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
      });
      expect(socket.connected).toBe(true);
    } finally {
      socket.close();
    }
  });
});

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RELEASE_NAME } from '../../events/values.ts';
import type { Config } from '../config/config.ts';
import type { Said } from '../request/said.ts';
import { pathOf, problem, sendProblem, ValidationFailed } from './problems.ts';
import { isRequestId } from './request-id.ts';

const KIB = 1_024;
/** Every JSON body of the API fits many times over. */
const JSON_BODY_LIMIT = 64 * KIB;
/** A client that needs longer for 64 KiB is holding the connection, not using it. */
const JSON_BODY_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** A connection on which nothing moves for this long is closed, whatever it was for. */
const IDLE_TIMEOUT_MS = 120_000;
/**
 * The rest of a refused upload is read and thrown away, so that the client gets to see the refusal: many send all they have before they
 * look for an answer, and a connection that is closed on them takes the answer along. So long a silence ends it, and so long altogether.
 */
const LINGER_SILENCE_MS = 5_000;
const LINGER_MS = 120_000;
/** Escaped, the longest id is three times as long as itself. */
const MAX_PARAM_LENGTH = 192;

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Senders of webhooks sign the bytes of their bodies, and not what they mean. */
const SIGNED = '/v1/hooks/';
const MEDIA = /^(video|audio)\//;
/** A webhook of LiveKit names all people in a room's egress, and all that it was asked for. */
const WEBHOOK_BODY_LIMIT = 256 * KIB;
/** Where an issuer tells of sign-outs, as a form: the one route that takes any, since every foreign page can send one. */
const FORMS = '/console/backchannel-logout';
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** The HTTP server: limits, time-outs, request ids and contexts, the same for every route. */
export const createAdapter = ({ http }: Config): FastifyAdapter => {
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    bodyLimit: JSON_BODY_LIMIT,
    // Uploads take as long as they take; they are cut when they fall silent, JSON bodies by the deadline below.
    requestTimeout: 0,
    connectionTimeout: IDLE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    trustProxy: http.trustedProxies.length > 0 ? [...http.trustedProxies] : false,
    // Requests that arrive on open connections while the server closes are still served; it closes after them.
    return503OnClosing: false,
    clientErrorHandler,
    frameworkErrors: refusePath,
  });
  const server = adapter.getInstance();

  const nothing: Said = {};
  server.decorateRequest('said', undefined as never);
  server.decorateRequest('intent', undefined);
  server.decorateRequest('signedBody', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    request.said = nothing;
    reply.header('x-request-id', request.id);
    // Answers are about patients: nothing on the way, a browser's disk included, keeps them.
    reply.header('cache-control', 'no-store');
    const idempotencyKey = request.headers['idempotency-key'];
    if (idempotencyKey !== undefined && (typeof idempotencyKey !== 'string' || !IDEMPOTENCY_KEY.test(idempotencyKey))) {
      done(new ValidationFailed([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]));
      return;
    }
    const clientRelease = request.headers['x-client-release'];
    if (clientRelease !== undefined && (typeof clientRelease !== 'string' || !RELEASE_NAME.test(clientRelease))) {
      const message = 'must be 1 to 64 letters, digits, "_", ".", "+" or "-"';
      done(new ValidationFailed([{ path: 'X-Client-Release', message }]));
      return;
    }
    request.said = { ...(idempotencyKey && { idempotencyKey }), ...(clientRelease && { clientRelease }) };
    done();
  });

  // A sender who asks whether to send is answered once the checks that need no body are passed: `beginBody`, and the route of recordings.
  server.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expecting.add(request);
    server.server.emit('request', request, response);
  });

  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (hasBody(request) && !isMedia(request)) {
      if (JSON_TYPE.test(request.headers['content-type'] ?? '')) beginBody(request, reply);
      unlessRead(request.raw, JSON_BODY_TIMEOUT_MS, () => {
        reply.header('connection', 'close');
        const detail = `the body did not arrive within ${JSON_BODY_TIMEOUT_MS / 1_000} s`;
        sendProblem(request, reply, problem('request-timeout', detail, pathOf(request.url)));
      });
    }
    done();
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    // Also where the client asks for it, the connection must not be closed before the rest has been read. Where the sender was not told to
    // send, there is no rest.
    if (isUnread(request)) reply.header('connection', expecting.has(request.raw) ? 'close' : 'keep-alive');
    done(null, payload);
  });
  server.addHook('onResponse', (request, _reply, done) => {
    if (isUnread(request)) discardRest(request.raw);
    done();
  });

  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  const takeJson = (
    request: FastifyRequest,
    body: string,
    done: (error: Error | null, value?: unknown) => void,
  ): void => {
    // Many clients name the type of a body they do not send.
    if (body === '') {
      done(null, undefined);
      return;
    }
    if (request.url.startsWith(SIGNED)) request.signedBody = body;
    parseJson(request, body, done);
  };
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, takeJson);
  // So LiveKit calls it.
  const webhook = { parseAs: 'string', bodyLimit: WEBHOOK_BODY_LIMIT } as const;
  server.addContentTypeParser<string>('application/webhook+json', webhook, takeJson);
  server.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      if (pathOf(request.url) === FORMS) done(null, Object.fromEntries(new URLSearchParams(body)));
      else done(new UnsupportedMediaTypeException());
    },
  );
  // Recordings reach their route as the unread stream; it counts, hashes and limits while it stores.
  server.addContentTypeParser(MEDIA, (_request, payload, done) => done(null, payload));
  return adapter;
};

const requestId = ({ headers }: { headers: IncomingMessage['headers'] }): string => {
  const given = headers['x-request-id'];
  return typeof given === 'string' && isRequestId(given) ? given : randomUUID();
};

const hasBody = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
const isMedia = ({ headers }: FastifyRequest) => MEDIA.test(headers['content-type'] ?? '');

const isUnread = (request: FastifyRequest): boolean => hasBody(request) && !request.raw.complete;

/** Requests whose senders wait to be told to send (RFC 9110, 10.1.1). */
const expecting = new WeakSet<IncomingMessage>();

/** Tells a sender who waits for it to send. To be called before the body is read. */
export const beginBody = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  if (expecting.delete(raw)) reply.raw.writeContinue();
};

const discardRest = (request: IncomingMessage): void => {
  const end = () => request.destroy();
  const silence = setTimeout(end, LINGER_SILENCE_MS).unref();
  request.on('data', () => silence.refresh()).resume();
  unlessRead(request, LINGER_MS, end);
  request.once('end', () => clearTimeout(silence)).once('close', () => clearTimeout(silence));
};

const unlessRead = (request: IncomingMessage, afterMs: number, act: () => void): void => {
  const deadline = setTimeout(act, afterMs);
  deadline.unref();
  const met = () => clearTimeout(deadline);
  request.once('end', met).once('close', met);
};

/** What the router refuses before any hook runs. */
const refusePath = ({ code }: { code: string }, request: FastifyRequest, reply: FastifyReply): void => {
  const path = pathOf(request.raw.url ?? '');
  const refused =
    code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? problem('uri-too-long', `a part of the path has more than ${MAX_PARAM_LENGTH} characters`, path)
      : problem('bad-request', 'the path is not a valid URL', path);
  sendProblem(request, reply, refused);
};

/** What Node's parser refuses never becomes a request; it gets its problem all the same. */
const clientErrorHandler = (error: Error & { code?: string }, socket: Socket): void => {
  const answered = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent;
  if (error.code === 'ECONNRESET' || !socket.writable || answered) {
    socket.destroy();
    return;
  }
  const { status, ...body } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? problem('headers-too-large', 'the headers are larger than 16 KiB', '')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? problem('request-timeout', 'the headers took too long to arrive', '')
        : problem('bad-request', 'this is not an HTTP/1.1 request', '');
  const json = JSON.stringify({ ...body, status });
  socket.end(
    [
      `HTTP/1.1 ${status} ${body.title}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(json)}`,
      `x-request-id: ${randomUUID()}`,
      'connection: close',
      '',
      json,
    ].join('\r\n'),
  );
};

import type { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { AddressNotAllowed, type AddressRule } from './addresses.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

export type PostLimits = {
  /** Longest wait for a connection: its name, its address and its certificate. */
  readonly connectMs: number;
  /** Longest wait from there to the end of the answer. */
  readonly answerMs: number;
};

export type PostRequest = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Certificates, PEM, that the receiver's may be signed by, where they are not those that Node trusts. */
  readonly ca?: string | undefined;
};

export type PostOptions = {
  readonly rule: AddressRule;
  readonly limits: PostLimits;
  /** Node's, or another resolver. */
  readonly resolve?: typeof lookup | undefined;
  readonly signal: AbortSignal;
};

/** What an answer says beyond its status is of no use here. As much is read, so that the receiver is not broken off while it answers. */
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * One attempt, over a connection of its own. The status decides; no redirect is followed, and the answer's body is not kept.
 * @throws the signal's reason, and what Node throws for a request that cannot be made
 */
export const post = (
  { url, headers, body, ca }: PostRequest,
  { rule, limits, resolve, signal }: PostOptions,
): Promise<Outcome> => {
  signal.throwIfAborted();
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // Node does not look up a host that is an address already.
  if (isIP(host) !== 0 && !rule.mayConnect(host, host))
    return Promise.resolve({ kind: 'failed', why: 'address-not-allowed' });
  const isTls = url.protocol === 'https:';

  return new Promise((settle, reject) => {
    let isConnected = false;
    let outcome: Outcome | undefined;
    const asked = (isTls ? requestHttps : requestHttp)(url, {
      ...{ method: 'POST', agent: false, lookup: rule.lookup(resolve), ca },
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const end = (result: Outcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle(result);
      asked.destroy();
    };
    const late = () => end(outcome ?? failed(isConnected));
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
      asked.destroy();
    };
    let timer = setTimeout(late, limits.connectMs);
    signal.addEventListener('abort', abort, { once: true });

    asked.once('socket', (socket: Socket) =>
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        isConnected = true;
        clearTimeout(timer);
        timer = setTimeout(late, limits.answerMs);
      }),
    );
    asked.on('error', (error: NodeJS.ErrnoException) => end(outcome ?? failed(isConnected, error)));
    asked.once('close', () => end(outcome ?? failed(isConnected)));
    asked.once('response', (answer) => {
      const said = outcomeOf(answer.statusCode ?? 0, answer.headers['retry-after'], Date.now());
      outcome = said;
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_ANSWER_BYTES) end(said);
      });
      answer.on('error', () => end(said));
      answer.once('end', () => end(said));
    });
    asked.end(body);
  });
};

const failed = (isConnected: boolean, error?: NodeJS.ErrnoException): Outcome => {
  if (error instanceof AddressNotAllowed) return { kind: 'failed', why: 'address-not-allowed' };
  const why = isConnected ? 'no-answer' : 'not-connected';
  return { kind: 'failed', why, ...(error?.code !== undefined && { code: error.code }) };
};

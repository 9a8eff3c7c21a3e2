import { LedgerProblem, ledgerClient, type Schemas } from '../../../clients/typescript/client.ts';
import { type Interruption, untilResolved } from './interruption.ts';

export { answered, LedgerProblem, type Schemas } from '../../../clients/typescript/client.ts';

const LIMIT_MS = 30_000;

const CONSOLE_HEADER = 'x-ledger-console';
/** A person is at work while they touch the page at least this often. */
const AT_WORK_MS = 60_000;

let touchedAt = Number.NEGATIVE_INFINITY;
for (const touch of ['pointerdown', 'keydown', 'wheel'] as const)
  document.addEventListener(touch, () => (touchedAt = performance.now()), { capture: true, passive: true });

/**
 * Without the header the session's cookie counts for nothing: another site cannot send one of its own. A page that asks by itself, with no person
 * at work, says so, and keeps no session alive.
 */
const said = (): string => (performance.now() - touchedAt < AT_WORK_MS ? '1' : 'background');

/** What keeps the answer from counting until a person does something about it. */
const interruptionOf = async (answer: Response): Promise<Interruption | undefined> => {
  if (answer.status !== 401 && answer.status !== 403) return undefined;
  const { code } = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as { code?: string };
  if (answer.status === 401) return 'session-ended';
  return code === 'step-up-needed' ? 'step-up' : undefined;
};

const once = async (request: Request): Promise<Response> => {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const asked = new Request(request.clone(), { signal: AbortSignal.any([request.signal, limit]) });
  asked.headers.set(CONSOLE_HEADER, said());
  try {
    return await fetch(asked);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw limit.aborted
      ? new LedgerProblem(undefined, 0, `The server has not answered within ${LIMIT_MS / 1_000} seconds.`)
      : new LedgerProblem(undefined, 0, 'The server cannot be reached.');
  }
};

/**
 * Sends a request by the session's cookie. Where the session ended, or the act needs a fresh sign-in, the person is asked, and the same
 * request is sent again: typed words stay where they are.
 */
export const send = async (request: Request): Promise<Response> => {
  const answer = await once(request);
  const interruption = await interruptionOf(answer);
  if (interruption === undefined || !(await untilResolved(interruption))) return answer;
  return once(request);
};

export const api = ledgerClient({ baseUrl: window.location.origin, fetch: send });

export type Session = {
  readonly personId: string;
  readonly roles: readonly string[];
  readonly signIn: 'development' | 'issuer';
  readonly expiresAt: string;
  readonly idleUntil: string;
  /** Names of people can be asked for. */
  readonly names?: true;
};
/** Without a session: how one begins here. */
export type NoSession = { readonly signIn: 'development' | 'issuer' };

/** The session as it is. It asks no one to sign in. @throws LedgerProblem where the server cannot say */
export const readSession = async (): Promise<Session | NoSession> => {
  const answer = await once(new Request('/console/session'));
  const body = (await answer.json().catch(() => ({}))) as Session & {
    detail?: string;
    code?: Schemas['Problem']['code'];
  };
  if (answer.ok) return body;
  if (answer.status === 401) return { signIn: body.signIn ?? 'issuer' };
  throw new LedgerProblem(body.code, answer.status, body.detail ?? `The server answered ${answer.status}.`);
};

export const isSession = (read: Session | NoSession): read is Session => 'personId' in read;

export type DevelopmentRole = 'on-call' | 'compliance' | 'patient';

/** Development alone: where there is an issuer, and in production, the route does not exist. @throws LedgerProblem */
export const signInAs = async (role: DevelopmentRole, personId?: string): Promise<void> => {
  const answer = await once(
    new Request('/console/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ role, ...(personId !== undefined && { personId }) }),
    }),
  );
  if (answer.ok) return;
  const { code, detail } = (await answer.json().catch(() => ({}))) as Partial<Schemas['Problem']>;
  throw new LedgerProblem(code, answer.status, detail ?? `The server answered ${answer.status}.`);
};

/** @throws LedgerProblem where the session may go on */
export const signOut = async (): Promise<void> => {
  const answer = await once(new Request('/console/logout', { method: 'POST' }));
  if (!answer.ok && answer.status !== 401)
    throw new LedgerProblem(undefined, answer.status, `The server answered ${answer.status}.`);
};

import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Namespace, Socket } from 'socket.io';
import { z } from 'zod';
import { ConsoleSessions } from '../auth/console-sessions.ts';
import { Forbidden, IdentityProviderUnavailable, lacksRole, Unauthenticated } from '../auth/errors.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { InTurn } from '../flow/in-turn.ts';
import { LONGEST_TIMER_MS, timerMs } from '../flow/timers.ts';
import { type Actor, hasRole, type Role, type VerifiedToken } from '../request/actor.ts';
import { type AddressOf, addressBehind } from './address.ts';
import { CallerCounts } from './caller-counts.ts';
import type { Channel } from './channels.ts';
import type { ProblemCode } from './problems.ts';

/** What a socket proved, last in its handshake or with `token.renew`. */
export type Admitted = VerifiedToken;

type Roles = 'anyone' | readonly Role[];

type Refused = { readonly ok: false; readonly code: ProblemCode; readonly detail: string };
/** What a client hears about what it asked for. */
export type Answered<T extends object = object> = ({ readonly ok: true } & T) | Refused;

/** A connection that is in no namespace for this long is closed: it is there for nothing. */
export const JOIN_WITHIN_MS = 10_000;
/** Actions of one socket that wait or are under way. A person acknowledges one breach after the other; more than this is a burst. */
const MOST_WAITING = 16;
/** How long before its token ends a client is asked for another one; half of the time left, where that is less. */
const WARNING_MS = 60_000;
/** Its length is bounded by that of a message. */
const RenewToken = z.strictObject({ token: z.string().min(1) });

/** What every namespace tells, and takes. */
export const tellsAll = {
  'token.expiring': {
    says: 'the token of the handshake ends soon: renew it, or be cut',
    schema: z.object({ expiresAt: z.iso.datetime() }),
  },
} as const satisfies Channel['tells'];
export const renewing = {
  'token.renew': {
    says: 'takes the next token of the same person',
    body: RenewToken,
    answer: z.object({ ok: z.literal(true), expiresAt: z.iso.datetime() }),
  },
} as const satisfies Channel['takes'];

/** A refusal as socket.io shows it to the client, in `connect_error`. */
export class HandshakeRefused extends Error {
  readonly data: { readonly code: ProblemCode };
  constructor(code: ProblemCode, message: string) {
    super(message);
    this.data = { code };
  }
}

class TooManySockets extends DomainError {
  readonly code = 'rate-limited';
  constructor(most: number) {
    super(`one person may have ${most} sockets open`);
  }
}

class TooManyActions extends DomainError {
  readonly code = 'rate-limited';
  constructor() {
    super(`${MOST_WAITING} actions of this socket are not done yet; send the next when one is`);
  }
}

type Kept = {
  roles: Roles;
  stopTimers: () => void;
};

/**
 * Lets sockets into namespaces with the token in `auth.token`, checked and counted like any request's, asks for the next token before it
 * ends, and cuts the connection when it does.
 */
@Injectable()
export class SocketDoor {
  private readonly logger = new Logger(SocketDoor.name);
  private readonly addressOf: AddressOf;
  private readonly perPerson: number;
  private readonly ofPerson = new Map<string, number>();
  /** Sockets of people at the console. */
  private readonly ofSession = new Map<string, Set<Socket>>();
  private readonly kept = new WeakMap<Socket, Kept>();
  /** The actions of each socket, one after the other. */
  private readonly actions = new InTurn<Socket>(MOST_WAITING, () => new TooManyActions());
  /** How many namespaces each connection is in. */
  private readonly joined = new WeakMap<object, number>();

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: ConsoleSessions,
    private readonly counts: CallerCounts,
    @Inject(CONFIG) { http }: Config,
  ) {
    this.addressOf = addressBehind(http.trustedProxies);
    this.perPerson = http.sockets.perPerson;
    sessions.onEnd((sessionId) => {
      for (const socket of this.ofSession.get(sessionId) ?? []) cut(socket);
    });
  }

  /** @param roles who may come in; `anyone` with a valid token */
  admit(namespace: Namespace, roles: Roles): void {
    namespace.use((socket, next) => {
      this.enter(socket, roles).then(
        () => next(),
        (error: unknown) => {
          // A client that is refused stays away for good, one that is cut comes back: nothing is known against it.
          if (error instanceof IdentityProviderUnavailable) cut(socket);
          else next(this.explained(error));
          if (error instanceof DomainError && error.code === 'rate-limited') setImmediate(() => socket.conn.close());
        },
      );
    });
    namespace.on('connection', (socket) => this.keep(socket, roles));
  }

  /**
   * One action of a socket, after those it sent before: while it is under way no other action of this socket is, and messages beyond a
   * small bound is refused. Every handler of a client's event goes through here.
   * @param schema what the event must carry
   * @param work done as the person the socket belongs to by then; what it throws becomes the answer
   */
  async act<S extends z.ZodType, T extends object>(
    socket: Socket,
    schema: S,
    body: unknown,
    work: (input: z.output<S>, actor: Actor) => Promise<T | undefined>,
  ): Promise<Answered<T>> {
    const input = schema.safeParse(body);
    if (!input.success) {
      const [issue] = input.error.issues;
      return { ok: false, code: 'validation-failed', detail: [issue?.path.join('.'), issue?.message].join(' ').trim() };
    }
    if (!this.kept.has(socket)) return this.refusal(new Unauthenticated('the socket is not connected'));
    try {
      const done = await this.actions.run(socket, async () => {
        // Nothing is done for a person whose token ended while the action waited.
        if (!socket.connected) throw new Unauthenticated('the socket is not connected');
        return work(input.data, actorOf(socket));
      });
      return { ok: true, ...done } as Answered<T>;
    } catch (error) {
      return this.refusal(error);
    }
  }

  private async enter(socket: Socket, roles: Roles): Promise<void> {
    const { token } = socket.handshake.auth as { token?: unknown };
    const admitted = await this.verified(socket, roles, () =>
      // A token is the caller, whatever cookies the browser adds.
      token === undefined ? this.fromSession(socket) : this.fromToken(token),
    );
    await this.counts.countRequest(admitted.actor);
    if ((this.ofPerson.get(admitted.actor.id) ?? 0) >= this.perPerson) throw new TooManySockets(this.perPerson);
    Object.assign(socket.data, admitted);
  }

  /** @throws Unauthenticated, RateLimited, IdentityProviderUnavailable, Forbidden */
  private async verified(socket: Socket, roles: Roles, prove: () => Promise<Admitted>): Promise<Admitted> {
    try {
      const admitted = await prove();
      if (roles !== 'anyone' && !hasRole(admitted.actor, ...roles)) throw lacksRole('this namespace', roles, admitted);
      return admitted;
    } catch (error) {
      if (error instanceof Unauthenticated) await this.counts.countRefusal(this.addressOf(socket.request));
      throw error;
    }
  }

  private async fromToken(token: unknown): Promise<Admitted> {
    if (typeof token !== 'string' || token === '') throw new Unauthenticated('auth.token is needed');
    return this.tokens.verify(token);
  }

  /** Of people at the console, by the request that the connection began with. */
  private async fromSession({ request }: Socket): Promise<Admitted> {
    const session = await this.sessions.ofHandshake(request.headers, Date.now());
    if (!session) throw new Unauthenticated('auth.token is needed');
    return session.verified;
  }

  private keep(socket: Socket, roles: Roles): void {
    const { actor, expiresAt, session } = socket.data as Admitted;
    const kept: Kept = { roles, stopTimers: () => {} };
    this.kept.set(socket, kept);
    if (session) this.ofSession.set(session.id, (this.ofSession.get(session.id) ?? new Set()).add(socket));
    const open = (this.ofPerson.get(actor.id) ?? 0) + 1;
    this.ofPerson.set(actor.id, open);
    this.joined.set(socket.conn, (this.joined.get(socket.conn) ?? 0) + 1);
    socket.once('disconnect', () => {
      kept.stopTimers();
      this.kept.delete(socket);
      if (session) this.forget(socket, session.id);
      this.left(socket, actor.id);
    });
    socket.use((packet, next) => {
      const answer: unknown = packet.at(-1);
      this.counts.countRequest(actorOf(socket)).then(
        () => next(),
        (error: unknown) => {
          if (typeof answer === 'function') answer(this.refusal(error));
        },
      );
    });
    socket.on('token.renew', async (body: unknown, answer: unknown) => {
      const renewed = await this.act(socket, RenewToken, body, ({ token }) => this.renew(socket, token));
      if (typeof answer === 'function') answer(renewed);
    });
    this.expire(socket, expiresAt);
    // Several at once can have passed the handshake before any of them was counted.
    if (open > this.perPerson) cut(socket);
  }

  private forget(socket: Socket, sessionId: string): void {
    const sockets = this.ofSession.get(sessionId);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.ofSession.delete(sessionId);
  }

  private left(socket: Socket, personId: string): void {
    const open = (this.ofPerson.get(personId) ?? 1) - 1;
    if (open > 0) this.ofPerson.set(personId, open);
    else this.ofPerson.delete(personId);
    const { conn } = socket;
    const namespaces = (this.joined.get(conn) ?? 1) - 1;
    this.joined.set(conn, namespaces);
    if (namespaces > 0) return;
    setTimeout(() => {
      if (this.joined.get(conn) === 0) conn.close();
    }, JOIN_WITHIN_MS).unref();
  }

  /** Takes the next token of the same person; another person's, or one whose roles do not let them in here, changes nothing. */
  private async renew(socket: Socket, token: string): Promise<{ expiresAt: string }> {
    const admitted = await this.verified(socket, this.kept.get(socket)?.roles ?? [], () => this.fromToken(token));
    if (admitted.actor.id !== actorOf(socket).id) throw new Forbidden('the token is another person’s');
    Object.assign(socket.data, admitted);
    // Code that reads the token of the handshake finds the renewed one.
    socket.handshake.auth = { ...socket.handshake.auth, token };
    this.expire(socket, admitted.expiresAt);
    return { expiresAt: admitted.expiresAt.toISOString() };
  }

  private expire(socket: Socket, expiresAt: Date): void {
    const kept = this.kept.get(socket);
    if (!kept) return;
    kept.stopTimers();
    const end = expiresAt.getTime();
    const warning = end - Math.min(WARNING_MS, (end - Date.now()) / 2);
    const stops = [
      at(warning, () => socket.emit('token.expiring', { expiresAt: expiresAt.toISOString() })),
      at(end, () => cut(socket)),
    ];
    kept.stopTimers = () => {
      for (const stop of stops) stop();
    };
  }

  private explained(error: unknown): HandshakeRefused {
    const { code, detail } = this.refusal(error);
    return new HandshakeRefused(code, detail);
  }

  private refusal(error: unknown): Refused {
    if (error instanceof DomainError) return { ok: false, code: error.code, detail: error.message };
    this.logger.error('what a socket asked for failed', error instanceof Error ? error.stack : String(error));
    return { ok: false, code: 'internal-error', detail: 'the failure was logged' };
  }
}

/** Ends the whole connection. A socket.io client comes back from that by itself; one that is sent `disconnect` stays away for good. */
export const cut = (socket: Pick<Socket, 'conn'>): void => {
  socket.conn.close(true);
};

const actorOf = (socket: Socket): Actor => (socket.data as Admitted).actor;

/** @returns how to call it off */
const at = (time: number, act: () => void): (() => void) => {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = Math.max(0, time - Date.now());
    timer = setTimeout(left > LONGEST_TIMER_MS ? wait : act, timerMs(left));
  };
  wait();
  return () => clearTimeout(timer);
};

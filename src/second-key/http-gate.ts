import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { from, map, mergeMap, type Observable } from 'rxjs';
import { DomainError } from '../errors.ts';
import { pathOf, problemOf } from '../http/problems.ts';
import type { Cause } from '../ledger/ledger.ts';
import { clientReleaseOf } from '../request/said.ts';
import { AnswerCheck, isForTheDesk, isHook, isOfAccesses, isOfTheDesk, type Shown, type StopReason } from './answer.ts';
import { CallerWitness, type Established } from './caller.ts';
import { asKeysUnavailable, EvidenceUnavailable } from './errors.ts';
import { askedOf, markOf, withKeptIds } from './intent.ts';
import { NOBODY, Stops } from './stops.ts';

/** Whom the first key takes the caller for. */
/** `clientId` is kept in metadata; nothing is decided by it. */
type Believed = { readonly id: string; readonly roles: readonly string[]; readonly clientId?: string };
type Request = FastifyRequest & { readonly user?: { readonly actor: Believed } };

/** Writes down what an answer shows, before it shows it. */
export type RecordShown = (viewerId: string, shown: readonly Shown[], cause: Cause) => Promise<void>;

/** Headers of a withheld response that may stay: they say nothing about its content. */
const TELLING = ['etag', 'location', 'set-cookie', 'content-length', 'content-disposition', 'content-range'];

/**
 * The last look at every answer. Its hooks belong to the routes themselves, which Fastify calls after every other hook, on the text as it
 * will be sent: whatever a handler, an interceptor or a hook did to it.
 */
@Injectable()
export class HttpGate implements NestInterceptor {
  private readonly callers = new WeakMap<IncomingMessage, Promise<Established | undefined>>();
  /** Which request an answer was made for. */
  private readonly madeFor = new WeakMap<object, IncomingMessage>();
  /** The object that was serialised for a request, and its text. */
  private readonly written = new WeakMap<IncomingMessage, { readonly value: object; readonly text: string }>();
  /** Set by the code that records it. Until then nothing is shown. */
  recordShown: RecordShown = async () => {
    throw new EvidenceUnavailable('the record of shown lists is not connected');
  };

  constructor(
    private readonly witness: CallerWitness,
    private readonly check: AnswerCheck,
    private readonly stops: Stops,
  ) {}

  /** To be called before the first route is registered. */
  attach(server: FastifyInstance): void {
    server.addHook('onRoute', (route: RouteOptions) => {
      const after = <H>(hooks: H | H[] | undefined, last: H): H[] => [...(hooks ? [hooks].flat() : []), last] as H[];
      route.preHandler = after(route.preHandler, (request, reply, done) => {
        reply.serializer((payload: unknown) => {
          // With a serializer of its own Fastify leaves it to that to say what it made.
          if (typeof payload !== 'string' && !reply.hasHeader('content-type'))
            reply.type('application/json; charset=utf-8');
          return this.write(request.raw, payload);
        });
        const asked = askedOf(request.method, request.raw.url ?? '', request.body);
        request.intent = () => markOf(asked && withKeptIds(asked));
        done();
      });
      route.onSend = after(route.onSend, async (request, reply, payload) => this.release(request, reply, payload));
    });
  }

  /** Before a handler does anything in a caller's name, and where its answer is known to be the answer to this very request. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    return from(this.agree(request)).pipe(
      mergeMap(() => next.handle()),
      map((answer: unknown) => {
        if (typeof answer !== 'object' || answer === null) return answer;
        // A response that was made for another caller is not sent to this one.
        if (!this.madeFor.has(answer)) this.madeFor.set(answer, request.raw);
        return answer;
      }),
    );
  }

  private write(raw: IncomingMessage, payload: unknown): string {
    if (typeof payload === 'string') return payload;
    const text = JSON.stringify(payload);
    if (typeof payload === 'object' && payload !== null) this.written.set(raw, { value: payload, text });
    return text;
  }

  /** Both keys must take the caller for the same person in the same roles. @throws Stopped, KeysUnavailable */
  private async agree(request: Request): Promise<Established | undefined> {
    const believed = request.user?.actor;
    if (!believed && !isOurs(request)) return undefined;
    const caller = await this.callerOf(request);
    const reason = this.dispute(request, believed, caller);
    if (reason) throw await this.stopped(request, reason, caller);
    return caller;
  }

  private dispute(
    request: Request,
    believed: Believed | undefined,
    caller: Established | undefined,
  ): StopReason | undefined {
    const isSame =
      !believed ||
      (caller?.id === believed.id &&
        caller.roles.size === new Set(believed.roles).size &&
        believed.roles.every((role) => caller.roles.has(role)));
    if (!isSame) return 'caller-disputed';
    const url = urlOf(request);
    return isForTheDesk(url) && !isHook(url) && !(caller && isOfTheDesk(caller, url)) ? 'desk-only' : undefined;
  }

  /** Established once for each request, from what came with it. */
  private callerOf(request: Request): Promise<Established | undefined> {
    const known = this.callers.get(request.raw);
    if (known) return known;
    const { headers, method } = request.raw;
    const caller = this.witness.establish({ ...headers, method, url: urlOf(request) }).catch((cause: unknown) => {
      throw asKeysUnavailable(cause);
    });
    this.callers.set(request.raw, caller);
    return caller;
  }

  private async release(request: Request, reply: FastifyReply, payload: unknown): Promise<unknown> {
    if (!isOurs(request) && !request.user) return payload;
    try {
      await this.look(request, reply, payload);
      return payload;
    } catch (error) {
      for (const header of TELLING) reply.removeHeader(header);
      const problem = problemOf(error, pathOf(request.url));
      reply.code(problem.status).header('content-type', 'application/problem+json');
      if (error instanceof DomainError && error.retryAfterSeconds !== undefined)
        reply.header('retry-after', error.retryAfterSeconds);
      return JSON.stringify(problem);
    }
  }

  private async look(request: Request, reply: FastifyReply, payload: unknown): Promise<void> {
    const { statusCode: status } = reply;
    const text = payload === undefined || payload === null ? '' : payload;
    if (typeof text !== 'string') throw await this.stopped(request, 'cross-wired');
    // A refusal says nothing that needs the caller; whether it names another person's data is checked all the same.
    const caller = status < 400 ? await this.agree(request) : await this.callerOf(request).catch(() => undefined);
    if (status < 400 && text !== '' && !this.isAnswerTo(request, text))
      throw await this.stopped(request, 'cross-wired', caller);
    const { value } = this.written.get(request.raw) ?? {};
    const leaving = { method: request.method, url: urlOf(request), asked: request.body, status, text, value };
    const found = await this.check.check(leaving, caller);
    if ('reason' in found)
      throw await this.stops.record(found, {
        viewerId: caller?.id ?? request.user?.actor.id ?? NOBODY,
        ...this.placeOf(request, caller),
      });
    if (caller && found.length > 0 && status < 400 && isList(request))
      await this.recordShown(caller.id, found, this.placeOf(request, caller).cause);
  }

  /** Whether the text is that of the object that the handler of this request returned, and was not returned to another before. */
  private isAnswerTo({ raw }: Request, text: string): boolean {
    const written = this.written.get(raw);
    return written !== undefined && written.text === text && this.madeFor.get(written.value) === raw;
  }

  private stopped(request: Request, reason: StopReason, caller?: Established) {
    const viewerId = caller?.id ?? request.user?.actor.id ?? NOBODY;
    return this.stops.record({ reason, owners: [] }, { viewerId, ...this.placeOf(request, caller) });
  }

  private placeOf(request: Request, caller: Established | undefined): { route: string; cause: Cause } {
    const believed = request.user?.actor;
    const { clientId } = believed ?? {};
    const actor = caller
      ? {
          ...{ id: caller.id, roles: [...caller.roles] },
          ...(clientId !== undefined && believed?.id === caller.id && { clientId }),
        }
      : (believed ?? { id: NOBODY, roles: [] });
    const route = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
    return { route, cause: { actor, requestId: request.id, ...clientReleaseOf(request) } };
  }
}

const urlOf = ({ raw }: Request): string => raw.url ?? '';

/** The API; pages of documentation, health and metrics are about no person. */
const isOurs = (request: Request): boolean => urlOf(request).startsWith('/v1/');

const isList = (request: Request): boolean =>
  request.method === 'GET' && !isOfAccesses(urlOf(request)) && !isForTheDesk(urlOf(request));

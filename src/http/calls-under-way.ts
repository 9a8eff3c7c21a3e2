import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { finalize, type Observable } from 'rxjs';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';

const RETRY_AFTER_SECONDS = 1;

/** The caller has as many requests under way as it may. */
class TooManyCalls extends DomainError {
  readonly code = 'rate-limited';
  override readonly retryAfterSeconds = RETRY_AFTER_SECONDS;
  constructor(most: number) {
    super(`${most} requests of this caller are under way; ask again when one is done`);
  }
}

/** Over when its answer has ended and its handler, too: a caller who hangs up does not end the work that they asked for. */
type Call = { answered: boolean; handled: boolean; readonly over: () => void };

/**
 * Bounds the requests of one person that are under way, so that a burst of one waits in their own line and not in the one of all callers. Memory
 * is bounded by the connections: a caller with nothing under way is forgotten.
 */
@Injectable()
export class CallsUnderWay implements CanActivate, NestInterceptor {
  private readonly counts = new Map<string, number>();
  private readonly calls = new WeakMap<object, Call>();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Callers with something under way. */
  get callers(): number {
    return this.counts.size;
  }

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const actor = request.user?.actor;
    if (!actor) return true;
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    this.take(actor);
    // Handled, as long as no handler has begun: another guard may refuse the request before.
    const call: Call = { answered: raw.destroyed, handled: true, over: () => this.give(actor) };
    this.calls.set(request, call);
    if (!raw.destroyed) raw.once('close', () => end(call, { answered: true }));
    return true;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call =
      context.getType() === 'http' ? this.calls.get(context.switchToHttp().getRequest<GuardedRequest>()) : undefined;
    if (!call) return next.handle();
    call.handled = false;
    return next.handle().pipe(finalize(() => end(call, { handled: true })));
  }

  private take(actor: Actor): void {
    const { callsAtOnce, serviceCallsAtOnce } = this.config.http;
    const most = hasRole(actor, 'service') ? serviceCallsAtOnce : callsAtOnce;
    const underWay = this.counts.get(actor.id) ?? 0;
    if (underWay >= most) throw new TooManyCalls(most);
    this.counts.set(actor.id, underWay + 1);
  }

  private give({ id }: Actor): void {
    const left = (this.counts.get(id) ?? 1) - 1;
    if (left > 0) this.counts.set(id, left);
    else this.counts.delete(id);
  }
}

const end = (call: Call, done: Partial<Pick<Call, 'answered' | 'handled'>>): void => {
  const wasOver = call.answered && call.handled;
  Object.assign(call, done);
  if (!wasOver && call.answered && call.handled) call.over();
};

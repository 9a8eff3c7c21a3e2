import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import { type Actor, hasRole } from '../auth/actor.ts';
import type { GuardedRequest } from '../auth/caller.guard.ts';
import { type Access, accessTo, ROUTE_ROLES, type RouteRoles } from '../auth/route-roles.ts';
import { EgressGuard, type Recipient } from './egress.guard.ts';
import { Listings } from './listings.ts';
import { consultationsIn } from './shown.ts';

/** Nothing about a consultation leaves before it was looked at again, and nothing is listed before that is written down. */
@Injectable()
export class EgressInterceptor implements NestInterceptor {
  constructor(
    private readonly guard: EgressGuard,
    private readonly listings: Listings,
    @Inject(ROUTE_ROLES) private readonly roles: RouteRoles,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const route = `${request.method} ${request.routeOptions.url}`;
    const access = accessTo(this.roles, request.method, request.routeOptions.url ?? '');
    const actor = request.user?.actor;
    if (!actor || isForTheDesk(access)) return next.handle();
    return next.handle().pipe(mergeMap((answer) => this.release(answer, actor, request, route)));
  }

  private async release(answer: unknown, actor: Actor, request: GuardedRequest, route: string): Promise<unknown> {
    const { patientId } = request.params as { patientId?: string };
    const shown = consultationsIn(answer, patientId);
    if (shown.length === 0) return answer;
    const cause = { actor, requestId: request.id };
    await this.guard.check(shown, recipientOf(actor, patientId), route, cause);
    const listed = shown.filter(({ isListed }) => isListed);
    if (request.method === 'GET') await this.listings.record(actor.id, listed, cause);
    return answer;
  }
}

/** A service sees what it asked about: one patient's consultations. Without a patient in the path it is a person like any other. */
const recipientOf = (actor: Actor, patientId: string | undefined): Recipient => ({
  id: actor.id,
  servingPatient: hasRole(actor, 'service') ? patientId : undefined,
});

/** Routes for on-call and compliance alone show other people's consultations; that is what they are for. */
const isForTheDesk = (access: Access | undefined): boolean =>
  Array.isArray(access) && access.every((role) => role === 'on-call' || role === 'compliance');

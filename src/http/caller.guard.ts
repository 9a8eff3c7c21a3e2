import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { AuthGuard, AuthModuleOptions } from '@nestjs/passport';
import type { FastifyReply } from 'fastify';
import type { Socket } from 'socket.io';
import { ConsoleSessions } from '../auth/console-sessions.ts';
import { Forbidden, lacksRole, Unauthenticated } from '../auth/errors.ts';
import { accessTo, ROUTE_ROLES, type RouteRoles } from '../auth/route-roles.ts';
import { insistOnStepUp } from '../auth/step-up.ts';
import { ViewCookies } from '../auth/view-cookies.ts';
import { DomainError } from '../errors.ts';
import { hasRole, type VerifiedToken } from '../request/actor.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { CallerCounts } from './caller-counts.ts';

/** Lets a caller reach a route only where the table of roles opens it to them. */
@Injectable()
export class CallerGuard extends AuthGuard() {
  constructor(
    @Inject(AuthModuleOptions) options: AuthModuleOptions,
    @Inject(ROUTE_ROLES) private readonly roles: RouteRoles,
    private readonly cookies: ViewCookies,
    private readonly sessions: ConsoleSessions,
    private readonly counts: CallerCounts,
  ) {
    super(options);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() === 'ws') return isVerified(context.switchToWs().getClient<Socket>());
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const access = accessTo(this.roles, request.method, request.routeOptions.url ?? '');
    if (access === undefined) throw new Forbidden('no role may call this route');
    if (access === 'public') return true;
    if (access === 'viewer' && (await this.hasViewCookie(request))) return true;
    const verified = (await this.sessionOf(context, request)) ?? (await this.authenticate(context, request));
    if (access !== 'anyone' && access !== 'viewer' && !hasRole(verified.actor, ...access))
      throw lacksRole('this route', access, verified);
    const { method, body, routeOptions } = request;
    if (verified.session) insistOnStepUp(verified.session, { method, pattern: routeOptions.url ?? '', body });
    return true;
  }

  /** passport hands over the verified token, an error of ours, or its own complaint that there is no token. */
  override handleRequest<T>(error: unknown, verified: T | false | undefined, complaint: unknown): T {
    if (verified) return verified;
    const reason = error ?? complaint;
    throw reason instanceof DomainError ? reason : new Unauthenticated('a bearer token is needed', { cause: reason });
  }

  /** A caller with a token is the person it names, whatever cookies the browser adds. */
  private async hasViewCookie(request: GuardedRequest): Promise<boolean> {
    const { authorization, cookie } = request.headers;
    const { viewId } = request.params as { viewId?: string };
    if (authorization !== undefined || cookie === undefined || viewId === undefined) return false;
    const viewer = await this.cookies.verify(cookie, viewId);
    if (viewer) request.user = viewer;
    return viewer !== undefined;
  }

  /** Likewise for people at the console. What they do keeps their session open. */
  private async sessionOf(context: ExecutionContext, request: GuardedRequest): Promise<VerifiedToken | undefined> {
    const { headers, method } = request;
    if (headers.authorization !== undefined || headers.cookie === undefined) return undefined;
    const isChange = method !== 'GET' && method !== 'HEAD';
    const session = await this.sessions.ofRequest(headers, isChange, Date.now());
    if (!session) return undefined;
    const cookie = await session.refreshed?.();
    if (cookie !== undefined) context.switchToHttp().getResponse<FastifyReply>().header('set-cookie', cookie);
    request.user = session.verified;
    return session.verified;
  }

  private async authenticate(context: ExecutionContext, request: GuardedRequest): Promise<VerifiedToken> {
    try {
      await super.canActivate(context);
    } catch (error) {
      if (error instanceof Unauthenticated) await this.counts.countRefusal(request.ip);
      throw error;
    }
    if (!request.user) throw new Unauthenticated('a bearer token is needed');
    return request.user;
  }
}

/** A socket proved who it is in its handshake; one that did not never gets to a handler. */
const isVerified = (socket: Socket): boolean => socket.data.actor !== undefined;

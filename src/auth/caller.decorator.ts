import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../request/actor.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { Unauthenticated } from './errors.ts';

/** The `Actor` behind the request, as a parameter of a route handler. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const verified = context.switchToHttp().getRequest<GuardedRequest>().user;
  if (!verified) throw new Unauthenticated('a bearer token is needed');
  return verified.actor;
});

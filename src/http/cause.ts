import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Unauthenticated } from '../auth/errors.ts';
import type { Cause } from '../ledger/ledger.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { ifMatchOf } from './conditional.ts';
import { heeding } from './documented.ts';

/** What every command comes with: why, and the revision it is meant for. */
export type ConditionalCause = { readonly cause: Cause; readonly ifMatch: number | undefined };

/** `ConditionalCause`, as a parameter of a route handler. */
export const ConditionalCauseOf = (): ParameterDecorator => heeding(conditionalCause(), 'cause', 'if-match');

/** Why the ledger changes, as a parameter of a route handler: the caller, the request, and the Idempotency-Key with all it was sent for. */
export const CauseOf = (): ParameterDecorator => heeding(cause(), 'cause');

const conditionalCause = createParamDecorator(
  (_: unknown, context: ExecutionContext): ConditionalCause => ({
    cause: causeOf(context),
    ifMatch: ifMatchOf(context),
  }),
);
const cause = createParamDecorator((_: unknown, context: ExecutionContext): Cause => causeOf(context));

const causeOf = (context: ExecutionContext): Cause => {
  const request = context.switchToHttp().getRequest<GuardedRequest>();
  if (!request.user) throw new Unauthenticated('a bearer token is needed');
  const { actor } = request.user;
  // Reading leaves facts behind, too, but there is nothing to repeat about it.
  const {
    said: { idempotencyKey, clientRelease },
    intent,
  } = request;
  const key = isReading(request.method) ? undefined : idempotencyKey;
  return {
    actor,
    requestId: request.id,
    ...(intent !== undefined && { intent }),
    ...(clientRelease !== undefined && { clientRelease }),
    ...(key !== undefined && {
      idempotency: { key, request: [request.method, request.url, isPlain(request.body) ? request.body : null] },
    }),
  };
};

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** An upload's body is a stream; its route adds the hash of what it read. */
const isPlain = (body: unknown): boolean => typeof body === 'object' && body !== null && !('pipe' in body);

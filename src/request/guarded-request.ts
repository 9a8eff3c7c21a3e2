import type { FastifyRequest } from 'fastify';
import type { VerifiedToken } from './actor.ts';

/** A request once the guard has let it through; `user` is missing on public routes. */
export type GuardedRequest = FastifyRequest & { user?: VerifiedToken };

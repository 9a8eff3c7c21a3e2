import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { heeding } from './documented.ts';
import { ValidationFailed } from './problems.ts';

/** The entity tag of anything that has a stream revision. */
export const etag = (revision: number): string => `"${revision}"`;

const REVISION = /^(0|[1-9]\d{0,15})$/;
const ETAG = /^"(0|[1-9]\d{0,15})"$/;

const header = (name: string, context: ExecutionContext): string | undefined => {
  const value = context.switchToHttp().getRequest<FastifyRequest>().headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

const MinRevisionOf = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const value = header('x-min-revision', context);
  if (value === undefined) return undefined;
  const [, revision] = REVISION.exec(value) ?? [];
  if (revision !== undefined) return Number(revision);
  throw new ValidationFailed([{ path: 'X-Min-Revision', message: 'must be a revision, like 7' }]);
});

/**
 * `X-Min-Revision`, as a parameter of a route handler: the revision of the patient's stream that the answer must at least
 * show; undefined when the caller does not mind.
 */
export const MinRevision = (): ParameterDecorator => heeding(MinRevisionOf(), 'min-revision');

/** `If-Match`: the revision the command is meant for; undefined when it is unconditional. */
export const ifMatchOf = (context: ExecutionContext): number | undefined => {
  const value = header('if-match', context);
  if (value === undefined || value === '*') return undefined;
  const [, revision] = ETAG.exec(value) ?? [];
  if (revision !== undefined) return Number(revision);
  throw new ValidationFailed([
    { path: 'If-Match', message: 'must be the one ETag this command is meant for, like "7"' },
  ]);
};

/**
 * Whether the caller already has what `current` names (`If-None-Match`); the handler then answers 304 without a body.
 * Weak tags count: proxies weaken ours when they compress, and this is a comparison for reading.
 */
export const isNotModified = (request: FastifyRequest, current: string): boolean => {
  const value = request.headers['if-none-match'];
  if (value === undefined) return false;
  const tags = value.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(current);
};

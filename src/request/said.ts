import type { FastifyRequest } from 'fastify';

/**
 * What a request says of itself beside what it asks for. It is handed on as a value: an ambient one (`AsyncLocalStorage`) slows every
 * promise of the process down, by about a twentieth of what a view costs on Node 20.
 */
export type Said = {
  /** The caller's `Idempotency-Key`, if any. Its text stays out of events and logs. */
  readonly idempotencyKey?: string;
  /** The release of the app that asks (`X-Client-Release`), where it says so. */
  readonly clientRelease?: string;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Validated when the request arrived. */
    said: Said;
    /** What the second key read in the raw request; see `src/second-key/intent.ts`. */
    intent: (() => string) | undefined;
    /** The body as it came, of routes that check a signature over it. */
    signedBody: string | undefined;
  }
}

/** The release of the app that asks, as a part of a `Cause`. */
export const clientReleaseOf = ({ said: { clientRelease } }: FastifyRequest): Pick<Said, 'clientRelease'> =>
  clientRelease === undefined ? {} : { clientRelease };

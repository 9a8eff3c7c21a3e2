import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../auth/actor.ts';

/** What everything done for one request shares; the ledger writes it into the metadata of events, the log into every line. */
export type RequestContext = {
  readonly requestId: string;
  /** Set by the guard; missing on public routes. */
  actor?: Actor;
  /** The caller's `Idempotency-Key`, if any. Its text stays out of events and logs. */
  readonly idempotencyKey?: string;
  /** What the second key read in the raw request; see `src/second-key/intent.ts`. */
  intent?: string;
  /** The release of the app that asks (`X-Client-Release`), where it says so. */
  readonly clientRelease?: string;
  /** Id of the event this is done in answer to, where it was an event and not a request that started it. */
  readonly causationId?: string;
};

const storage = new AsyncLocalStorage<RequestContext>();

/** Undefined outside a request: at start, in a timer, on a subscription that did not enter one. */
export const currentRequest = (): RequestContext | undefined => storage.getStore();

/** Runs `work`, and whatever it starts, in the context. For work that no HTTP request began: sockets, subscriptions, commands. */
export const inContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

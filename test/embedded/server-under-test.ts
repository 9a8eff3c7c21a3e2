import { randomUUID } from 'node:crypto';
import {
  type AllStreamSubscription,
  type AppendToStreamOptions,
  type Credentials,
  type JSONEventType,
  jsonEvent,
  type ResolvedEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { startTestNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

/** True when the suite runs against the server in STORE_URL: what differs there by design says so. */
export const isRealServer = Boolean(process.env.STORE_URL);

/** A server and a client for the tests of one `describe`. */
export const serverUnderTest = (args: readonly string[] = []) => nodeUnderTest(() => startTestNode({ args }));

/** How clients in other languages say "no stream" where they say a revision (`StreamRevision.None` in .NET). */
export const NO_REVISION = 2n ** 64n - 1n;

/** Names that no other test and no other run uses. */
export const fresh = (name: string): string => `${name}-${randomUUID().replaceAll('-', '')}`;

export type Note = JSONEventType<string, { readonly number: number }>;

export const note = (number: number, type = 'Noted', id: string = randomUUID()) =>
  jsonEvent<Note>({ type, data: { number }, id });

export const notes = (count: number, type = 'Noted') =>
  Array.from({ length: count }, (_, number) => note(number, type));

/**
 * The client appends through BatchAppend unless a call carries credentials of its own: then it takes Append. On an
 * insecure connection they stay at home, so any will do.
 */
export const appendCalls: readonly (readonly [string, AppendToStreamOptions])[] = [
  ['BatchAppend', {}],
  ['Append', { credentials: credentialsOf(process.env.STORE_URL) }],
];

function credentialsOf(url: string | undefined): Credentials {
  const [, username = 'admin', password = 'changeit'] =
    /^esdb(?:\+discover)?:\/\/([^:@/]+):([^@/]+)@/.exec(url ?? '') ?? [];
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

export const collect = async <T>(events: AsyncIterable<T>): Promise<T[]> => {
  const collected: T[] = [];
  for await (const event of events) collected.push(event);
  return collected;
};

/** Numbers in the data of notes. */
export const numbersOf = (events: readonly { event?: { data: unknown } }[]): number[] =>
  events.map(({ event }) => (event?.data as { number?: number } | undefined)?.number ?? Number.NaN);

/** The error of a call that must fail. */
export const errorOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('The call succeeded.');
};

/** Follows a subscription from its first moment: what came, in which order. */
export class Follower {
  readonly events: ResolvedEvent[] = [];
  readonly errors: unknown[] = [];
  /** Kinds of messages in order of arrival. */
  readonly course: ('confirmation' | 'event' | 'caught up')[] = [];

  constructor(private readonly subscription: StreamSubscription | AllStreamSubscription) {
    subscription.on('confirmation', () => this.course.push('confirmation'));
    subscription.on('caughtUp', () => this.course.push('caught up'));
    subscription.on('error', (error) => this.errors.push(error));
    subscription.on('data', (event: ResolvedEvent) => {
      this.course.push('event');
      this.events.push(event);
    });
  }

  received(count: number): Promise<unknown> {
    return eventually(() => this.events.length >= count);
  }

  caughtUp(times = 1): Promise<unknown> {
    return eventually(() => this.course.filter((kind) => kind === 'caught up').length >= times);
  }

  failed(): Promise<unknown> {
    return eventually(() => this.errors.length > 0).then(() => this.errors[0]);
  }

  stop(): Promise<void> {
    return this.subscription.unsubscribe();
  }
}

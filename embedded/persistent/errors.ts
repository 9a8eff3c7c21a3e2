import { Metadata, status } from '@grpc/grpc-js';

/**
 * A refusal of the persistent subscriptions service: the status, text and trailers EventStoreDB answers with, from which
 * the client builds its typed errors. Trailers hold ASCII alone, so names are percent-encoded where they need it.
 */
export class SubscriptionError extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: status, details: string, trailers: Record<string, string>) {
    super(details);
    this.name = 'SubscriptionError';
    this.code = code;
    this.details = details;
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, trailerText(value));
  }
}

const trailerText = (value: string): string => (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value));

const trailers = (exception: string, stream: string, group: string) => ({
  exception,
  'stream-name': stream,
  'group-name': group,
});

export const doesNotExist = (stream: string, group: string): SubscriptionError =>
  new SubscriptionError(
    status.NOT_FOUND,
    `Subscription group ${group} on stream ${stream} does not exist.`,
    trailers('persistent-subscription-does-not-exist', stream, group),
  );

export const alreadyExists = (stream: string, group: string): SubscriptionError =>
  new SubscriptionError(
    status.ALREADY_EXISTS,
    `Subscription group ${group} on stream ${stream} exists.`,
    trailers('persistent-subscription-exists', stream, group),
  );

export const failed = (stream: string, group: string, reason: string): SubscriptionError =>
  new SubscriptionError(status.INTERNAL, `Subscription group ${group} on stream ${stream} failed: '${reason}'`, {
    ...trailers('persistent-subscription-failed', stream, group),
    reason,
  });

export const maximumSubscribersReached = (stream: string, group: string): SubscriptionError =>
  new SubscriptionError(
    status.FAILED_PRECONDITION,
    `Maximum subscriptions reached for subscription group ${group} on stream ${stream}.`,
    trailers('maximum-subscribers-reached', stream, group),
  );

export const dropped = (stream: string, group: string): SubscriptionError =>
  new SubscriptionError(
    status.CANCELLED,
    `Subscription group ${group} on stream ${stream} was dropped.`,
    trailers('persistent-subscription-dropped', stream, group),
  );

export const invalidArgument = (details: string): SubscriptionError =>
  new SubscriptionError(status.INVALID_ARGUMENT, details, {});

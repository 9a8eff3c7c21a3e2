import { HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type ErrorCode } from '../errors.ts';

/** What only HTTP itself can get wrong; the domain never throws these. */
type TransportCode =
  | 'bad-request'
  | 'route-not-found'
  | 'not-acceptable'
  | 'request-timeout'
  | 'uri-too-long'
  | 'unsupported-media-type'
  | 'headers-too-large'
  | 'not-ready'
  | 'internal-error';

export type ProblemCode = ErrorCode | TransportCode;

/** Status and title of every code: the one place where the domain's words meet HTTP. */
export const problems = {
  'bad-request': { status: 400, title: 'The request is malformed' },
  'validation-failed': { status: 400, title: 'The request has invalid fields' },
  'digest-invalid': { status: 400, title: 'The digest of the body cannot be read' },
  'digest-missing': { status: 400, title: 'A digest of the body is needed' },
  'digest-mismatch': { status: 400, title: 'The body does not match its Digest' },
  'upload-incomplete': { status: 400, title: 'The upload ended early' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  'stronger-sign-in-needed': { status: 401, title: 'A stronger sign-in is needed' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'step-up-needed': { status: 403, title: 'This needs a recent sign-in' },
  'view-refused': { status: 403, title: 'The caller may not view this recording' },
  'view-withheld': { status: 403, title: 'The view was withheld' },
  'claim-not-allowed': { status: 403, title: 'Nothing may be claimed there' },
  'own-case': { status: 403, title: 'A person cannot decide their own case' },
  'viewer-suspended': { status: 403, title: 'The viewer is suspended' },
  'route-not-found': { status: 404, title: 'There is no such route' },
  'patient-not-found': { status: 404, title: 'There is no such patient' },
  'consultation-not-found': { status: 404, title: 'There is no such consultation' },
  'participant-not-found': { status: 404, title: 'There is no such participant' },
  'recording-not-found': { status: 404, title: 'There is no such recording' },
  'view-not-found': { status: 404, title: 'There is no such view' },
  'backtest-not-found': { status: 404, title: 'There is no such backtest' },
  'breach-not-found': { status: 404, title: 'There is no such breach' },
  'incident-not-found': { status: 404, title: 'There is no such incident' },
  'drill-not-found': { status: 404, title: 'There is no such drill' },
  'export-not-found': { status: 404, title: 'There is no such export' },
  'erasure-not-found': { status: 404, title: 'There is no such erasure' },
  'hold-not-found': { status: 404, title: 'There is no such hold' },
  'release-not-found': { status: 404, title: 'There is no such release' },
  'reactor-not-found': { status: 404, title: 'There is no such reactor' },
  'person-not-found': { status: 404, title: 'No facts are known of this person' },
  'name-not-found': { status: 404, title: 'No name is known of this person' },
  'rule-not-found': { status: 404, title: 'There is no such rule' },
  'rule-change-not-found': { status: 404, title: 'There is no such change of a rule' },
  'webhook-not-found': { status: 404, title: 'There is no such webhook' },
  'delivery-not-found': { status: 404, title: 'There is no such delivery' },
  'not-acceptable': { status: 406, title: 'None of the accepted media types can be made' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'upload-stalled': { status: 408, title: 'The upload stalled' },
  'backtest-under-way': { status: 409, title: 'Another backtest is under way' },
  'slot-taken': { status: 409, title: 'The slot is taken' },
  'consultation-closed': { status: 409, title: 'The consultation is closed' },
  'consultation-not-due': { status: 409, title: 'The consultation has not begun' },
  'already-a-participant': { status: 409, title: 'This person already takes part' },
  'participant-required': { status: 409, title: 'This participant cannot be removed' },
  'participant-joined': { status: 409, title: 'This participant joined' },
  'consent-missing': { status: 409, title: 'Recording was not consented to' },
  'claimed-object-differs': { status: 409, title: 'The claimed object is not there, or is another one' },
  'device-needed': { status: 409, title: 'It is not said which device left' },
  'merge-refused': { status: 409, title: 'The two ids cannot be merged' },
  'media-session-taken': { status: 409, title: 'The media session belongs to another consultation' },
  'patient-busy': { status: 409, title: 'The patient has another consultation at that time' },
  'clinician-unknown': { status: 409, title: 'The clinician is not known' },
  'too-many-bookings': { status: 409, title: 'Too many open bookings' },
  'too-many-webhooks': { status: 409, title: 'There are as many webhooks as there may be' },
  'rule-change-closed': { status: 409, title: 'The change of the rule is decided, or overtaken' },
  'rule-change-empty': { status: 409, title: 'The rule is set like that already' },
  'backtest-needed': { status: 409, title: 'A backtest of the change is needed' },
  'containment-needed': { status: 409, title: 'The breach must be contained, or closed with a reason' },
  'export-not-ready': { status: 409, title: 'The export has no file' },
  'export-closed': { status: 409, title: 'The export is closed' },
  'breach-closed': { status: 409, title: 'The breach is closed' },
  'incident-closed': { status: 409, title: 'The incident is closed' },
  'incident-change-refused': { status: 409, title: 'This cannot be done with the incident' },
  'drill-closed': { status: 409, title: 'The drill cannot be begun any more' },
  'erasure-closed': { status: 409, title: 'The erasure has begun, is done or was cancelled' },
  'erasure-not-done': { status: 409, title: 'The erasure has no certificate' },
  'erasure-needs-keys': { status: 409, title: 'Nothing is sealed here, so that nothing can be erased for good' },
  'patient-erased': { status: 409, title: 'The patient was erased' },
  'export-expired': { status: 410, title: 'The file of the export was removed' },
  'recording-erased': { status: 410, title: 'The recording was erased' },
  'keys-destroyed': { status: 410, title: 'The keys of this person were destroyed' },
  'view-expired': { status: 410, title: 'The view has expired' },
  'view-revoked': { status: 410, title: 'The view was revoked' },
  'content-suspended': { status: 410, title: 'The viewer was suspended' },
  'revision-mismatch': { status: 412, title: 'The stream has moved on' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'This route does not take this content type' },
  'content-type-mismatch': { status: 415, title: 'The body is not what its Content-Type says' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside the content' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key came with another request before' },
  'recording-quarantined': { status: 423, title: 'The recording is quarantined' },
  'too-many-uploads': { status: 429, title: 'Too many uploads at once' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'recording-corrupt': { status: 500, title: 'The recording is not the one that was stored' },
  'export-corrupt': { status: 500, title: 'The file is not the one that was made' },
  'egress-violation': { status: 500, title: 'The answer was withheld' },
  'internal-error': { status: 500, title: 'The server failed' },
  'ledger-unavailable': { status: 503, title: 'The ledger is not available' },
  'ledger-contention': { status: 503, title: 'Too many commands at once' },
  'ledger-read-only': { status: 503, title: 'The ledger cannot be written here' },
  'history-unavailable': { status: 503, title: 'The access history cannot be asked here, or not yet' },
  'rules-unavailable': { status: 503, title: 'What rules found cannot be asked here, or not yet' },
  'backtest-store-unavailable': { status: 503, title: 'Backtests cannot be kept' },
  'export-store-unavailable': { status: 503, title: 'The store of exports is not available' },
  'people-facts-unavailable': { status: 503, title: 'Keys of names and addresses cannot be made here' },
  'names-unavailable': { status: 503, title: 'Names cannot be asked for here, or not now' },
  'media-unavailable': { status: 503, title: 'No media server is set up here' },
  'media-server-unavailable': { status: 503, title: 'The media server does not answer' },
  'claim-store-unavailable': { status: 503, title: 'The store of the claimed object is unavailable' },
  'webhooks-unavailable': { status: 503, title: 'Webhooks are not set up here' },
  'paging-unavailable': { status: 503, title: 'No pager is set up here' },
  'min-revision-unavailable': { status: 503, title: 'The revision asked for is not here yet' },
  'recording-store-unavailable': { status: 503, title: 'The recording store is not available' },
  'keys-unavailable': { status: 503, title: 'The keys are not available' },
  'monitor-unavailable': { status: 503, title: 'The access monitor is not available' },
  'playback-halted': { status: 503, title: 'Playback is halted' },
  'identity-provider-unavailable': { status: 503, title: 'The identity provider is not available' },
  'sign-in-unavailable': { status: 503, title: 'No sign-in to the console is set up here' },
  'not-ready': { status: 503, title: 'The server cannot take requests' },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

export type FieldProblem = { readonly path: string; readonly message: string };

/** An RFC 9457 problem, with a stable `code` and, for validation problems, every bad field. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly errors?: readonly FieldProblem[];
  /** How a person can sign in, with `unauthenticated` at the console. */
  readonly signIn?: string;
};

export const problem = (
  code: ProblemCode,
  detail: string,
  instance: string,
  errors?: readonly FieldProblem[],
): Problem => ({
  type: `urn:problem-type:consultation-ledger:${code}`,
  ...{ title: problems[code].title, status: problems[code].status },
  detail,
  instance,
  code,
  ...(errors && { errors }),
});

/** One or more fields of a request are wrong; thrown by validation alone, so that nothing is decided on bad input. */
export class ValidationFailed extends DomainError {
  readonly code = 'validation-failed';
  constructor(readonly errors: readonly FieldProblem[]) {
    super(errors.length === 1 ? '1 field is invalid' : `${errors.length} fields are invalid`);
  }
}

/** HTTP's own refusals, made by Nest and Fastify before any of our code runs. */
const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'route-not-found',
  406: 'not-acceptable',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  416: 'range-not-satisfiable',
  429: 'rate-limited',
  431: 'headers-too-large',
};

/**
 * What the caller is told about any error. An unexpected error becomes a bare 500: its text may hold a path, a query or
 * a person's data, and belongs in the log only.
 * @param instance the path asked for, without its query
 */
export const problemOf = (error: unknown, instance: string): Problem => {
  if (error instanceof ValidationFailed) return problem(error.code, error.message, instance, error.errors);
  if (error instanceof DomainError) return { ...problem(error.code, error.message, instance), ...error.told };
  if (error instanceof HttpException && error.getStatus() < 500) {
    const code = codeOfStatus[error.getStatus()] ?? 'bad-request';
    const detail = code === 'route-not-found' ? 'nothing is served at this method and path' : error.message;
    return problem(code, detail, instance);
  }
  return problem('internal-error', 'the failure was logged under this request id', instance);
};

/** The path without the query, where a careless caller may have put a token or a name. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;

/** Answers with a problem, also where the request never got as far as the hooks that every answer goes through. */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, body: Problem): void => {
  reply
    .code(body.status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(body));
};

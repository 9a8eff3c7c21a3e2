/**
 * Every way the product says no, by its stable code. Callers program against these, so a code is never renamed;
 * `src/http/problems.ts` gives each its status and title, and does not compile until a new one has them.
 */
export type ErrorCode =
  // Who is asking
  | 'unauthenticated'
  | 'stronger-sign-in-needed'
  | 'forbidden'
  | 'identity-provider-unavailable'
  | 'sign-in-unavailable'
  | 'step-up-needed'
  // The request
  | 'validation-failed'
  | 'rate-limited'
  | 'revision-mismatch'
  | 'min-revision-unavailable'
  | 'idempotency-key-reused'
  // The ledger
  | 'ledger-unavailable'
  | 'ledger-contention'
  | 'ledger-read-only'
  | 'reactor-not-found'
  // Compliance
  | 'history-unavailable'
  | 'backtest-not-found'
  | 'backtest-under-way'
  | 'export-not-found'
  | 'export-not-ready'
  | 'export-closed'
  | 'export-expired'
  | 'export-corrupt'
  | 'export-store-unavailable'
  | 'backtest-store-unavailable'
  | 'release-not-found'
  // What patients are told
  | 'hold-not-found'
  // Erasure
  | 'erasure-not-found'
  | 'erasure-closed'
  | 'erasure-not-done'
  | 'erasure-needs-keys'
  // People and rules
  | 'people-facts-unavailable'
  | 'person-not-found'
  | 'name-not-found'
  | 'names-unavailable'
  | 'rules-unavailable'
  | 'rule-not-found'
  | 'rule-change-not-found'
  | 'rule-change-closed'
  | 'rule-change-empty'
  | 'backtest-needed'
  // Webhooks
  | 'webhook-not-found'
  | 'delivery-not-found'
  | 'too-many-webhooks'
  | 'webhooks-unavailable'
  // Paging
  | 'paging-unavailable'
  // Media servers
  | 'media-unavailable'
  | 'media-server-unavailable'
  | 'claim-not-allowed'
  | 'claimed-object-differs'
  | 'claim-store-unavailable'
  // Consultations
  | 'patient-not-found'
  | 'patient-erased'
  | 'consultation-not-found'
  | 'consultation-closed'
  | 'consultation-not-due'
  | 'slot-taken'
  | 'already-a-participant'
  | 'participant-not-found'
  | 'participant-required'
  | 'participant-joined'
  | 'too-many-bookings'
  | 'patient-busy'
  | 'clinician-unknown'
  // Recordings
  | 'recording-not-found'
  | 'recording-store-unavailable'
  | 'recording-quarantined'
  | 'recording-erased'
  | 'recording-corrupt'
  | 'keys-unavailable'
  | 'keys-destroyed'
  | 'consent-missing'
  | 'media-session-taken'
  | 'device-needed'
  | 'merge-refused'
  | 'too-many-uploads'
  | 'digest-invalid'
  | 'digest-missing'
  | 'digest-mismatch'
  | 'content-type-mismatch'
  | 'body-too-large'
  | 'upload-incomplete'
  | 'upload-stalled'
  | 'range-not-satisfiable'
  // Views
  | 'view-not-found'
  | 'view-refused'
  | 'view-withheld'
  | 'view-expired'
  | 'view-revoked'
  | 'viewer-suspended'
  | 'content-suspended'
  | 'monitor-unavailable'
  | 'playback-halted'
  | 'egress-violation'
  // Breaches
  | 'breach-not-found'
  | 'incident-not-found'
  | 'incident-closed'
  | 'incident-change-refused'
  | 'drill-not-found'
  | 'drill-closed'
  | 'breach-closed'
  | 'containment-needed'
  | 'own-case';

/**
 * An error the product means to answer with. Its message is shown to the caller: ids, never names or secrets.
 * One small subclass per error, beside the code that throws it; it knows nothing of HTTP.
 */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
  /** When asking again may help, in seconds. */
  readonly retryAfterSeconds?: number;
  /** What else programs are told beside the code. */
  readonly told?: { readonly signIn?: string };

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

const NOTHING_THERE: ReadonlySet<ErrorCode> = new Set([
  'patient-not-found',
  'consultation-not-found',
  'recording-not-found',
  'view-not-found',
  'breach-not-found',
  'incident-not-found',
  'export-not-found',
  'hold-not-found',
  'erasure-not-found',
  'person-not-found',
  'rule-not-found',
  'rule-change-not-found',
  'webhook-not-found',
  'delivery-not-found',
]);

/**
 * Whether the answer is the one that nothing is there, or nothing that the caller may know of. It goes before every other: a caller who gets it
 * must not learn from a revision, a known key or a conflict that there is something all the same.
 */
export const saysNothingIsThere = (error: unknown): boolean =>
  error instanceof DomainError && NOTHING_THERE.has(error.code);

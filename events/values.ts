import { z } from 'zod';

/** An opaque id. Without `$`, `/` and `@`, so that no caller can name a system stream, a path or a link. */
export const Id = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, "_", "." or "-"');

/**
 * An id as a provider of video calls makes it: base64 of Zoom, the long ids of OpenTok, rooms of Jitsi with their tenant or domain. Only ever
 * a value, or the end of a stream's name behind its prefix: nothing is looked up by it as a path or a link.
 */
export const ProviderId = z
  .string()
  .regex(
    /^[A-Za-z0-9_.+/=~@:-]{1,255}$/,
    'must be 1 to 255 letters, digits or "_.-+/=~@:" (in an address, "+" is written %2B)',
  );

/** ISO-8601 in UTC, as `Date.prototype.toISOString` writes it (fractions optional). */
export const UtcTime = z.iso.datetime({
  offset: false,
  error: 'must be an ISO-8601 time in UTC, like 2026-01-31T09:30:00Z',
});

export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** A code, not a text: what a person typed never enters the ledger here. */
export const ReasonCode = Id;

/** What a caller may be. A person can be several at once: a clinician can be a patient too. */
export const ROLES = ['patient', 'clinician', 'service', 'on-call', 'compliance', 'siem'] as const;

export const Medium = z.enum(['video', 'audio', 'chat']);
/** Who did not come to a consultation. */
export const MissedBy = z.enum(['patient', 'clinician']);
export const GuestCapacity = z.enum(['guardian', 'interpreter', 'specialist', 'trainee', 'observer']);
/** `review`: a person of the desk watches what compliance assigned to them, until a time. */
export const Purpose = z.enum(['treatment', 'patient-request', 'emergency', 'operations', 'review']);
export const ViewSource = z.enum(['mediated', 'witnessed']);
export const Severity = z.enum(['critical', 'review']);
/** `two-key`: the first byte waits for policy and monitor. `policy`: it waits for the policy, and the monitor cuts what it flags. */
export const ReleaseMode = z.enum(['two-key', 'policy']);

export type Medium = z.infer<typeof Medium>;
export type MissedBy = z.infer<typeof MissedBy>;
export type GuestCapacity = z.infer<typeof GuestCapacity>;
export type Capacity = GuestCapacity | 'patient' | 'clinician';
export type Purpose = z.infer<typeof Purpose>;
export type ViewSource = z.infer<typeof ViewSource>;
export type Severity = z.infer<typeof Severity>;
export type ReleaseMode = z.infer<typeof ReleaseMode>;

/** How a release is called: of this ledger, or of the app that asked. */
export const RELEASE_NAME = /^[A-Za-z0-9_.+-]{1,64}$/;

/** How an issuer calls the app or service that it gave a token to. */
export const CLIENT_ID = /^[A-Za-z0-9_.:/@+~-]{1,128}$/;

/** The longest justification an emergency view may carry, in characters. */
export const REASON_MAX = 500;

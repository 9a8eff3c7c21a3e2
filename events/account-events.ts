import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ReasonCode, Sha256Hex, UtcTime } from './values.ts';

/** A person as one issuer knows them: the SHA-256 of the issuer and its own id of them, by which it ends their sessions. */
const session = { accountId: Id, sessionId: Id, personId: Id };

/** Sessions at the console, on `account-<accountId>`. */
export const accountEvents = {
  SessionBegan: z.object({
    ...session,
    /** How the person signed in. */
    by: z.enum(['development', 'issuer']),
    /** The SHA-256 of the issuer and of its id of the session, where it names one. */
    issuerSession: Sha256Hex.optional(),
    beganAt: UtcTime,
    /** When it ends, whatever is done in it. */
    endsAt: UtcTime,
  }),
  /** Before its time. */
  SessionEnded: z.object({ ...session, reason: ReasonCode }),
  /** A person signed in with a session at the issuer: its own digest is the account here, by which the issuer may end it without naming the person. */
  IssuerSessionUsed: z.object({ accountId: Id, usedBy: Id }),
};

export type AccountEvent = EventOf<typeof accountEvents>;

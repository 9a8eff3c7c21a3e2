import { z } from 'zod';

/** What a caller may be. A person can be several at once: a clinician can be a patient too. */
export const ROLES = ['patient', 'clinician', 'service', 'on-call', 'compliance', 'siem'] as const;
export const RoleName = z.enum(ROLES);
export type Role = z.infer<typeof RoleName>;

/**
 * Who is asking: `id` is the token's subject, a person's id or a service's name. `clientId` is the app that the token was issued to; it is
 * recorded, and grants nothing.
 */
export type Actor = { readonly id: string; readonly roles: readonly Role[]; readonly clientId?: string };

/** What a valid token says. */
export type VerifiedToken = { readonly actor: Actor; readonly expiresAt: Date };

export const hasRole = ({ roles }: Actor, ...wanted: readonly Role[]): boolean =>
  wanted.some((role) => roles.includes(role));

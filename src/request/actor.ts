import { z } from 'zod';
import { ROLES } from '../../events/values.ts';

export const RoleName = z.enum(ROLES);
export type Role = z.infer<typeof RoleName>;

/**
 * Who is asking: `id` is the token's subject, a person's id or a service's name. `clientId` is the app that the token was issued to; it is
 * recorded, and grants nothing.
 */
export type Actor = { readonly id: string; readonly roles: readonly Role[]; readonly clientId?: string };

/** What a valid token says. */
export type VerifiedToken = {
  readonly actor: Actor;
  readonly expiresAt: Date;
  /** Where the roles were looked for, with the finding, for a caller who is refused for want of one. */
  readonly rolesFrom?: string;
  /** Roles that the token names and that count only after a stronger sign-in (`JWT_REQUIRED_ACR`). */
  readonly strongerFor?: readonly Role[];
};

export const hasRole = ({ roles }: Actor, ...wanted: readonly Role[]): boolean =>
  wanted.some((role) => roles.includes(role));

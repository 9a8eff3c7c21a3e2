import { z } from 'zod';
import { ROLES } from '../../events/values.ts';

export const RoleName = z.enum(ROLES);
export type Role = z.infer<typeof RoleName>;

/**
 * Who is asking: `id` is the token's subject, a person's id or a service's name. `clientId` is the app that the token was issued to; it is
 * recorded, and grants nothing.
 */
export type Actor = { readonly id: string; readonly roles: readonly Role[]; readonly clientId?: string };

/** The console session that a caller came with, in place of a token. */
export type SessionOfCaller = {
  readonly id: string;
  /** The account at the issuer that the person signed in with. */
  readonly account: string;
  /** When the person last proved who they are. */
  readonly signedInAt: Date;
  /** Whether that was as strong as dangerous acts ask for (`CONSOLE_STEP_UP_ACR`). */
  readonly isStrong: boolean;
};

/** What a valid token says, or a console session that was begun with one. */
export type VerifiedToken = {
  readonly actor: Actor;
  readonly expiresAt: Date;
  /** Where the roles were looked for, with the finding, for a caller who is refused for want of one. */
  readonly rolesFrom?: string;
  /** Roles that the token names and that count only after a stronger sign-in (`JWT_REQUIRED_ACR`). */
  readonly strongerFor?: readonly Role[];
  /** Missing: the caller came with a token, or with a view's cookie. */
  readonly session?: SessionOfCaller;
};

export const hasRole = ({ roles }: Actor, ...wanted: readonly Role[]): boolean =>
  wanted.some((role) => roles.includes(role));

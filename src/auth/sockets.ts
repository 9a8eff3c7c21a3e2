import type { Namespace, Socket } from 'socket.io';
import { type Actor, hasRole, type Role } from './actor.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** What a socket proved in its handshake. */
export type Admitted = { readonly actor: Actor; readonly expiresAt: Date };

/** setTimeout counts in 32 bits; a token that lives longer is looked at again by then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A refusal as socket.io shows it to the client, in `connect_error`. */
class HandshakeRefused extends Error {
  readonly data: { readonly code: string };
  constructor(code: string, message: string) {
    super(message);
    this.data = { code };
  }
}

/**
 * Lets a socket into a namespace with the token in `auth.token`, checked like any request's, and out again when the token expires.
 * @param roles who may come in; `anyone` with a valid token
 */
export function admit(namespace: Namespace, tokens: TokenVerifier, roles: 'anyone' | readonly Role[]): void {
  namespace.use((socket, next) => {
    void enter(socket, tokens, roles).then(() => next(), next);
  });
}

const enter = async (socket: Socket, tokens: TokenVerifier, roles: 'anyone' | readonly Role[]): Promise<void> => {
  const { token } = socket.handshake.auth as { token?: unknown };
  if (typeof token !== 'string' || token === '') throw new HandshakeRefused('unauthenticated', 'auth.token is needed');
  const admitted: Admitted = await tokens.verify(token).catch((error: unknown) => {
    const { code, message } = error as { code?: string; message: string };
    throw new HandshakeRefused(code ?? 'unauthenticated', code ? message : 'the token is not valid');
  });
  if (roles !== 'anyone' && !hasRole(admitted.actor, ...roles))
    throw new HandshakeRefused('forbidden', `this namespace needs one of the roles: ${roles.join(', ')}`);
  socket.data.actor = admitted.actor;
  leaveAt(socket, admitted.expiresAt);
};

const leaveAt = (socket: Socket, expiresAt: Date): void => {
  const left = expiresAt.getTime() - Date.now();
  const timer = setTimeout(
    () => {
      if (left > LONGEST_TIMER_MS) leaveAt(socket, expiresAt);
      else socket.disconnect();
    },
    Math.max(0, Math.min(left, LONGEST_TIMER_MS)),
  );
  socket.once('disconnect', () => clearTimeout(timer));
};

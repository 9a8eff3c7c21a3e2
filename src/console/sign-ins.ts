import { randomUUID } from 'node:crypto';
import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ConsoleSessions, type OpenSession, type SignedInBy } from '../auth/console-sessions.ts';
import { devToken } from '../auth/dev-token.ts';
import { Forbidden, Unauthenticated } from '../auth/errors.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { isLocal } from '../http/address.ts';
import { asIssued } from '../request/person-id.ts';
import { CallerWitness } from '../second-key/caller.ts';
import { SignInNeeded } from './errors.ts';
import { DEVELOPMENT_PEOPLE, type SessionAnswer, type SignInBody } from './schemas.ts';

type Begun = { readonly answer: SessionAnswer; readonly cookie: string };

/** A token of a sign-in is used once, at once. */
const TOKEN_TTL_SECONDS = 60;

/** Begins, shows and ends console sessions. Both keys look at the token of a sign-in, and a session begins when they take it for the same person. */
@Injectable()
export class SignIns {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: ConsoleSessions,
    private readonly witness: CallerWitness,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** How people sign in here. */
  get by(): SignedInBy {
    return this.config.tokens.issuer ? 'issuer' : 'development';
  }

  /** @throws SignInNeeded */
  async current({ headers, raw }: FastifyRequest): Promise<{ answer: SessionAnswer; cookie: string | undefined }> {
    const session = await this.sessions.ofRequest(headers, false, this.clock.now());
    const witnessed = await this.witness.establish({
      cookie: undefined,
      ...raw.headers,
      authorization: undefined,
      url: '',
    });
    const { id, roles } = session?.verified.actor ?? {};
    if (!session || witnessed?.id !== id || !isSame(roles ?? [], witnessed?.roles)) throw new SignInNeeded(this.by);
    return { answer: answerOf(session), cookie: await session.refreshed?.() };
  }

  /** @throws NotFoundException wherever it is not known that the machine and its data are the developer's own */
  async forDevelopment(request: FastifyRequest, { role, personId }: SignInBody): Promise<Begun> {
    const { tokens, nodeEnv, console } = this.config;
    const isOwnMachine = console.url !== undefined || isLocal(request);
    if (tokens.issuer || nodeEnv === 'production' || !isOwnMachine) throw new NotFoundException();
    this.insistOnOwnPage(request);
    const person = { id: asIssued(personId ?? DEVELOPMENT_PEOPLE[role]), roles: [role] };
    return this.begin(await devToken(this.config, person, TOKEN_TTL_SECONDS), this.clock.now());
  }

  /** @returns the cookie that takes the session away */
  async end(request: FastifyRequest): Promise<string> {
    this.insistOnOwnPage(request);
    return this.sessions.end();
  }

  private async begin(token: string, signedInAt: number): Promise<Begun> {
    const now = this.clock.now();
    const id = randomUUID();
    // To the second, as cookies and tokens have it.
    const endsAt = new Date(Math.floor((now + this.config.console.longestMs) / 1_000) * 1_000);
    const verified = await this.tokens.verify(token);
    const attested = await this.witness.attest(token, { id, endsAt });
    const { actor } = verified;
    if (attested?.caller.id !== actor.id || !isSame(actor.roles, attested.caller.roles))
      throw new Unauthenticated('the two keys take the token for different people');
    const begun = { id, verified, by: this.by, signedInAt: new Date(signedInAt), endsAt, witness: attested.statement };
    const cookie = await this.sessions.begin(begun, now);
    const idleUntil = new Date(Math.min(endsAt.getTime(), now + this.config.console.idleMs));
    return {
      cookie,
      answer: {
        ...{ personId: actor.id, roles: [...actor.roles], signIn: this.by },
        signedInAt: begun.signedInAt.toISOString(),
        ...{ expiresAt: endsAt.toISOString(), idleUntil: idleUntil.toISOString() },
      },
    };
  }

  /** A foreign page must sign no one in, as another person, and no one out. */
  private insistOnOwnPage({ headers }: FastifyRequest): void {
    if (!this.sessions.isOwnPage(headers, true)) throw new Forbidden('this is for pages of the console alone');
  }
}

const isSame = (roles: readonly string[], others: ReadonlySet<string> | undefined): boolean =>
  others !== undefined && new Set(roles).size === others.size && roles.every((role) => others.has(role));

const answerOf = ({ verified, by, endsAt, idleUntil }: OpenSession): SessionAnswer => ({
  ...{ personId: verified.actor.id, roles: [...verified.actor.roles], signIn: by },
  signedInAt: verified.session.signedInAt.toISOString(),
  ...{ expiresAt: endsAt.toISOString(), idleUntil: idleUntil.toISOString() },
});

import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, NotFoundException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ConsoleSessions, type Login, type OpenSession } from '../auth/console-sessions.ts';
import { DEV_ISSUER } from '../auth/dev-key.ts';
import { devToken } from '../auth/dev-token.ts';
import { Forbidden, StepUpNeeded, Unauthenticated } from '../auth/errors.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import { Clock } from '../clock.ts';
import { Commands } from '../command-path/commands.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { isLocal } from '../http/address.ts';
import { KeyRing } from '../keys/keys.module.ts';
import type { Cause } from '../ledger/ledger.ts';
import type { SessionOfCaller } from '../request/actor.ts';
import { asIssued, keptIfMapped } from '../request/person-id.ts';
import { clientReleaseOf } from '../request/said.ts';
import { CallerWitness } from '../second-key/caller.ts';
import { SessionOver } from '../second-key/errors.ts';
import { BeginSession, EndSessions } from './commands.ts';
import { SignInNeeded } from './errors.ts';
import { Issuer } from './issuer.ts';
import { DEVELOPMENT_PEOPLE, type LoginQuery, type SessionAnswer, type SignInBody } from './schemas.ts';

type Begun = { readonly answer: SessionAnswer; readonly cookie: string };

/** Who signed in, by a token that both keys look at. */
type Proved = {
  readonly token: string;
  readonly account: string;
  readonly issuerSession?: string;
  /** Undefined: it is not known, so that it was not just now. */
  readonly at: Date | undefined;
  readonly isStrong: boolean;
  readonly replaces: Pick<SessionOfCaller, 'id' | 'account'> | undefined;
};

/** A browser is led on, with cookies. */
type Led = { readonly to: string; readonly cookies: readonly string[] };

/** A token of a sign-in is used once, at once. */
const TOKEN_TTL_SECONDS = 60;
/** Where the page says what became of a sign-in. */
const SIGN_IN_PAGE = '/console/sign-in';
const ISSUER = { id: 'identity-provider', roles: [] } as const;

/** Begins, shows and ends console sessions. Both keys look at the token of a sign-in, and a session begins when they take it for the same person. */
@Injectable()
export class SignIns {
  private readonly logger = new Logger(SignIns.name);

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: ConsoleSessions,
    private readonly witness: CallerWitness,
    private readonly issuer: Issuer,
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly keys: KeyRing,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws SignInNeeded */
  async current({ headers, raw }: FastifyRequest): Promise<{ answer: SessionAnswer; cookie: string | undefined }> {
    const session = await this.sessions.ofRequest(headers, false, this.clock.now());
    const asked = { ...raw.headers, authorization: undefined, url: '' };
    const witnessed = await this.witness.establish(asked).catch(unlessOver);
    const { id, roles } = session?.verified.actor ?? {};
    if (!session || witnessed?.id !== id || !isSame(roles ?? [], witnessed?.roles)) throw new SignInNeeded(this.by);
    const names = this.config.console.names && { names: true as const };
    return { answer: { ...answerOf(session), ...names }, cookie: await session.refreshed?.() };
  }

  /** @throws NotFoundException wherever it is not known that the machine and its data are the developer's own */
  async forDevelopment(request: FastifyRequest, { role, personId }: SignInBody): Promise<Begun> {
    const { tokens, nodeEnv, console } = this.config;
    const isOwnMachine = console.url !== undefined || isLocal(request);
    if (tokens.issuer || nodeEnv === 'production' || !isOwnMachine) throw new NotFoundException();
    this.insistOnOwnPage(request);
    const person = { id: asIssued(personId ?? DEVELOPMENT_PEOPLE[role]), roles: [role] };
    const before = await this.sessions.known(request.headers, this.clock.now());
    const proved = {
      token: await devToken(this.config, person, TOKEN_TTL_SECONDS),
      account: await this.accountOf(DEV_ISSUER, person.id),
      ...{ at: new Date(this.clock.now()), isStrong: true, replaces: before?.verified.session },
    };
    return this.begin(proved, request);
  }

  /** To the issuer, or in development to the page with the roles; where the issuer cannot be asked, to the page that says so. */
  async lead({ headers }: FastifyRequest, { returnTo, stepUp }: LoginQuery): Promise<Led> {
    if (this.by === 'development') return { to: `${SIGN_IN_PAGE}?${new URLSearchParams({ returnTo })}`, cookies: [] };
    try {
      const { url, login } = await this.issuer.begin(returnTo, stepUp);
      const now = this.clock.now();
      const session = (await this.sessions.known(headers, now))?.verified.session;
      const replaces = session && { id: session.id, account: session.account };
      return { to: url, cookies: [await this.sessions.loginBegan({ ...login, ...(replaces && { replaces }) }, now)] };
    } catch (error) {
      return this.failed(error, [], { returnTo, stepUp });
    }
  }

  /** The way back from the issuer: into the console, or to the page that says why not. */
  async finish(request: FastifyRequest): Promise<Led> {
    const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
    const state = new URLSearchParams(query).get('state') ?? '';
    const login = await this.sessions.loginOf(request.headers, state, this.clock.now());
    // A page that was never on its way to sign in, or took longer than its time.
    if (!login) return failed('unauthenticated', []);
    const forgotten = this.sessions.loginEnded(state);
    try {
      const signedIn = await this.issuer.finish(query, login);
      const issuer = this.config.tokens.issuer?.issuer ?? '';
      const { stepUpAcr } = this.config.console;
      const proved = {
        ...{ token: signedIn.token, account: await this.accountOf(issuer, signedIn.subject), at: signedIn.at },
        ...(signedIn.session !== undefined && { issuerSession: digest(issuer, signedIn.session) }),
        isStrong: stepUpAcr.length === 0 || stepUpAcr.includes(signedIn.acr ?? ''),
        replaces: login.replaces,
      };
      // An issuer may not do as it was asked: the act would be refused again, and the page would ask in circles.
      if (login.stepUp && !proved.isStrong) throw new StepUpNeeded();
      const { cookie } = await this.begin(proved, request);
      return { to: login.returnTo, cookies: [forgotten, cookie] };
    } catch (error) {
      return this.failed(error, [forgotten], login);
    }
  }

  private failed(error: unknown, cookies: readonly string[], asked: Asked): Led {
    if (!(error instanceof DomainError)) throw error;
    this.logger.warn(`a sign-in came to nothing: ${error.message}`);
    return failed(error.code, cookies, asked);
  }

  /** @returns the cookie that takes the session away */
  async end(request: FastifyRequest): Promise<string> {
    this.insistOnOwnPage(request);
    const session = await this.sessions.known(request.headers, this.clock.now());
    if (session) {
      const { actor, session: ended } = session.verified;
      const input = { accountId: ended.account, sessionId: ended.id, reason: 'signed-out' };
      await this.commands.execute(new EndSessions(input, causeOf(request, actor)));
    }
    return this.sessions.end();
  }

  /** Ends what the issuer says is over. @throws Unauthenticated, SignInUnavailable, IdentityProviderUnavailable */
  async endByIssuer(request: FastifyRequest, logoutToken: string): Promise<void> {
    const { subject, session } = await this.issuer.endedBy(logoutToken);
    const issuer = this.config.tokens.issuer?.issuer ?? '';
    const input = {
      ...(subject !== undefined && { accountId: digest(issuer, keptIfMapped(subject)) }),
      ...(session !== undefined && { issuerSession: digest(issuer, session) }),
      reason: 'signed-out-at-issuer',
    };
    await this.commands.execute(new EndSessions(input, causeOf(request, ISSUER)));
  }

  /** By the id that the ledger keeps: by that of the issuer it could be found out later whose a forgotten id was. */
  private async accountOf(issuer: string, subject: string): Promise<string> {
    const kept = keptIfMapped(subject);
    await this.keys.ids?.keep(kept);
    return digest(issuer, kept);
  }

  private async begin({ token, account, issuerSession, at, isStrong, replaces }: Proved, request: FastifyRequest) {
    const now = this.clock.now();
    const id = randomUUID();
    // To the second, as cookies and tokens have it.
    const endsAt = new Date(Math.floor((now + this.config.console.longestMs) / 1_000) * 1_000);
    const verified = await this.tokens.verify(token);
    const attested = await this.witness.attest(token, { id, account, endsAt });
    const { actor } = verified;
    if (attested?.caller.id !== actor.id || !isSame(actor.roles, attested.caller.roles))
      throw new Unauthenticated('the two keys take the token for different people');
    const signedInAt = at ?? new Date(now);
    const cookie = await this.sessions.begin(
      {
        ...{ id, account, verified, by: this.by, signedInAt, endsAt, witness: attested.statement },
        // Where the issuer does not say when, it may have been days ago.
        isStrong: isStrong && at !== undefined,
      },
      now,
    );
    const cause = causeOf(request, actor);
    const began = {
      ...{ accountId: account, sessionId: id, personId: actor.id, by: this.by },
      ...(issuerSession !== undefined && { issuerSession }),
      ...{ beganAt: new Date(now).toISOString(), endsAt: endsAt.toISOString() },
    };
    await this.commands.execute(new BeginSession(began, cause));
    if (replaces) {
      const input = { accountId: replaces.account, sessionId: replaces.id, reason: 'replaced' };
      await this.commands.execute(new EndSessions(input, cause));
    }
    const idleUntil = new Date(Math.min(endsAt.getTime(), now + this.config.console.idleMs));
    return {
      cookie,
      answer: {
        ...{ personId: actor.id, roles: [...actor.roles], signIn: this.by },
        signedInAt: signedInAt.toISOString(),
        ...{ expiresAt: endsAt.toISOString(), idleUntil: idleUntil.toISOString() },
      },
    };
  }

  /** How people sign in here. */
  private get by(): SessionAnswer['signIn'] {
    return this.config.tokens.issuer ? 'issuer' : 'development';
  }

  /** A foreign page must sign no one in, as another person, and no one out. */
  private insistOnOwnPage({ headers }: FastifyRequest): void {
    if (!this.sessions.isOwnPage(headers, true)) throw new Forbidden('this is for pages of the console alone');
  }
}

/** The ledger keeps no id of an issuer that it need not compare with anything but itself. */
const digest = (issuer: string, id: string): string => createHash('sha256').update(`${issuer}\n${id}`).digest('hex');

const isSame = (roles: readonly string[], others: ReadonlySet<string> | undefined): boolean =>
  others !== undefined && new Set(roles).size === others.size && roles.every((role) => others.has(role));

const causeOf = (request: FastifyRequest, { id, roles }: Cause['actor']): Cause => ({
  actor: { id, roles },
  requestId: request.id,
  ...clientReleaseOf(request),
});

const unlessOver = (error: unknown): undefined => {
  if (!(error instanceof SessionOver)) throw error;
};

/** What a sign-in was for, so that it can be tried again. */
type Asked = Pick<Login, 'returnTo' | 'stepUp'>;

const failed = (problem: string, cookies: readonly string[], asked?: Asked): Led => {
  const query = new URLSearchParams({
    problem,
    ...(asked && asked.returnTo !== '/console' && { returnTo: asked.returnTo }),
    ...(asked?.stepUp && { stepUp: '1' }),
  });
  return { to: `${SIGN_IN_PAGE}?${query}`, cookies };
};

const answerOf = ({ verified, by, endsAt, idleUntil }: OpenSession): SessionAnswer => ({
  ...{ personId: verified.actor.id, roles: [...verified.actor.roles], signIn: by },
  signedInAt: verified.session.signedInAt.toISOString(),
  ...{ expiresAt: endsAt.toISOString(), idleUntil: idleUntil.toISOString() },
});

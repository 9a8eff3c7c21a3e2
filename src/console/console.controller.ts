import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiConsumes, ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
import { LoginQuery, LogoutTokenBody, SessionSchema, SignInBody } from './schemas.ts';
import { SignIns } from './sign-ins.ts';

const RECORDED = ['ledger-unavailable', 'ledger-contention', 'ledger-read-only'] as const;

/** How people sign in to the console. They have no token: the server keeps it to itself, and gives the browser a cookie that scripts cannot read. */
@ApiTags('Console')
@Controller('console')
export class ConsoleController {
  constructor(private readonly signIns: SignIns) {}

  @Get('session')
  @Operation({
    id: 'getConsoleSession',
    summary: 'Get the console session of the browser',
    description:
      'Whom the cookie of the console speaks for. Without a session the problem says in `signIn` how to begin one: at `/console/login` with the `issuer`, or by a click in `development`.',
    refuses: ['unauthenticated', 'ledger-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'the session', standardSchema: SessionSchema })
  async session(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { answer, cookie } = await this.signIns.current(request);
    if (cookie !== undefined) reply.header('set-cookie', cookie);
    return answer;
  }

  @Post('sign-in')
  @HttpCode(200)
  @Operation({
    id: 'signInForDevelopment',
    summary: 'Sign in by a click, for development',
    description:
      'Begins a session without any proof, where no issuer is configured, never in production, and for browsers on the same machine unless `CONSOLE_URL` is set. Anywhere else there is no such route.',
    refuses: ['route-not-found', 'forbidden', 'unauthenticated', ...RECORDED],
  })
  @ApiResponse({ status: 200, description: 'the session', standardSchema: SessionSchema, headers: sends('Set-Cookie') })
  async signIn(
    @Req() request: FastifyRequest,
    @Body({ schema: SignInBody }) body: SignInBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { answer, cookie } = await this.signIns.forDevelopment(request, body);
    reply.header('set-cookie', cookie);
    return answer;
  }

  @Get('login')
  @HttpCode(303)
  @Operation({
    id: 'beginSignIn',
    summary: 'Go and sign in',
    description:
      'Leads the browser to the issuer, and back to a page of the console; in development to the page with the roles. Where the issuer cannot be asked, it leads to `/console/sign-in`, as the way back does. With `stepUp=1` the issuer asks again for who it is: after 403 `step-up-needed`.',
  })
  @ApiResponse({ status: 303, description: 'where to sign in', headers: sends('Location', 'Set-Cookie') })
  async login(
    @Req() request: FastifyRequest,
    @Query({ schema: LoginQuery }) query: LoginQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    lead(reply, await this.signIns.lead(request, query));
  }

  @Get('callback')
  @HttpCode(303)
  @Operation({
    id: 'finishSignIn',
    summary: 'Come back from signing in',
    description:
      'Where the issuer sends the browser back to. It leads on into the console, or to its page `/console/sign-in`, which says by the code in `problem` why no session was begun.',
    refuses: RECORDED,
  })
  @ApiResponse({ status: 303, description: 'the page that was asked for', headers: sends('Location', 'Set-Cookie') })
  async callback(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    lead(reply, await this.signIns.finish(request));
  }

  @Post('backchannel-logout')
  @HttpCode(200)
  @ApiConsumes('application/x-www-form-urlencoded')
  @Operation({
    id: 'endSessionsAtIssuer',
    summary: 'Hear from the issuer that people signed out',
    description:
      'OpenID Connect Back-Channel Logout 1.0: ends the sessions of the person in `sub`, those that were begun with the session in `sid`, or of the two those that are both, and their sockets, at once and on every instance.',
    refuses: ['unauthenticated', 'sign-in-unavailable', 'identity-provider-unavailable', ...RECORDED],
  })
  @ApiResponse({ status: 200, description: 'the sessions are over' })
  async endByIssuer(@Req() request: FastifyRequest, @Body({ schema: LogoutTokenBody }) body: LogoutTokenBody) {
    await this.signIns.endByIssuer(request, body.logout_token);
  }

  @Post('logout')
  @HttpCode(204)
  @Operation({
    id: 'signOut',
    summary: 'End the console session of the browser',
    description: 'Ends the session at once, here and on every other instance, and takes the cookie away.',
    refuses: ['forbidden', ...RECORDED],
  })
  @ApiResponse({ status: 204, description: 'there is no session any more', headers: sends('Set-Cookie') })
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    reply.header('set-cookie', await this.signIns.end(request));
  }
}

const lead = (
  reply: FastifyReply,
  { to, cookies }: { readonly to: string; readonly cookies: readonly string[] },
): void => {
  reply.code(303).header('location', to);
  for (const cookie of cookies) reply.header('set-cookie', cookie);
};

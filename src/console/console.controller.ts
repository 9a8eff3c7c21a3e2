import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
import { SessionSchema, SignInBody } from './schemas.ts';
import { SignIns } from './sign-ins.ts';

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
    refuses: ['unauthenticated'],
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
    refuses: ['route-not-found', 'forbidden'],
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

  @Post('logout')
  @HttpCode(204)
  @Operation({
    id: 'signOut',
    summary: 'End the console session of the browser',
    description: 'Ends the session at once, here and on every other instance, and takes the cookie away.',
    refuses: ['forbidden'],
  })
  @ApiResponse({ status: 204, description: 'there is no session any more', headers: sends('Set-Cookie') })
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    reply.header('set-cookie', await this.signIns.end(request));
  }
}

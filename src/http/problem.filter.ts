import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { AnsweredProblems } from './answered-problems.ts';
import { type Problem, pathOf, problem, problemOf, sendProblem } from './problems.ts';

/** Turns whatever was thrown into `application/problem+json`, and logs what the caller is not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly answered: AnsweredProblems,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() === 'ws') {
      host
        .switchToWs()
        .getClient<Socket>()
        .emit('exception', this.explain(error, host.switchToWs().getPattern(), {}));
      return;
    }
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const instance = pathOf(request.url);
    const problem = isAbort(error, request, reply)
      ? aborted(instance)
      : this.explain(error, instance, { requestId: request.id });
    this.answered.report(request, problem);
    if (reply.raw.headersSent) {
      // Part of another answer is on its way: cut the connection, so that the client does not take it for the whole.
      reply.raw.destroy();
      return;
    }
    if (problem.status === 401) reply.header('www-authenticate', this.challenge(request, problem));
    if (error instanceof DomainError && error.retryAfterSeconds !== undefined)
      reply.header('retry-after', error.retryAfterSeconds);
    sendProblem(request, reply, problem);
  }

  private explain(error: unknown, instance: string, cause: { requestId?: string }): Problem {
    const problem = problemOf(error, instance);
    if (problem.code === 'internal-error' || problem.code === 'egress-violation')
      this.logger.error({ ...cause, err: error }, problem.title);
    else if (problem.status >= 500) this.logger.warn({ ...cause, code: problem.code, err: error }, problem.title);
    return problem;
  }

  /** RFC 6750: without a token the challenge names no error. RFC 9470 says which sign-in is needed. */
  private challenge({ headers }: FastifyRequest, { code }: Problem): string {
    const realm = 'Bearer realm="consultation-ledger"';
    if (code === 'stronger-sign-in-needed')
      return `${realm}, error="insufficient_user_authentication", acr_values="${this.config.tokens.requiredAcr.join(' ')}"`;
    return headers.authorization === undefined ? realm : `${realm}, error="invalid_token"`;
  }
}

/** Whether an error says no more than that the caller's connection ended. One of any other kind is told, whether the caller waits or not. */
const isAbort = (error: unknown, { raw: request }: FastifyRequest, { raw: response }: FastifyReply): boolean =>
  (request.errored !== null && error === request.errored) ||
  ((error as NodeJS.ErrnoException | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE' &&
    response.destroyed &&
    !response.writableFinished);

/** Reaches no caller; the log of requests says that this one hung up. */
const aborted = (instance: string): Problem => problem('bad-request', 'the request was aborted', instance);

import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HealthRegistry } from '../telemetry/health.ts';
import { ApiResponse, ApiTags, Operation } from './documented.ts';
import { problem } from './problems.ts';

const LivenessSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });
const ReadinessSchema = z
  .object({ status: z.literal('ready'), checks: z.record(z.string(), z.string()) })
  .meta({ id: 'Readiness' });

@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthRegistry) private readonly health: HealthRegistry) {}

  @Get('live')
  @Operation({
    id: 'isAlive',
    summary: 'Tell whether the process runs',
    description:
      'Answers as long as the process can answer at all. Failing it is a reason to restart the process; an unreachable store is none.',
  })
  @ApiResponse({ status: 200, description: 'it runs', standardSchema: LivenessSchema })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Operation({
    id: 'isReady',
    summary: 'Tell whether requests can be served',
    description:
      'Asks each dependency that requests need. A 503 names those that fail; send requests elsewhere until it is 200 again.',
    refuses: ['not-ready'],
  })
  @ApiResponse({ status: 200, description: 'every dependency works', standardSchema: ReadinessSchema })
  async ready(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { ready, checks } = await this.health.readiness();
    if (ready) {
      await reply.send({ status: 'ready', checks });
      return;
    }
    const failed = Object.keys(checks).filter((name) => checks[name] === 'failed');
    const body = problem(
      'not-ready',
      `not working: ${failed.join(', ')}`,
      request.url,
      failed.map((path) => ({ path, message: 'failed' })),
    );
    await reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
  }
}

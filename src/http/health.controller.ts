import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HealthRegistry } from '../telemetry/health.ts';
import { ApiOperation, ApiTags } from './documented.ts';
import { problem } from './problems.ts';

@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthRegistry) private readonly health: HealthRegistry) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs; failing it is a reason to restart it' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether requests can be served; 503 names the dependency that cannot' })
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

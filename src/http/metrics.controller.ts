import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Forbidden, Unauthenticated } from '../auth/errors.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { isLocal } from './address.ts';
import { ApiExcludeController } from './documented.ts';

/**
 * For Prometheus. Load and failure rates tell an attacker when an attack would go unnoticed, so they are not public:
 * with `METRICS_TOKEN` for callers who have it, without it for processes of the same machine that come without a proxy.
 */
@ApiExcludeController()
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('metrics')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const expected = this.config.http.metricsToken;
    if (expected === undefined) {
      if (!isLocal(request)) throw new Forbidden('set METRICS_TOKEN to read metrics from another machine');
    } else if (!sameSecret(request.headers.authorization ?? '', `Bearer ${expected}`)) {
      throw new Unauthenticated('the metrics token is needed');
    }
    const text = await this.metrics.registry.metrics();
    await reply.type(this.metrics.registry.contentType).send(text);
  }
}

const sameSecret = (given: string, expected: string): boolean => {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
};

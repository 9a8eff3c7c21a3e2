import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Forbidden, Unauthenticated } from '../auth/errors.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { ApiExcludeController } from './documented.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

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

/** A proxy on this machine speaks for others, who are not local. */
const isLocal = ({ raw, headers }: FastifyRequest): boolean => {
  const address = raw.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
  return !forwarded && loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
};

const sameSecret = (given: string, expected: string): boolean => {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
};

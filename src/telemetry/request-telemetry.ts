import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { GuardedRequest } from '../request/guarded-request.ts';
import type { Metrics } from './metrics.ts';

/** What machines ask all day; logged only when it fails or at level debug. */
const POLLED = new Set(['/health/live', '/health/ready', '/metrics']);

/**
 * One log line and one measurement for each answer. The route is its pattern and never the path: a pattern has no ids to
 * count by and cannot hold what a caller put where an id belongs.
 */
export const observeRequests = (server: FastifyInstance, logger: Logger, metrics: Metrics): void => {
  server.addHook('onResponse', (request: GuardedRequest, reply, done) => {
    const { method, routeOptions, id, user } = request;
    const route = request.is404 ? 'none' : (routeOptions.url ?? 'none');
    const status = reply.statusCode;
    metrics.httpSeconds.observe({ method, route, status }, reply.elapsedTime / 1_000);
    const level = status < 400 && POLLED.has(route) ? 'debug' : 'info';
    logger[level](
      {
        requestId: id,
        method,
        route,
        status,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(user && { actor: user.actor.id }),
        ...(!reply.raw.writableFinished && { aborted: true }),
      },
      'request',
    );
    done();
  });
};

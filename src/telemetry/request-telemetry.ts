import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { GuardedRequest } from '../request/guarded-request.ts';
import type { Metrics } from './metrics.ts';

/** What machines ask all day; logged only when it fails or at level debug. */
const POLLED = new Set(['/health/live', '/health/ready', '/metrics']);

/** What web servers say, by custom of nginx, of an answer that was not begun when its caller hung up. */
const CALLER_LEFT = 499;

/**
 * One log line and one measurement for each request, also where its caller does not wait for the answer. The route is its pattern and never the path: a pattern has no ids to
 * count by and cannot hold what a caller put where an id belongs.
 */
export const observeRequests = (server: FastifyInstance, logger: Logger, metrics: Metrics): void => {
  const observed = new WeakSet<GuardedRequest>();
  const observe = (request: GuardedRequest, reply: FastifyReply): void => {
    if (observed.has(request)) return;
    observed.add(request);
    const { method, routeOptions, id, user } = request;
    const route = request.is404 ? 'none' : (routeOptions.url ?? 'none');
    const isAborted = !reply.raw.writableFinished;
    const status = isAborted && !reply.raw.headersSent ? CALLER_LEFT : reply.statusCode;
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
        ...(isAborted && { aborted: true }),
      },
      'request',
    );
  };
  server.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => observe(request, reply));
    done();
  });
  // Comes before the end of the connection, and also where another hook refused the request.
  server.addHook('onResponse', (request, reply, done) => {
    observe(request, reply);
    done();
  });
};

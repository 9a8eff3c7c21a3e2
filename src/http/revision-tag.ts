import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { etag, isNotModified } from './conditional.ts';
import { heeds } from './documented.ts';

/** Gives every answer with a stream `revision` its ETag, and a reader who has that one already 304 without a body. */
@Injectable()
class RevisionTag implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((answer: unknown) => {
        const revision = revisionOf(answer);
        if (revision === undefined) return answer;
        const reply = http.getResponse<FastifyReply>();
        const request = http.getRequest<FastifyRequest>();
        const tag = etag(revision);
        reply.header('etag', tag);
        if (request.method !== 'GET' || !isNotModified(request, tag)) return answer;
        reply.status(304);
        return undefined;
      }),
    );
  }
}

/** Of a route, or of all of a controller: answers come with the ETag of their `revision`. */
export const WithRevision = (): MethodDecorator & ClassDecorator =>
  applyDecorators(UseInterceptors(RevisionTag), heeds('revision'));

const revisionOf = (answer: unknown): number | undefined => {
  if (typeof answer !== 'object' || answer === null || !('revision' in answer)) return undefined;
  return typeof answer.revision === 'number' ? answer.revision : undefined;
};

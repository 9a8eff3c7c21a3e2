import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers with a file of bytes that are made already, past the serialiser, which is for JSON alone. */
export const sendMade = (
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes, name }: { readonly type: string; readonly bytes: Buffer; readonly name: string },
): undefined => {
  reply
    .header('content-type', type)
    .header('content-length', bytes.length)
    .header('content-disposition', `attachment; filename="${name}"`);
  reply.hijack();
  reply.raw
    .writeHead(200, reply.getHeaders() as OutgoingHttpHeaders)
    .end(request.method === 'HEAD' ? undefined : bytes);
  return undefined;
};

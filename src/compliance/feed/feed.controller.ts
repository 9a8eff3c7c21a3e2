import type { OutgoingHttpHeaders } from 'node:http';
import { Controller, Get, Logger, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ApiProduces, ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sends } from '../../http/response-headers.ts';
import { shown } from '../../request/person-id.ts';
import { sendText } from '../history/row-stream.ts';
import { Feed } from './feed.ts';
import { FeedQuery } from './schemas.ts';

const NDJSON = 'application/x-ndjson';

/** What happens, for the tools of a security team. Their reads are in the log of requests: a feed that told of its own readers would never end. */
@ApiTags('Compliance')
@Controller('v1/feed')
export class FeedController {
  private readonly logger = new Logger('Feed');

  constructor(private readonly feed: Feed) {}

  @Get()
  @Operation({
    id: 'readFeed',
    summary: 'Read the security feed',
    description:
      'Answers what happened after a position as NDJSON, each line a CloudEvent with an OCSF event, oldest first. With `wait` it waits for the next event where there is none yet.',
  })
  @ApiProduces(NDJSON)
  @ApiResponse({
    status: 200,
    description:
      'one CloudEvent with an OCSF event a line, oldest first, perhaps none; `X-Ledger-Position` is the next `after`',
    schema: { type: 'string' },
    headers: sends('X-Ledger-Position'),
  })
  async after(
    @Query({ schema: FeedQuery }) { after, limit, wait }: z.output<typeof FeedQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const from = after === 'newest' ? await this.feed.newest() : after === undefined ? undefined : BigInt(after);
    const waiting = { limit, waitMs: wait * 1_000, hangUp: gone.signal };
    const { lines, position } = await this.feed.after(from, waiting);
    reply.type(NDJSON).header('cache-control', 'no-store');
    if (position >= 0n) reply.header('x-ledger-position', String(position));
    reply.hijack();
    const response = reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
    const text = lines.map((line) => `${JSON.stringify(shown(line))}\n`);
    const cut = await sendText(
      (async function* () {
        yield* text;
      })(),
      response,
    );
    if (cut !== undefined) this.logger.warn(`an answer was cut short: ${cut instanceof Error ? cut.message : cut}`);
  }
}

import { Controller, Get, Header, Headers, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Id } from '../../events/values.ts';
import { Caller } from '../auth/caller.decorator.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiHeader, ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
import type { Cause } from '../ledger/ledger.ts';
import type { Actor } from '../request/actor.ts';
import type { RawCredential } from '../second-key/caller.ts';
import { Contents } from './contents.ts';

const ViewParams = z.strictObject({ viewId: Id });

const bytes = { schema: { type: 'string', format: 'binary' } } as const;
const BYTES = { 'video/*': bytes, 'audio/*': bytes };
const PLAYED = ['Accept-Ranges', 'ETag', 'Content-Disposition'] as const;

/** The bytes of a view that both keys permit, for the viewer whose view it is. */
@ApiTags('Recordings')
@Controller('v1/views/:viewId/content')
export class ContentController {
  constructor(private readonly contents: Contents) {}

  @Get()
  @Header('accept-ranges', 'bytes')
  @Operation({
    id: 'getViewContent',
    summary: 'Play a recording',
    description:
      'Serves the bytes of a permitted view, whole or one range. Each part is proved and permitted by both keys again before it leaves; an event that takes the permit away cuts the transfer.',
    refuses: [
      'view-withheld',
      'view-not-found',
      'recording-not-found',
      'recording-erased',
      'view-expired',
      'view-revoked',
      'content-suspended',
      'range-not-satisfiable',
      'recording-quarantined',
      'recording-corrupt',
      'recording-store-unavailable',
      'keys-unavailable',
      'keys-destroyed',
      'playback-halted',
    ],
  })
  @ApiHeader({ name: 'Range', description: 'one range of bytes; several are answered with the whole (RFC 9110, 14.2)' })
  @ApiHeader({
    name: 'If-Range',
    description: 'the ETag of what the caller has a part of; the whole when it is another',
  })
  @ApiResponse({ status: 200, description: 'the recording', content: BYTES, headers: sends(...PLAYED) })
  @ApiResponse({
    status: 307,
    description: 'where the bytes are, for a minute at most (`RECORDING_DELIVERY=redirect`)',
    headers: sends('Location', 'Accept-Ranges'),
  })
  @ApiResponse({
    status: 206,
    description: 'the bytes asked for with Range',
    content: BYTES,
    headers: sends(...PLAYED, 'Content-Range'),
  })
  async content(
    @Param({ schema: ViewParams }) { viewId }: z.output<typeof ViewParams>,
    @Headers('range') range: string | undefined,
    @Headers('if-range') ifRange: string | undefined,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.contents.send(
      viewId,
      actor,
      { range, ifRange, headOnly: request.method === 'HEAD', credential: rawCredential(request) },
      reply,
      cause,
    );
  }
}

/** As it came, for the second key: no guard, cookie or parser has touched it. */
const rawCredential = ({ raw }: FastifyRequest): RawCredential => ({
  ...raw.headers,
  method: raw.method,
  url: raw.url ?? '',
});

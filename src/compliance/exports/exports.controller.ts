import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { Body, Controller, Get, HttpCode, Logger, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { TrackedExport } from '../../../projections/exports.ts';
import { Commands } from '../../command-path/commands.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiProduces, ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sends } from '../../http/response-headers.ts';
import { encodeCursor } from '../../http/schemas.ts';
import { AWAY_TEXT, areKeysAway } from '../../keys/event-seals.ts';
import type { Cause } from '../../ledger/ledger.ts';
import { ExportCorrupt } from '../errors.ts';
import { sendText } from '../history/row-stream.ts';
import { ApproveExport, CancelExport, DownloadExport, RequestExport } from './commands.ts';
import { Exports } from './exports.ts';
import { files } from './formats.ts';
import { itemOf } from './item.ts';
import { ExportMaker } from './maker.ts';
import { ExportBody, ExportList, ExportListSchema, ExportParams, ExportSchema } from './schemas.ts';

type Params = z.output<typeof ExportParams>;

const one = { status: 200, description: 'the export as it is now', standardSchema: ExportSchema };

/** Exports of the access history as files: for compliance, who see each other's. */
@ApiTags('Compliance')
@Controller('v1/exports')
export class ExportsController {
  private readonly logger = new Logger('Exports');

  constructor(
    private readonly commands: Commands,
    private readonly exports: Exports,
    private readonly maker: ExportMaker,
  ) {}

  @Post()
  @HttpCode(202)
  @Operation({
    id: 'requestExport',
    summary: 'Ask for an export',
    description:
      'Asks for rows of the access history as a file. One about many patients waits for the approval of a second officer.',
    refuses: ['history-unavailable'],
  })
  @ApiResponse({
    ...one,
    status: 202,
    headers: sends('Location'),
    description: 'it is made in a while, or once a second officer has approved it',
  })
  async request(
    @Body({ schema: ExportBody }) body: z.output<typeof ExportBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const job = await this.commands.execute(new RequestExport(body, cause));
    reply.header('location', `/v1/exports/${job.exportId}`);
    return this.item(job);
  }

  @Get()
  @Operation({
    id: 'listExports',
    summary: 'List exports',
    description: 'Answers a page of exports, newest first.',
    refuses: [],
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: ExportListSchema })
  async list(@Query({ schema: ExportList }) { status, cursor, limit }: z.output<typeof ExportList>) {
    const { items, next } = this.exports.list({ status, before: cursor, limit });
    return {
      items: await Promise.all(items.map((job) => this.item(job))),
      next: next === null ? null : encodeCursor(next),
    };
  }

  @Get(':exportId')
  @Operation({
    id: 'getExport',
    summary: 'Get an export',
    description: 'Answers how far the export is, and its file’s size, hash and address once it is made.',
    refuses: ['export-not-found'],
  })
  @ApiResponse(one)
  get(@Param({ schema: ExportParams }) { exportId }: Params) {
    return this.item(this.exports.get(exportId));
  }

  @Post(':exportId/approve')
  @HttpCode(200)
  @Operation({
    id: 'approveExport',
    summary: 'Approve an export',
    description: 'A second officer approves the export, which is then made.',
    refuses: ['own-case', 'step-up-needed', 'export-not-found', 'export-closed'],
  })
  @ApiResponse(one)
  async approve(@Param({ schema: ExportParams }) params: Params, @CauseOf() cause: Cause) {
    return this.item(await this.commands.execute(new ApproveExport(params, cause)));
  }

  @Post(':exportId/cancel')
  @HttpCode(200)
  @Operation({
    id: 'cancelExport',
    summary: 'Cancel an export',
    description: 'Cancels an export that is not made yet, or removes its file.',
    refuses: ['export-not-found', 'export-closed'],
  })
  @ApiResponse(one)
  async cancel(@Param({ schema: ExportParams }) params: Params, @CauseOf() cause: Cause) {
    return this.item(await this.commands.execute(new CancelExport(params, cause)));
  }

  /** Who fetches it is on record before the first byte leaves; its hash is checked before the last one does. */
  @Get(':exportId/content')
  @Operation({
    id: 'downloadExport',
    summary: 'Download the file of an export',
    description:
      'Sends the file. Who fetches it is on record before the first byte leaves; its hash is checked before the last one does.',
    refuses: [
      'export-not-found',
      'export-not-ready',
      'export-expired',
      'export-corrupt',
      'export-store-unavailable',
      'history-unavailable',
      'keys-destroyed',
    ],
  })
  @ApiProduces(...new Set(Object.values(files).map(({ contentType }) => contentType.split(';', 1)[0] as string)))
  @ApiResponse({
    status: 200,
    description: 'the file',
    schema: { type: 'string', format: 'binary' },
    headers: sends('Content-Disposition', 'Repr-Digest'),
  })
  async content(
    @Param({ schema: ExportParams }) params: Params,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    // Without a body nothing leaves.
    if (request.method === 'HEAD') {
      begin(this.exports.get(params.exportId), this.exports, reply).end();
      return;
    }
    const { job, parts, close } = await this.commands.execute(new DownloadExport(params, cause));
    const response = begin(job, this.exports, reply);
    const cut = await sendText(proved(parts, job.file?.sha256), response);
    close();
    if (cut !== undefined) this.logger.warn(`export ${job.exportId} was cut short: ${String(cut)}`);
  }

  private async item(job: TrackedExport) {
    // One whose key is away hides no other export.
    const recipient = await this.exports.recipientOf(job).catch((error: unknown) => {
      if (areKeysAway(error)) return { name: AWAY_TEXT };
      throw error;
    });
    return { ...itemOf(job, this.exports, this.maker), ...(recipient && { recipient }) };
  }
}

/** @throws ExportNotReady, ExportIsExpired */
const begin = (job: TrackedExport, exports: Exports, reply: FastifyReply) => {
  const { bytes, sha256 } = exports.fileOf(job);
  const { contentType, extension } = files[job.format];
  reply
    .header('content-type', contentType)
    .header('content-length', bytes)
    .header('content-disposition', `attachment; filename="export-${job.exportId}.${extension}"`)
    .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
    .header('cache-control', 'no-store');
  reply.hijack();
  return reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
};

/** The last part is held back until all of it is proved: a receiver never has a whole file that is not the one that was made. */
async function* proved(stream: AsyncIterable<Uint8Array>, sha256: string | undefined): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  for await (const part of stream) {
    hash.update(part);
    if (held) yield held;
    held = part;
  }
  if (hash.digest('hex') !== sha256) throw new ExportCorrupt();
  if (held) yield held;
}

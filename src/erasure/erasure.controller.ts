import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { TrackedErasure } from '../../projections/erasure.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { etag } from '../http/conditional.ts';
import { ApiHeader, ApiProduces, ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sendMade } from '../http/made-bytes.ts';
import { sends } from '../http/response-headers.ts';
import { encodeCursor } from '../http/schemas.ts';
import { acceptedAmong } from '../incidents/file/accepted.ts';
import { pdfOf } from '../incidents/file/pdf.ts';
import type { Cause } from '../ledger/ledger.ts';
import { shownForGood } from '../request/person-id.ts';
import { certificateBlocks, certificateOf } from './certificate.ts';
import { ApproveErasure, CancelErasure, RequestErasure } from './commands.ts';
import { Erasures } from './erasures.ts';
import * as schemas from './schemas.ts';

type Params = z.output<typeof schemas.ErasureParams>;

const JSON_TYPE = 'application/json';
const PDF = 'application/pdf';
const one = {
  status: 200,
  description: 'the erasure as it is now',
  standardSchema: schemas.ErasureSchema,
  headers: sends('ETag'),
};

/** The right to be forgotten: asked for by one officer, approved by another, carried out after a while, with a certificate. */
@ApiTags('Erasure')
@Controller('v1')
export class ErasureController {
  constructor(
    private readonly commands: Commands,
    private readonly erasures: Erasures,
  ) {}

  @Post('patients/:patientId/erasure')
  @Operation({
    id: 'requestErasure',
    summary: 'Ask for the erasure of a patient',
    description:
      'Asks that every recording of the patient be made unreadable for good (GDPR, Article 17). A second officer approves it. Asked again, it is the one that is under way or done.',
    refuses: ['own-case', 'patient-not-found', 'erasure-needs-keys'],
  })
  @ApiResponse({
    ...one,
    status: 201,
    description: 'it waits for a second officer to approve it',
    headers: sends('ETag', 'Location'),
  })
  async request(
    @Param({ schema: schemas.ErasedPatientParams }) { patientId }: z.output<typeof schemas.ErasedPatientParams>,
    @Body({ schema: schemas.ErasureBody }) { reason }: z.output<typeof schemas.ErasureBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tracked = await this.commands.execute(new RequestErasure({ patientId, reason }, cause));
    reply.header('location', `/v1/erasures/${tracked.erasure.erasureId}`);
    return shown(tracked, reply);
  }

  @Get('erasures')
  @Operation({ id: 'listErasures', summary: 'List erasures', description: 'Answers a page of erasures, newest first.' })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: schemas.ErasureListSchema })
  list(@Query({ schema: schemas.ErasureList }) { status, cursor, limit }: z.output<typeof schemas.ErasureList>) {
    const { items, next } = this.erasures.list({ status, before: cursor, limit });
    return { items: items.map(itemOf), next: next === null ? null : encodeCursor(next) };
  }

  @Get('erasures/:erasureId')
  @Operation({
    id: 'getErasure',
    summary: 'Get an erasure',
    description: 'Answers how far the erasure is, and until when it can be cancelled.',
    refuses: ['erasure-not-found'],
  })
  @ApiResponse(one)
  async get(
    @Param({ schema: schemas.ErasureParams }) { erasureId }: Params,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return shown(await this.erasures.get(erasureId), reply);
  }

  @Post('erasures/:erasureId/approve')
  @HttpCode(200)
  @Operation({
    id: 'approveErasure',
    summary: 'Approve an erasure',
    description:
      'A second officer approves the erasure. It begins after `ERASURE_HOLD_HOURS`, and can be cancelled until then.',
    refuses: ['own-case', 'step-up-needed', 'erasure-not-found', 'erasure-closed'],
  })
  @ApiResponse({ ...one, description: 'the erasure, which begins at `beginsAt`' })
  async approve(
    @Param({ schema: schemas.ErasureParams }) params: Params,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return shown(await this.commands.execute(new ApproveErasure(params, cause)), reply);
  }

  @Post('erasures/:erasureId/cancel')
  @HttpCode(200)
  @Operation({
    id: 'cancelErasure',
    summary: 'Cancel an erasure',
    description: 'Cancels an erasure that has not begun: nothing was destroyed yet.',
    refuses: ['own-case', 'erasure-not-found', 'erasure-closed'],
  })
  @ApiResponse(one)
  async cancel(
    @Param({ schema: schemas.ErasureParams }) { erasureId }: Params,
    @Body({ schema: schemas.CancelBody }) { reason }: z.output<typeof schemas.CancelBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return shown(await this.commands.execute(new CancelErasure({ erasureId, reason }, cause)), reply);
  }

  @Get('erasures/:erasureId/certificate')
  @Operation({
    id: 'getErasureCertificate',
    summary: 'Get the certificate of an erasure',
    description:
      'Answers which keys and recordings were destroyed, when, and until when back-ups of keys live; the same for ever. JSON, or PDF to hand out.',
    refuses: ['erasure-not-found', 'erasure-not-done', 'not-acceptable'],
  })
  @ApiProduces(JSON_TYPE, PDF)
  @ApiHeader({ name: 'Accept', description: 'JSON, or PDF to hand out' })
  @ApiResponse({
    status: 200,
    description: 'the certificate: the same for ever',
    standardSchema: schemas.CertificateSchema,
    headers: sends('Content-Disposition'),
  })
  async certificate(
    @Param({ schema: schemas.ErasureParams }) { erasureId }: Params,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = acceptedAmong(request.headers.accept, [JSON_TYPE, PDF]);
    const made = certificateOf((await this.erasures.get(erasureId)).erasure);
    const handed = shownForGood(made);
    if (type === JSON_TYPE) return Object.assign(new HandedOut(), handed);
    const bytes = await pdfOf(certificateBlocks(handed), {
      title: `Certificate of erasure ${erasureId}`,
      footer: `Erasure ${erasureId}, SHA-256 ${made.digest}`,
      at: made.erasedAt,
    });
    return sendMade(request, reply, { type: PDF, bytes, name: `certificate-of-erasure-${erasureId}.pdf` });
  }
}

/** Leaves as it is, for good: the digest in it is of it. */
class HandedOut {}

const shown = (tracked: TrackedErasure, reply: FastifyReply) => {
  reply.header('etag', etag(tracked.revision));
  return itemOf(tracked);
};

const itemOf = ({
  erasure: { keyIds, recordings, ...erasure },
}: TrackedErasure): z.output<typeof schemas.ErasureSchema> => ({
  ...erasure,
  ...(keyIds && { keys: keyIds.length }),
  ...(recordings && { recordings: recordings.length }),
});

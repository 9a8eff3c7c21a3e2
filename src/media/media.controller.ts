import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { ConsultationParams } from '../consultations/schemas.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiConsumes, ApiHeader, ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { WithRevision } from '../http/revision-tag.ts';
import type { Cause } from '../ledger/ledger.ts';
import { RecordingAnswerSchema, statusOf } from '../recordings/uploads.controller.ts';
import type { RecordingAnswer } from '../recordings/uploads.ts';
import { ClaimRecording, HearMediaServer } from './commands.ts';
import { ClaimBody, LiveKitWebhook, MediaMessage } from './schemas.ts';

/** Messages that media servers sign, and claims of the files that recorders leave. */
@ApiTags('Media')
@Controller('v1')
export class MediaController {
  constructor(private readonly commands: Commands) {}

  @Post('hooks/livekit')
  @HttpCode(204)
  @Operation({
    id: 'receiveLiveKitWebhook',
    summary: 'Take a webhook of LiveKit',
    description:
      'Who is in a room, and which recordings were made there. LiveKit sends it, signed with `LIVEKIT_API_SECRET`; each message is taken once, however often it comes. Presence gives no right to anything.',
    refuses: ['unauthenticated', 'ledger-unavailable', 'ledger-contention', 'ledger-read-only', 'media-unavailable'],
  })
  @ApiConsumes('application/webhook+json', 'application/json')
  @ApiHeader({
    name: 'Authorization',
    description: 'the token by which LiveKit signs the body',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 204, description: 'taken' })
  async heardFromLiveKit(
    @Req() request: FastifyRequest,
    @Body({ schema: LiveKitWebhook }) _signed: z.output<typeof LiveKitWebhook>,
  ): Promise<void> {
    const { authorization } = request.headers;
    const input = { connection: 'livekit', body: request.signedBody ?? '', authorization } as const;
    await this.commands.execute(new HearMediaServer(input, by('livekit', request)));
  }

  @Post('hooks/media')
  @HttpCode(204)
  @Operation({
    id: 'receiveMediaWebhook',
    summary: 'Take what another media server tells',
    description:
      'One event as a Standard Webhook, signed by the sender; each message is taken once, however often it comes. The guide on media has its fields.',
    refuses: ['unauthenticated', 'ledger-unavailable', 'ledger-contention', 'ledger-read-only', 'media-unavailable'],
  })
  @ApiConsumes('application/json')
  @ApiHeader({
    name: 'webhook-id',
    description: 'the id of the message, which is taken once',
    schema: { type: 'string' },
  })
  @ApiHeader({ name: 'webhook-timestamp', description: 'seconds since 1970', schema: { type: 'string' } })
  @ApiHeader({
    name: 'webhook-signature',
    description: '`v1,<base64>`, separated by spaces',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 204, description: 'taken' })
  async heardSigned(
    @Req() request: FastifyRequest,
    @Body({ schema: MediaMessage }) _signed: z.output<typeof MediaMessage>,
  ): Promise<void> {
    const header = (name: string) => String(request.headers[name] ?? '');
    const headers = {
      'webhook-id': header('webhook-id'),
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    };
    const input = { connection: 'signed', body: request.signedBody ?? '', headers } as const;
    await this.commands.execute(new HearMediaServer(input, by('media-server', request)));
  }

  @Post('patients/:patientId/consultations/:consultationId/recordings/claims')
  @WithRevision()
  @Operation({
    id: 'claimRecording',
    summary: 'Take over a recording that a recorder left in a bucket',
    description:
      'The object is read once at one version, hashed, and copied to where recordings are kept; no address is ever fetched. One that cannot show that it belongs to the consultation is kept in quarantine.',
    refuses: [
      'claim-not-allowed',
      'consultation-not-found',
      'consent-missing',
      'patient-erased',
      'claimed-object-differs',
      'digest-mismatch',
      'content-type-mismatch',
      'claim-store-unavailable',
      'recording-store-unavailable',
      'keys-unavailable',
      'keys-destroyed',
    ],
  })
  @ApiResponse({
    status: 201,
    description: 'the recording, copied and available',
    standardSchema: RecordingAnswerSchema,
  })
  @ApiResponse({
    status: 202,
    description: 'the recording, copied and kept from all viewers until compliance has decided',
    standardSchema: RecordingAnswerSchema,
  })
  async claim(
    @Param({ schema: ConsultationParams }) target: z.output<typeof ConsultationParams>,
    @Body({ schema: ClaimBody }) body: z.output<typeof ClaimBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordingAnswer> {
    const filed = await this.commands.execute(new ClaimRecording({ ...target, ...body }, cause));
    reply.status(statusOf(filed));
    return filed;
  }
}

const by = (id: string, request: FastifyRequest): Cause => ({ actor: { id, roles: [] }, requestId: request.id });

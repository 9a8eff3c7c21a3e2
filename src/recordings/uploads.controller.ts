import { Readable } from 'node:stream';
import { Controller, Param, Post, Query, Req, Res, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Id, ProviderId } from '../../events/values.ts';
import { Caller } from '../auth/caller.decorator.ts';
import { Commands } from '../command-path/commands.ts';
import { ConsultationParams } from '../consultations/schemas.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiBody, ApiConsumes, ApiHeader, ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { beginBody } from '../http/fastify.ts';
import { ValidationFailed } from '../http/problems.ts';
import { WithRevision } from '../http/revision-tag.ts';
import type { Cause } from '../ledger/ledger.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import { FileRecording } from './commands.ts';
import { MOST_SECONDS } from './container-reader.ts';
import { announcedSha256, type DigestHeaders } from './digest.ts';
import type { RecordingAnswer, Upload } from './uploads.ts';

const UploadQuery = z.strictObject({ mediaSessionId: ProviderId });

const Duration = z.coerce.number().min(0).max(MOST_SECONDS);

/** `X-Duration-Seconds`, from a sender that knows what its container does not say. */
const announcedDuration = ({ headers }: FastifyRequest): number | undefined => {
  const text = headers['x-duration-seconds'];
  if (text === undefined) return undefined;
  const seconds = Duration.safeParse(text);
  if (seconds.success && text !== '') return seconds.data;
  throw new ValidationFailed([{ path: 'X-Duration-Seconds', message: 'must be a number of seconds, at most a day' }]);
};

export const RecordingAnswerSchema = z
  .object({
    recordingId: Id,
    consultationId: Id,
    sha256: z.string(),
    bytes: z.int(),
    contentType: z.string(),
    durationSeconds: z.number().nullable(),
    state: z.enum(['available', 'quarantined']),
    truncated: z
      .boolean()
      .describe('whether its container says that bytes are missing at its end; it is kept all the same'),
    revision: z.int(),
  })
  .meta({ id: 'Recording' });

/** A quarantined recording is kept, and is not there for any viewer yet. */
export const statusOf = ({ state }: Pick<RecordingAnswer, 'state'>): 201 | 202 => (state === 'available' ? 201 : 202);

@ApiTags('Recordings')
@WithRevision()
@Controller('v1/patients/:patientId/consultations/:consultationId/recordings')
export class UploadsController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @Operation({
    id: 'uploadRecording',
    summary: 'File a recording',
    description:
      'Takes a recording as the body, of a media session that was joined and with the patient’s consent. Its container is checked, and its SHA-256 is in the ledger with it.',
    refuses: [
      'digest-invalid',
      'digest-missing',
      'digest-mismatch',
      'upload-incomplete',
      'consultation-not-found',
      'upload-stalled',
      'consent-missing',
      'patient-erased',
      'content-type-mismatch',
      'too-many-uploads',
      'recording-store-unavailable',
      'keys-unavailable',
      'keys-destroyed',
    ],
  })
  @ApiConsumes('video/*', 'audio/*')
  @ApiBody({ description: 'the recording as it is', schema: { type: 'string', format: 'binary' } })
  @ApiHeader({
    name: 'X-Duration-Seconds',
    description: 'how long it plays; what its container says itself comes first',
    schema: { type: 'number', minimum: 0, maximum: MOST_SECONDS },
  })
  @ApiHeader({
    name: 'Content-Digest',
    description:
      'the SHA-256 of the body (RFC 9530), checked before the recording is kept; Repr-Digest and Digest (RFC 3230) do as well. Services must send one (`RECORDING_DIGEST_REQUIRED`)',
    schema: { type: 'string', example: 'sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:' },
  })
  @ApiResponse({
    status: 201,
    description: 'the recording, stored and available',
    standardSchema: RecordingAnswerSchema,
  })
  @ApiResponse({
    status: 202,
    description:
      'the recording, stored and kept from all viewers until compliance has decided: no two participants joined its media session while the consultation was open',
    standardSchema: RecordingAnswerSchema,
  })
  async upload(
    @Param({ schema: ConsultationParams }) target: z.output<typeof ConsultationParams>,
    @Query({ schema: UploadQuery }) { mediaSessionId }: z.output<typeof UploadQuery>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordingAnswer> {
    if (!(request.body instanceof Readable)) throw new UnsupportedMediaTypeException('send the recording as the body');
    const gone = new AbortController();
    request.raw.once('aborted', () => gone.abort(new Error('the sender went away')));
    const length = request.headers['content-length'];
    const upload: Upload = {
      body: request.body,
      begin: () => beginBody(request, reply),
      ...target,
      mediaSessionId,
      caller: hasRole(actor, 'service') ? 'service' : { personId: actor.id },
      contentType: request.headers['content-type'] ?? '',
      declaredBytes: length === undefined ? undefined : Number(length),
      expectedSha256: announcedSha256(request.headers as DigestHeaders),
      durationSeconds: announcedDuration(request),
      signal: gone.signal,
    };
    const filed = await this.commands.execute(new FileRecording(upload, cause));
    reply.status(statusOf(filed));
    return filed;
  }
}

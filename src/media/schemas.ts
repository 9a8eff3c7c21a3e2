import { z } from 'zod';
import { BucketKey, BucketName } from '../../events/media-events.ts';
import { Id, ProviderId, Sha256Hex } from '../../events/values.ts';
import { Time } from '../http/schemas.ts';
import { MOST_SECONDS } from '../recordings/container-reader.ts';

const session = { mediaSessionId: ProviderId, consultationId: Id.optional(), occurredAt: Time };
const participant = z.strictObject({
  personId: z
    .string()
    .min(1)
    .max(256)
    .describe(
      'whom the server says it is, as their issuer writes the id; a name that can be no id is kept as a digest',
    ),
  presenceId: ProviderId.describe('one join of one person: a second device is another'),
});
const file = z.strictObject({
  bucket: BucketName,
  key: BucketKey,
  versionId: z.string().min(1).max(1_024).optional(),
  bytes: z.int().nonnegative().optional(),
  sha256: Sha256Hex.optional(),
  durationSeconds: z.number().min(0).max(MOST_SECONDS).optional(),
  from: Time.optional().describe('of the first frame'),
  until: Time.optional().describe('of the last frame'),
});

/** Bodies of webhooks: objects, whose fields are read once the signature over their bytes holds. */
export const LiveKitWebhook = z.looseObject({}).meta({ id: 'LiveKitWebhook' });
export const MediaMessage = z.looseObject({}).meta({ id: 'MediaMessage' });

/** What any media server may tell, as the body of a Standard Webhook. */
export const SignedMediaEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['session-opened', 'session-closed']), ...session }),
  z.strictObject({
    type: z.enum(['participant-joined', 'participant-left', 'participant-aborted']),
    ...session,
    participant,
  }),
  z.strictObject({ type: z.literal('recording-began'), ...session, recorderId: ProviderId }),
  z.strictObject({
    type: z.literal('recording-ended'),
    ...session,
    recorderId: ProviderId,
    files: z.array(file).max(16).default([]),
  }),
]);

export const ClaimBody = z
  .strictObject({
    mediaSessionId: ProviderId,
    bucket: BucketName,
    key: BucketKey,
    versionId: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('of a bucket that keeps versions; the newest without it'),
    bytes: z.int().nonnegative().optional().describe('what the recorder says; another size is refused'),
    sha256: Sha256Hex.optional().describe('hex, checked while the object is read'),
    contentType: z.string().max(128).optional().describe('without it, the one of the object'),
    durationSeconds: z.number().min(0).max(MOST_SECONDS).optional(),
  })
  .meta({ id: 'RecordingClaim' });

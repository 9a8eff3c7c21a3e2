import { Webhook } from 'standardwebhooks';
import { Unauthenticated } from '../auth/errors.ts';
import { ValidationFailed } from '../http/problems.ts';
import { noSignedHook } from './errors.ts';
import { SignedMediaEvent } from './schemas.ts';
import { isId, personOf, type Told } from './told.ts';

export type SignedMessage = {
  readonly body: string;
  readonly headers: Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>;
};

/**
 * What a media server of any make told, as a Standard Webhook with our own body: signed over its id, its time and its bytes.
 * @throws MediaUnavailable, Unauthenticated, ValidationFailed
 */
export const heardSigned = ({ body, headers }: SignedMessage, secrets: readonly string[]): Told => {
  if (secrets.length === 0) throw noSignedHook();
  if (!secrets.some((secret) => isSignedBy(secret, body, headers)))
    throw new Unauthenticated('the message is not signed as a Standard Webhook with the secret of this ledger');
  const providerEventId = headers['webhook-id'];
  if (!isId(providerEventId)) throw new ValidationFailed([{ path: 'webhook-id', message: 'must be an id' }]);
  const parsed = SignedMediaEvent.safeParse(JSON.parse(body));
  if (!parsed.success)
    throw new ValidationFailed(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  return told(providerEventId, parsed.data);
};

/** The library also refuses a time more than 5 minutes off. */
const isSignedBy = (secret: string, body: string, headers: SignedMessage['headers']): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

const told = (providerEventId: string, event: ReturnType<typeof SignedMediaEvent.parse>): Told => {
  const { type: fact, mediaSessionId, consultationId, occurredAt } = event;
  return {
    ...{ mediaSessionId, connection: 'signed', providerEventId, fact, occurredAt },
    ...(consultationId !== undefined && { consultationId }),
    ...('participant' in event && {
      presenceId: event.participant.presenceId,
      personId: personOf(event.participant.personId),
    }),
    ...('recorderId' in event && { recorderId: event.recorderId }),
    ...('files' in event && { files: event.files }),
  };
};

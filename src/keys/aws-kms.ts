import { DecryptCommand, EncryptCommand, KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { KeysUnavailable } from './errors.ts';
import { KEY_BYTES, type KeyContext, type Kms, type Wrapped } from './kms.ts';

export type AwsKmsOptions = {
  /** Id, ARN or alias of a symmetric key. */
  readonly keyId: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Undefined: the AWS SDK's own chain (environment, shared files, roles). */
  readonly credentials?: KMSClientConfig['credentials'];
  readonly timeoutMs?: number;
};

const KIND = 'aws:';
const credentials =
  'AWS refused the credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of this process';
const network = 'AWS KMS cannot be reached: check KEYS_AWS_ENDPOINT and KEYS_AWS_REGION';

/** KMS's own error codes (https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html), and the SDK's. */
const reasons: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AWS KMS denied access: check the policy of KEYS_AWS_KEY_ID and of these credentials',
  DisabledException: 'the key is disabled in AWS KMS: check KEYS_AWS_KEY_ID',
  KMSInvalidStateException: 'the key is not in a state to be used in AWS KMS: check KEYS_AWS_KEY_ID',
  NotFoundException: 'the key does not exist in AWS KMS: check KEYS_AWS_KEY_ID and KEYS_AWS_REGION',
  InvalidCiphertextException: 'a wrapped key is not what AWS KMS made: check the key store and KEYS_AWS_KEY_ID',
  IncorrectKeyException: 'a wrapped key is of another key in AWS KMS: check KEYS_AWS_KEY_ID',
  ThrottlingException: 'AWS KMS asks for fewer requests',
  LimitExceededException: 'AWS KMS asks for fewer requests',
  UnrecognizedClientException: credentials,
  InvalidSignatureException: credentials,
  InvalidClientTokenId: credentials,
  ExpiredTokenException: credentials,
  CredentialsProviderError:
    'no credentials for AWS KMS were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this process a role',
  TimeoutError: 'AWS KMS does not answer in time',
};

/** Keys under one symmetric key of AWS KMS; each call names the key's owner in the encryption context. */
export class AwsKms implements Kms {
  readonly kind = 'aws';
  readonly #client: KMSClient;
  readonly #keyId: string;

  constructor({ keyId, region, endpoint, credentials: given, timeoutMs = 3_000 }: AwsKmsOptions) {
    this.#keyId = keyId;
    this.#client = new KMSClient({
      ...(endpoint && { endpoint }),
      ...(given && { credentials: given }),
      region: region ?? (endpoint ? 'us-east-1' : undefined),
      maxAttempts: 2,
      requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    });
  }

  async wrap(key: Buffer, context: KeyContext): Promise<Wrapped> {
    const asked = new EncryptCommand({
      ...{ KeyId: this.#keyId, Plaintext: key, EncryptionContext: encryptionContext(context) },
    });
    const { CiphertextBlob, KeyId } = await this.#client.send(asked).catch(unavailable);
    if (!CiphertextBlob || !KeyId) throw new KeysUnavailable('AWS KMS did not say what it made');
    return { kek: KIND + KeyId, wrapped: Buffer.from(CiphertextBlob).toString('base64') };
  }

  async unwrap({ kek, wrapped }: Wrapped, context: KeyContext): Promise<Buffer> {
    const asked = new DecryptCommand({
      // Named, so that a blob of a key that another account controls is refused.
      KeyId: kek.slice(KIND.length),
      CiphertextBlob: Buffer.from(wrapped, 'base64'),
      EncryptionContext: encryptionContext(context),
    });
    const { Plaintext } = await this.#client.send(asked).catch(unavailable);
    if (Plaintext?.length !== KEY_BYTES) throw new KeysUnavailable('AWS KMS gave no key of 32 bytes');
    const key = Buffer.alloc(KEY_BYTES, Plaintext);
    Plaintext.fill(0);
    return key;
  }

  close(): void {
    this.#client.destroy();
  }
}

const encryptionContext = ({ keyId, subject, epoch }: KeyContext) => ({ keyId, subject, epoch: String(epoch) });

/** The error's own text stays in `cause`: it can name accounts, and the message is shown to callers. */
const unavailable = (error: unknown): never => {
  const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const answered = status === undefined ? network : `AWS KMS answered ${status}`;
  throw new KeysUnavailable(reasons[name] ?? answered, { cause: error });
};

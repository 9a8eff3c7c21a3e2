type S3Error = Error & { readonly code?: string; readonly $metadata?: { readonly httpStatusCode?: number } };

const credentials =
  'S3 refused the credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of this process';
const bucket = 'there is no such bucket: check S3_BUCKET, and S3_REGION';
const region = 'the bucket is in another region: check S3_REGION';
const endpoint = 'S3 cannot be reached: check S3_ENDPOINT, or S3_REGION where there is none';
const silent = 'S3 does not answer in time: check S3_ENDPOINT and the network to it';

/** S3's own error codes (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and Node's. */
const reasons: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  ExpiredToken: credentials,
  InvalidToken: credentials,
  CredentialsProviderError:
    'no credentials for S3 were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this process a role',
  AccessDenied: 'S3 denied access: check the policy of S3_BUCKET and of these credentials',
  RequestTimeTooSkewed: 'S3 refused the time of this machine: check its clock',
  NoSuchBucket: bucket,
  PermanentRedirect: region,
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  'KMS.NotFoundException': 'the encryption key does not exist: check S3_SSE_KMS_KEY_ID',
  'KMS.DisabledException': 'the encryption key is disabled: check S3_SSE_KMS_KEY_ID',
  SlowDown: 'S3 asks for fewer requests',
  QuotaExceeded: 'the storage quota behind S3_BUCKET is used up',
  ENOTFOUND: endpoint,
  EAI_AGAIN: endpoint,
  ECONNREFUSED: endpoint,
  EHOSTUNREACH: endpoint,
  ENETUNREACH: endpoint,
  CERT_HAS_EXPIRED: 'the certificate of S3_ENDPOINT has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of S3_ENDPOINT is not trusted: set NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of S3_ENDPOINT is not trusted: set NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of S3_ENDPOINT is not trusted: set NODE_EXTRA_CA_CERTS',
  TimeoutError: silent,
  ETIMEDOUT: silent,
  ECONNRESET: 'S3 broke the connection off',
  EPIPE: 'S3 broke the connection off',
};

/** What an operator should look at. The error's own text is not in it: it can hold addresses and keys, and this is shown to callers. */
export const s3Reason = (error: unknown): string => {
  const { name, code = '', $metadata } = error as S3Error;
  const status = $metadata?.httpStatusCode;
  const known = reasons[name] ?? reasons[code] ?? (status === 403 ? reasons.AccessDenied : undefined);
  // Without a status there was no answer at all, whatever the network called it.
  return known ?? (status === undefined ? endpoint : `S3 answered ${status}`);
};

export const isStatus = (error: unknown, status: number): boolean =>
  (error as S3Error | undefined)?.$metadata?.httpStatusCode === status;

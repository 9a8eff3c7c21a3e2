import { randomUUID } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { guardedStream } from './guarded-stream.ts';
import { isObjectKey, mayStand, type ObjectKey, objectKey } from './object-key.ts';
import {
  type ByteRange,
  type Holding,
  MAX_PRESIGN_SECONDS,
  NoSuchObject,
  ObjectKeyInUse,
  type ObjectStore,
  ObjectStoreUnavailable,
  type PresignedResponse,
  type StoredBytes,
  type StoredObject,
  type WriteOptions,
} from './object-store.ts';
import { isStatus, s3Reason } from './s3-failure.ts';

/** S3 takes parts from 5 MiB, and at most 10,000 of them. */
const LEAST_PART_BYTES = 5 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Two parts on their way while a third is gathered: 40 to 80 MiB of growth for one upload, measured; three parts took 100. */
const IN_FLIGHT_BYTES = 10 * 2 ** 20;
const WRITE_ID = 'write-id';

export type S3StoreOptions = {
  readonly holding: Holding;
  readonly bucket: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly forcePathStyle?: boolean;
  readonly sse?: 'AES256' | 'aws:kms';
  readonly sseKmsKeyId?: string;
  /** Largest object, in bytes: the size of a part follows from it. */
  readonly maxBytes: number;
  /** Everything of the store lies under it, and nothing else in the bucket is ever listed or removed. Ends with a slash. */
  readonly prefix: string;
  /** Undefined: the AWS SDK's own chain (environment, shared files, roles). */
  readonly credentials?: S3ClientConfig['credentials'];
  readonly connectTimeoutMs?: number;
  /** Longest wait for the answer to one request, and longest silence of a download. */
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
  /** Most connections for downloads; a further one waits for `connectTimeoutMs`, then fails. */
  readonly maxDownloads?: number;
};

/** Objects `<prefix><key>` of any S3-compatible server. */
export class S3ObjectStore implements ObjectStore {
  readonly #holding: Holding;
  readonly #client: S3Client;
  /** Downloads have connections of their own: players that hold theirs for an hour must not starve uploads and readiness. */
  readonly #downloads: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #partSize: number;
  readonly #encryption: Pick<PutObjectCommand['input'], 'ServerSideEncryption' | 'SSEKMSKeyId'>;

  constructor(options: S3StoreOptions) {
    const { connectTimeoutMs = 3_000, timeoutMs = 30_000, maxAttempts = 3, maxDownloads = 1_000 } = options;
    this.#holding = options.holding;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix;
    this.#timeoutMs = timeoutMs;
    this.#partSize = Math.max(LEAST_PART_BYTES, Math.ceil(options.maxBytes / MOST_PARTS));
    this.#encryption = options.sse ? { ServerSideEncryption: options.sse, SSEKMSKeyId: options.sseKmsKeyId } : {};

    const shared: S3ClientConfig = {
      ...(options.endpoint && { endpoint: options.endpoint }),
      ...(options.credentials && { credentials: options.credentials }),
      region: options.region ?? (options.endpoint ? 'us-east-1' : undefined),
      forcePathStyle: options.forcePathStyle ?? false,
      maxAttempts,
      // S3-compatible servers know neither the newer checksums nor all of them 100-continue.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      expectContinueHeader: false,
    };
    const waits = { connectionTimeout: connectTimeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true };
    this.#client = new S3Client({ ...shared, requestHandler: { ...waits, socketTimeout: timeoutMs } });
    // Without a time-out on the socket: it can't tell a paused player from a dead server. guardedStream can.
    const agent = { keepAlive: true, maxSockets: maxDownloads };
    this.#downloads = new S3Client({
      ...shared,
      requestHandler: { ...waits, socketTimeout: 0, httpAgent: agent, httpsAgent: agent },
    });
  }

  async write(key: ObjectKey, body: Readable, { contentType, signal }: WriteOptions): Promise<{ bytes: number }> {
    const target = this.#target(key);
    const writeId = randomUUID();
    let bytes = 0;
    let failure: unknown;
    let perhapsThere = false;
    body.on('error', () => undefined); // Read from it below; failing before that must not end the process.
    try {
      await this.#refuseExisting(key, signal);
      if (signal) addAbortSignal(signal, body);
      // lib-storage asks `client` for two things, its settings and `send`. Watching `send` tells us at once of a part that
      // failed; lib-storage itself would first wait for the next part to fill, for as long as a slow caller takes.
      const watched: S3Client = Object.create(this.#client, {
        send: {
          value: async (command: Parameters<S3Client['send']>[0]) => {
            try {
              return await this.#client.send(command);
            } catch (error) {
              if (!(command instanceof AbortMultipartUploadCommand)) {
                failure ??= error;
                perhapsThere ||=
                  command instanceof PutObjectCommand || command instanceof CompleteMultipartUploadCommand;
                body.destroy(error as Error);
              }
              throw error;
            }
          },
        },
      });
      const upload = new Upload({
        client: watched,
        params: {
          ...target,
          Body: body,
          ContentType: contentType,
          Metadata: { [WRITE_ID]: writeId },
          ...this.#encryption,
        },
        partSize: this.#partSize,
        queueSize: Math.max(1, Math.floor(IN_FLIGHT_BYTES / this.#partSize)),
      });
      upload.on('httpUploadProgress', ({ loaded = 0 }) => {
        bytes = loaded;
      });
      // Not upload.abort(): it gives up waiting before the parts are gone. A body that fails makes it clean up and then fail.
      await upload.done();
      await this.#requireEncryption(key, writeId);
      return { bytes };
    } catch (error) {
      body.destroy();
      if (perhapsThere) await this.#removeOwn(key, writeId);
      if (failure !== undefined) throw this.#unavailable(failure);
      signal?.throwIfAborted();
      throw body.errored ?? error;
    }
  }

  async read(
    key: ObjectKey,
    { range, signal }: { range?: ByteRange; signal?: AbortSignal } = {},
  ): Promise<StoredBytes> {
    const wanted = { ...this.#target(key), ...(range && { Range: `bytes=${range.first}-${range.last}` }) };
    if (range && range.last < range.first) throw new RangeError(`bytes ${range.first}-${range.last} are none`);
    try {
      const found = await this.#downloads.send(new GetObjectCommand(wanted), { abortSignal: signal });
      const total = found.ContentRange ? Number(found.ContentRange.split('/')[1]) : found.ContentLength;
      const stream = guardedStream(found.Body as Readable, {
        idleMs: this.#timeoutMs,
        failure: (error) => this.#unavailable(error),
        signal,
      });
      if (total === undefined || !Number.isSafeInteger(total) || (range && !found.ContentRange)) {
        stream.destroy();
        throw new Error('S3 did not say which bytes it sent');
      }
      return { stream, totalBytes: total };
    } catch (error) {
      if (isStatus(error, 416)) throw new RangeError(`bytes ${range?.first}-${range?.last} lie beyond the end`);
      throw this.#failed(error, key, signal);
    }
  }

  async head(key: ObjectKey, signal?: AbortSignal): Promise<StoredObject> {
    const found = await this.#head(key, signal);
    const { ETag, VersionId = '' } = found;
    return {
      key,
      bytes: found.ContentLength ?? 0,
      modifiedAt: found.LastModified ?? new Date(0),
      version: ETag && `${VersionId}/${ETag}`,
    };
  }

  async delete(key: ObjectKey, signal?: AbortSignal): Promise<void> {
    const target = this.#target(key);
    try {
      await this.#client.send(new DeleteObjectCommand(target), { abortSignal: signal });
    } catch (error) {
      const failed = this.#failed(error, key, signal);
      if (!(failed instanceof NoSuchObject)) throw failed;
    }
  }

  async *list(signal?: AbortSignal, under?: string): AsyncGenerator<readonly StoredObject[]> {
    if (under !== undefined && !mayStand(under, 0, this.#holding.segments)) return;
    const Prefix = under === undefined ? this.#prefix : `${this.#prefix}${under}/`;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#call(
        () =>
          this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken }), {
            abortSignal: signal,
          }),
        signal,
      );
      const objects = (page.Contents ?? []).flatMap(({ Key = '', Size = 0, LastModified }) => {
        const key = Key.slice(this.#prefix.length);
        return isObjectKey(key, this.#holding) && LastModified ? [{ key, bytes: Size, modifiedAt: LastModified }] : [];
      });
      if (objects.length > 0) yield objects;
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  /** A multipart upload counts as touched when its last part came: a long one is not a dead one. */
  async sweepIncomplete(before: Date, signal?: AbortSignal): Promise<number> {
    let removed = 0;
    let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (next) {
      const asked: { KeyMarker?: string; UploadIdMarker?: string } = next;
      const page = await this.#call(
        () =>
          this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: this.#prefix, ...asked }), {
            abortSignal: signal,
          }),
        signal,
      );
      for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
        const isOurs = isObjectKey(Key.slice(this.#prefix.length), this.#holding);
        if (!isOurs || !UploadId || !Initiated || Initiated >= before) continue;
        const upload = { Bucket: this.#bucket, Key, UploadId };
        if (await this.#abortUntouched(upload, before, signal)) removed += 1;
      }
      next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
    }
    return removed;
  }

  /** Lists, since a HEAD has no body and so could not say whether the secret, the bucket or the policy is wrong. */
  async check(signal?: AbortSignal): Promise<void> {
    await this.#call(
      () =>
        this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 }), {
          abortSignal: signal,
        }),
      signal,
    );
  }

  async presign(key: ObjectKey, seconds: number, response: PresignedResponse): Promise<string> {
    if (!(seconds > 0 && seconds <= MAX_PRESIGN_SECONDS)) {
      throw new RangeError(`an address may be good for 1 to ${MAX_PRESIGN_SECONDS} seconds, not ${seconds}`);
    }
    const command = new GetObjectCommand({
      ...this.#target(key),
      ResponseContentType: response.contentType,
      ResponseContentDisposition: response.contentDisposition,
      ResponseCacheControl: 'no-store',
    });
    return this.#call(() => getSignedUrl(this.#downloads, command, { expiresIn: seconds }));
  }

  close(): void {
    this.#client.destroy();
    this.#downloads.destroy();
  }

  #target(key: ObjectKey) {
    return { Bucket: this.#bucket, Key: this.#prefix + objectKey(key, this.#holding) };
  }

  async #refuseExisting(key: ObjectKey, signal?: AbortSignal): Promise<void> {
    try {
      await this.#head(key, signal);
    } catch (error) {
      if (error instanceof NoSuchObject) return;
      throw error;
    }
    throw new ObjectKeyInUse(key, this.#holding);
  }

  /** A HEAD says 404 both for an object and for a bucket that is not there; the second must not pass for the first. */
  async #head(key: ObjectKey, signal?: AbortSignal) {
    try {
      return await this.#client.send(new HeadObjectCommand(this.#target(key)), { abortSignal: signal });
    } catch (error) {
      if (isStatus(error, 404)) await this.#requireBucket(signal);
      throw this.#failed(error, key, signal);
    }
  }

  async #requireBucket(signal?: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal: signal });
    } catch (error) {
      if (isStatus(error, 404)) throw this.#unavailable(Object.assign(error as Error, { name: 'NoSuchBucket' }));
      throw this.#failed(error, undefined, signal);
    }
  }

  /** There are servers that take the header and store in clear (Ceph 16 with AES256): no object must rest on that. */
  async #requireEncryption(key: ObjectKey, writeId: string): Promise<void> {
    const asked = this.#encryption.ServerSideEncryption;
    if (asked === undefined) return;
    try {
      const { ServerSideEncryption: got } = await this.#head(key);
      if (got === asked) return;
      const { noun, unavailable } = this.#holding;
      throw new unavailable(`S3 took a ${noun} without encrypting it: it does not do S3_SSE=${asked}`);
    } catch (error) {
      await this.#removeOwn(key, writeId);
      throw error;
    }
  }

  /**
   * After a PUT or a completion whose answer got lost the object may be there, though the caller is told it is not. Removed
   * only when it carries this write's own mark. Best effort: when S3 is away, the orphan sweep gets it.
   */
  async #removeOwn(key: ObjectKey, writeId: string): Promise<void> {
    try {
      const found = await this.#client.send(new HeadObjectCommand(this.#target(key)));
      if (found.Metadata?.[WRITE_ID] === writeId) await this.delete(key);
    } catch {
      // The failure of the write itself is the one to tell.
    }
  }

  async #abortUntouched(
    upload: { Bucket: string; Key: string; UploadId: string },
    before: Date,
    signal?: AbortSignal,
  ): Promise<boolean> {
    try {
      let PartNumberMarker: string | undefined;
      do {
        const page = await this.#client.send(new ListPartsCommand({ ...upload, PartNumberMarker }), {
          abortSignal: signal,
        });
        if (page.Parts?.some(({ LastModified }) => LastModified && LastModified >= before)) return false;
        PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (PartNumberMarker !== undefined);
      await this.#client.send(new AbortMultipartUploadCommand(upload), { abortSignal: signal });
      return true;
    } catch (error) {
      if ((error as Error).name === 'NoSuchUpload') return false; // It was completed, or another instance sweeps too.
      throw this.#failed(error, undefined, signal);
    }
  }

  async #call<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw this.#failed(error, undefined, signal);
    }
  }

  #failed(error: unknown, key?: ObjectKey, signal?: AbortSignal): unknown {
    if (signal?.aborted) return signal.reason;
    const missing = isStatus(error, 404) && (error as Error).name !== 'NoSuchBucket';
    return key !== undefined && missing ? new NoSuchObject(key, this.#holding) : this.#unavailable(error);
  }

  /** The error's own text stays in `cause`: it can hold addresses and keys, and the message is shown to callers. */
  #unavailable(error: unknown): ObjectStoreUnavailable {
    if (error instanceof ObjectStoreUnavailable) return error;
    return new this.#holding.unavailable(s3Reason(error), { cause: error });
  }
}

import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { guardedStream } from './guarded-stream.ts';
import type { ObjectStoreUnavailable } from './object-store.ts';
import { isStatus, s3Reason } from './s3-failure.ts';

export type SourceObject = { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };

/** One state of an object: its bytes are these and no others. */
export type PinnedObject = SourceObject & {
  readonly etag: string;
  readonly bytes: number;
  readonly contentType: string | undefined;
};

export type SourceOptions = {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  /** The error to throw where there is no such object, or no such version of it, or it is another one by now. */
  readonly gone: new (
    why?: string,
    options?: ErrorOptions,
  ) => Error;
  readonly unavailable: new (why: string, options?: ErrorOptions) => ObjectStoreUnavailable;
  readonly timeoutMs?: number;
};

/** Objects that another program put into a bucket, to be read and never written. */
export class SourceObjects {
  readonly #client: S3Client;
  readonly #timeoutMs: number;

  constructor(private readonly options: SourceOptions) {
    const { endpoint, region, forcePathStyle = false, timeoutMs = 30_000 } = options;
    this.#timeoutMs = timeoutMs;
    this.#client = new S3Client({
      ...(endpoint && { endpoint }),
      region: region ?? (endpoint ? 'us-east-1' : undefined),
      forcePathStyle,
      maxAttempts: 3,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        ...{ connectionTimeout: 3_000, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
        // The stream's own guard tells a slow reader from a dead store.
        socketTimeout: 0,
      },
    });
  }

  /** The object as it is now. @throws `gone`, `unavailable` */
  async pin({ bucket, key, versionId }: SourceObject): Promise<PinnedObject> {
    try {
      const wanted = { Bucket: bucket, Key: key, VersionId: versionId };
      const {
        ETag: etag,
        ContentLength: bytes,
        ContentType: contentType,
        VersionId,
      } = await this.#client.send(new HeadObjectCommand(wanted));
      if (etag === undefined || bytes === undefined) throw new Error('S3 did not say which object it is');
      // `null` is what a bucket calls an object from before it kept versions: it can still be overwritten.
      const pinned = versionId ?? (VersionId === 'null' ? undefined : VersionId);
      return { bucket, key, etag, bytes, contentType, ...(pinned !== undefined && { versionId: pinned }) };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** The bytes of that state of the object, once. @throws `gone`, `unavailable` */
  async read(
    { bucket, key, versionId, etag }: Omit<PinnedObject, 'contentType' | 'bytes'>,
    signal: AbortSignal,
  ): Promise<Readable> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, IfMatch: etag }),
        { abortSignal: signal },
      );
      return guardedStream(Body as Readable, {
        ...{ idleMs: this.#timeoutMs, signal },
        failure: (error) => new this.options.unavailable(s3Reason(error), { cause: error }),
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #failed(error: unknown): unknown {
    const isGone =
      [404, 412, 405].some((status) => isStatus(error, status)) && (error as Error).name !== 'NoSuchBucket';
    // A version that cannot be one is answered with 400.
    if (isGone || (isStatus(error, 400) && /version/i.test(String(error))))
      return new this.options.gone(undefined, { cause: error });
    return new this.options.unavailable(s3Reason(error), { cause: error });
  }
}

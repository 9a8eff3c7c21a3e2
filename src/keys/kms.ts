/** Which key it is and whose: bound to what a KMS makes of it, so that no wrapped key passes for another. */
export type KeyContext = { readonly keyId: string; readonly subject: string; readonly epoch: number };

/** A key as a KMS gave it back. */
export type Wrapped = {
  /** The key-encryption key and its version, beginning with the kind of KMS: `file:…`, `aws:…`, `vault:…`. */
  readonly kek: string;
  readonly wrapped: string;
};

export const kmsKinds = ['file', 'aws', 'vault'] as const;
export type KmsKind = (typeof kmsKinds)[number];

export const KEY_BYTES = 32;

/**
 * Holds key-encryption keys, and wraps and unwraps keys of 32 bytes with them. Each call ends in bounded time.
 * @see contract test/keys/kms-contract.ts
 */
export interface Kms {
  readonly kind: KmsKind;

  /** Under the newest key-encryption key. @throws KeysUnavailable, which names the setting to look at */
  wrap(key: Buffer, context: KeyContext): Promise<Wrapped>;

  /** A buffer of the caller's own, to be zeroed after its use. @throws KeysUnavailable, also where it was wrapped in another context */
  unwrap(wrapped: Wrapped, context: KeyContext): Promise<Buffer>;

  close(): void;
}

/** The same text for the same context, in every process. */
export const contextText = ({ keyId, subject, epoch }: KeyContext): string => JSON.stringify([keyId, subject, epoch]);

/** Asks once what the newest key-encryption key is. @throws KeysUnavailable */
export const newestKek = async (kms: Kms): Promise<string> => {
  const probe = { keyId: 'probe', subject: 'probe', epoch: 0 };
  return (await kms.wrap(Buffer.alloc(KEY_BYTES), probe)).kek;
};

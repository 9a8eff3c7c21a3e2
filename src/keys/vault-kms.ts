import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KeysUnavailable } from './errors.ts';
import { contextText, KEY_BYTES, type KeyContext, type Kms, type Wrapped } from './kms.ts';

export type VaultKmsOptions = {
  readonly url: string;
  /** `<mount>/<key>`: `transit/consultation-ledger`. */
  readonly key: string;
  /** Read for each call: an agent that renews the token writes it anew. */
  readonly tokenFile: string;
  readonly timeoutMs?: number;
};

const KIND = 'vault:';
/** `vault:v3:<base64>`, of which the second part is the version of the key. */
const Encrypted = z.object({ data: z.object({ ciphertext: z.string().regex(/^vault:v\d+:[A-Za-z0-9+/=]+$/) }) });
const Decrypted = z.object({ data: z.object({ plaintext: z.base64() }) });

/** Keys under a key of the transit engine of Vault or OpenBao (of type aes256-gcm96: what a key belongs to is its associated data). */
export class VaultKms implements Kms {
  readonly kind = 'vault';

  constructor(private readonly options: VaultKmsOptions) {}

  async wrap(key: Buffer, context: KeyContext): Promise<Wrapped> {
    const { data } = await this.#ask('encrypt', this.options.key, Encrypted, {
      plaintext: key.toString('base64'),
      associated_data: associated(context),
    });
    const [, version] = data.ciphertext.split(':');
    return { kek: `${KIND}${this.options.key}/${version}`, wrapped: data.ciphertext };
  }

  async unwrap({ kek, wrapped }: Wrapped, context: KeyContext): Promise<Buffer> {
    const of = kek.slice(KIND.length, kek.lastIndexOf('/'));
    const { data } = await this.#ask('decrypt', of, Decrypted, {
      ...{ ciphertext: wrapped, associated_data: associated(context) },
    });
    const key = Buffer.from(data.plaintext, 'base64');
    if (key.length !== KEY_BYTES) throw new KeysUnavailable('Vault gave no key of 32 bytes');
    return key;
  }

  close(): void {}

  async #ask<T>(act: 'encrypt' | 'decrypt', of: string, answer: z.ZodType<T>, body: object): Promise<T> {
    const { url, tokenFile, timeoutMs = 3_000 } = this.options;
    const [mount, name] = [of.slice(0, of.lastIndexOf('/')), of.slice(of.lastIndexOf('/') + 1)];
    const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new KeysUnavailable('the token for Vault cannot be read: check KEYS_VAULT_TOKEN_FILE', { cause });
    });
    try {
      const response = await fetch(new URL(`v1/${mount}/${act}/${name}`, url.endsWith('/') ? url : `${url}/`), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-vault-token': token.trim() },
        body: JSON.stringify(body),
        // The token goes where the operator said, and nowhere else.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new KeysUnavailable(refusal(response.status));
      return answer.parse(await response.json());
    } catch (cause) {
      if (cause instanceof KeysUnavailable) throw cause;
      const { name } = cause as Error;
      if (name === 'TimeoutError') throw new KeysUnavailable('Vault does not answer in time', { cause });
      if (name === 'ZodError' || name === 'SyntaxError')
        throw new KeysUnavailable('what answers at KEYS_VAULT_URL is no Vault', { cause });
      throw new KeysUnavailable('Vault cannot be reached: check KEYS_VAULT_URL', { cause });
    }
  }
}

const associated = (context: KeyContext): string => Buffer.from(contextText(context)).toString('base64');

/** https://developer.hashicorp.com/vault/api-docs#http-status-codes */
const refusal = (status: number): string => {
  if (status === 400)
    return 'Vault did not take the request: check the type of KEYS_VAULT_KEY (aes256-gcm96) and the key store';
  if (status === 403) return 'Vault denied access: check the policy of the token in KEYS_VAULT_TOKEN_FILE';
  if (status === 404) return 'there is no such key in Vault: check KEYS_VAULT_KEY';
  if (status === 429) return 'Vault asks for fewer requests';
  return status === 503 ? 'Vault is sealed or in maintenance' : `Vault answered ${status}`;
};

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What a server does instead of answering; `silent` never answers. */
type Instead = { readonly status: number; readonly name: string } | 'silent' | undefined;

export type KmsServer = {
  readonly url: string;
  /** How many requests it took. */
  asked(): number;
  answerWith(instead: Instead): void;
  /** A further version of its key, or a further key. */
  rotate(): void;
  close(): Promise<void>;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => Buffer.concat(await request.toArray());

const listening = async (answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void) => {
  const server: Server = createServer(async (request, response) => answer(request, response, await bodyOf(request)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, close };
};

const encrypted = (plaintext: Buffer, key: Buffer, associated: string): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

const decrypted = (bytes: Buffer, key: Buffer, associated: string): Buffer | undefined => {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(associated))
      .setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
};

export const awsCredentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret-of-the-test' };

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** Whether the request is signed by `awsCredentials` (Signature Version 4), with its body and its target. */
const isSigned = ({ method, url = '', headers }: IncomingMessage, body: Buffer): boolean => {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/;
  const [, id, day = '', region = '', signed = '', signature] = given.exec(headers.authorization ?? '') ?? [];
  const names = signed.split(';');
  if (
    id !== awsCredentials.accessKeyId ||
    !['host', 'x-amz-date', 'x-amz-target'].every((name) => names.includes(name))
  )
    return false;
  const canonical = [
    ...[method, url, ''],
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    ...['', signed, sha256(body)],
  ].join('\n');
  const scope = `${day}/${region}/kms/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, 'kms', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${awsCredentials.secretAccessKey}`,
  );
  return hmac(key, text).toString('hex') === signature;
};

/** A server that speaks the protocol of AWS KMS (JSON 1.1) for one alias, `alias/ledger`, which a rotation points to a further key. */
export const awsKmsServer = async (): Promise<KmsServer> => {
  const arn = (name: string) => `arn:aws:kms:eu-central-1:000000000000:key/${name}`;
  const keys = new Map([[arn('1'), randomBytes(32)]]);
  let instead: Instead;
  let asked = 0;
  const { url, close } = await listening((request, response, body) => {
    asked += 1;
    const refuse = (status: number, name: string) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ __type: name }));
    if (instead === 'silent') return;
    if (instead) return refuse(instead.status, instead.name);
    if (!isSigned(request, body)) return refuse(400, 'InvalidSignatureException');
    const { KeyId, Plaintext, CiphertextBlob, EncryptionContext } = JSON.parse(body.toString());
    if (Object.keys(EncryptionContext ?? {}).length === 0) return refuse(400, 'ValidationException');
    const associated = JSON.stringify(Object.entries(EncryptionContext).toSorted());
    const newest = [...keys.keys()].at(-1) ?? '';
    const wanted = KeyId === 'alias/ledger' ? newest : KeyId;
    const key = keys.get(wanted);
    if (!key) return refuse(400, 'NotFoundException');
    const answer = (data: object) =>
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(data));
    if (request.headers['x-amz-target'] === 'TrentService.Encrypt') {
      const made = encrypted(Buffer.from(Plaintext, 'base64'), key, associated);
      return answer({ CiphertextBlob: made.toString('base64'), KeyId: wanted });
    }
    const opened = decrypted(Buffer.from(CiphertextBlob, 'base64'), key, associated);
    return opened
      ? answer({ Plaintext: opened.toString('base64'), KeyId: wanted })
      : refuse(400, 'InvalidCiphertextException');
  });
  return {
    ...{ url, close },
    asked: () => asked,
    answerWith: (now) => {
      instead = now;
    },
    rotate: () => void keys.set(arn(String(keys.size + 1)), randomBytes(32)),
  };
};

export const VAULT_TOKEN = 'hvs.of-the-test';

/** A server that speaks the transit engine's protocol for one key, `transit/ledger`. */
export const vaultServer = async (): Promise<KmsServer> => {
  const versions = [randomBytes(32)];
  let instead: Instead;
  let asked = 0;
  const { url, close } = await listening((request, response, body) => {
    asked += 1;
    const refuse = (status: number, error: string) =>
      response.writeHead(status).end(JSON.stringify({ errors: [error] }));
    if (instead === 'silent') return;
    if (instead) return refuse(instead.status, instead.name);
    if (request.headers['x-vault-token'] !== VAULT_TOKEN) return refuse(403, 'permission denied');
    const { plaintext, ciphertext, associated_data: associated } = JSON.parse(body.toString());
    if (!associated) return refuse(400, 'no associated data');
    const answer = (data: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
    if (request.url === '/v1/transit/encrypt/ledger') {
      const made = encrypted(Buffer.from(plaintext, 'base64'), versions.at(-1) as Buffer, associated);
      return answer({
        ciphertext: `vault:v${versions.length}:${made.toString('base64')}`,
        key_version: versions.length,
      });
    }
    if (request.url !== '/v1/transit/decrypt/ledger') return refuse(404, 'no handler');
    const [, version = '', text = ''] = /^vault:v(\d+):(.*)$/.exec(ciphertext) ?? [];
    const key = versions[Number(version) - 1];
    const opened = key && decrypted(Buffer.from(text, 'base64'), key, associated);
    return opened
      ? answer({ plaintext: opened.toString('base64') })
      : refuse(400, 'cipher: message authentication failed');
  });
  return {
    ...{ url, close },
    asked: () => asked,
    answerWith: (now) => {
      instead = now;
    },
    rotate: () => void versions.push(randomBytes(32)),
  };
};

/** The settings of an application whose keys are in a Vault. @param folder where its token is put */
export const vaultSettings = async ({ url }: KmsServer, folder: string) => {
  const token = join(folder, 'vault-token');
  await writeFile(token, VAULT_TOKEN, { mode: 0o600 });
  return {
    ...{ KEYS_KMS: 'vault', KEYS_VAULT_URL: url },
    ...{ KEYS_VAULT_KEY: 'transit/ledger', KEYS_VAULT_TOKEN_FILE: token },
  };
};

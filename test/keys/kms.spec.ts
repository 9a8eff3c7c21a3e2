import { chmod, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config.ts';
import { AwsKms } from '../../src/keys/aws-kms.ts';
import { KeysUnavailable } from '../../src/keys/errors.ts';
import { FileKms } from '../../src/keys/file-kms.ts';
import type { Kms } from '../../src/keys/kms.ts';
import { VaultKms } from '../../src/keys/vault-kms.ts';
import { context, describeKms } from './kms-contract.ts';
import { awsCredentials, awsKmsServer, type KmsServer, VAULT_TOKEN, vaultServer } from './kms-servers.ts';

const mayBegin = async () => true;
const mayNot = async () => false;
const timeoutMs = 300;

const folderWithToken = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kms-'));
  await writeFile(join(folder, 'token'), `${VAULT_TOKEN}\n`, { mode: 0o600 });
  return folder;
};

const awsOf = ({ url: endpoint }: KmsServer): AwsKms =>
  new AwsKms({ keyId: 'alias/ledger', region: 'eu-central-1', endpoint, credentials: awsCredentials, timeoutMs });

const vaultOf = ({ url }: KmsServer, folder: string): VaultKms =>
  new VaultKms({ url, key: 'transit/ledger', tokenFile: join(folder, 'token'), timeoutMs });

describeKms('file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kms-'));
  const path = join(folder, 'keks.json');
  return {
    kms: await FileKms.open(path, mayBegin),
    rotate: async () => {
      await FileKms.renew(path);
      return FileKms.open(path, mayNot);
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

describeKms('aws', async () => {
  const server = await awsKmsServer();
  const kms = awsOf(server);
  return {
    kms,
    rotate: async () => {
      server.rotate();
      return kms;
    },
    dispose: async () => {
      kms.close();
      await server.close();
    },
  };
});

describeKms('vault', async () => {
  const [server, folder] = await Promise.all([vaultServer(), folderWithToken()]);
  const kms = vaultOf(server, folder);
  return {
    kms,
    rotate: async () => {
      server.rotate();
      return kms;
    },
    dispose: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the file of key-encryption keys', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kms-'));
    path = join(folder, 'keks.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is readable by its owner alone, and refused where others can read it', async () => {
    await FileKms.open(path, mayBegin);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await expect(FileKms.open(path, mayBegin)).rejects.toThrow(/chmod 600/);
  });

  it('is not made anew where keys were wrapped with the one that is gone', async () => {
    await FileKms.open(path, mayBegin);
    await unlink(path);
    await expect(FileKms.open(path, mayNot)).rejects.toThrow(/put the file back/);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is read again by an instance that runs, for keys that were wrapped anew since', async () => {
    const running = await FileKms.open(path, mayBegin);
    await FileKms.renew(path);
    const key = Buffer.alloc(32, 7);
    const anew = await (await FileKms.open(path, mayNot)).wrap(key, context);
    expect((await running.unwrap(anew, context)).equals(key)).toBe(true);
    await expect(running.unwrap({ ...anew, kek: 'file:another' }, context)).rejects.toThrow(/put the file back/);
  });

  it('is the same for two processes that make it at the same moment', async () => {
    const [one, other] = await Promise.all([FileKms.open(path, mayBegin), FileKms.open(path, mayBegin)]);
    const key = Buffer.alloc(32, 7);
    expect((await other.unwrap(await one.wrap(key, context), context)).equals(key)).toBe(true);
  });

  it('says nothing of what it holds when it cannot be read', async () => {
    const text = (await FileKms.open(path, mayBegin)) && (await readFile(path, 'utf8'));
    await writeFile(path, text.slice(0, -4));
    const said = await FileKms.open(path, mayBegin).catch((error: unknown) => error);
    expect(said).toBeInstanceOf(ConfigError);
    expect((said as Error).message).not.toContain(text.slice(20, 60));
  });
});

describe.each(['aws', 'vault'] as const)('a KMS that is away: %s', (kind) => {
  let server: KmsServer;
  let folder: string;
  let kms: Kms;
  beforeEach(async () => {
    [server, folder] = await Promise.all([kind === 'aws' ? awsKmsServer() : vaultServer(), folderWithToken()]);
    kms = kind === 'aws' ? awsOf(server) : vaultOf(server, folder);
  });
  afterEach(async () => {
    kms.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  const said = async () => {
    const error: unknown = await kms.wrap(Buffer.alloc(32), context).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(KeysUnavailable);
    return (error as Error).message;
  };

  it.each([
    [
      'denies',
      { aws: { status: 400, name: 'AccessDeniedException' }, vault: { status: 403, name: 'denied' } },
      /denied access/,
    ],
    [
      'has no such key',
      { aws: { status: 400, name: 'NotFoundException' }, vault: { status: 404, name: '' } },
      /KEYS_(AWS_KEY_ID|VAULT_KEY)/,
    ],
    [
      'asks for fewer requests',
      { aws: { status: 400, name: 'ThrottlingException' }, vault: { status: 429, name: '' } },
      /fewer requests/,
    ],
    [
      'has it disabled',
      { aws: { status: 400, name: 'DisabledException' }, vault: { status: 503, name: 'sealed' } },
      /disabled|sealed/,
    ],
    ['fails', { aws: { status: 500, name: 'KMSInternalException' }, vault: { status: 500, name: '' } }, /answered 500/],
  ])('says so when it %s', async (_, instead, message) => {
    server.answerWith(instead[kind]);
    expect(await said()).toMatch(message);
  });

  it('is given up on when it is silent', async () => {
    server.answerWith('silent');
    const from = performance.now();
    expect(await said()).toMatch(/in time/);
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('says which setting to look at when nothing answers', async () => {
    await server.close();
    expect(await said()).toMatch(/cannot be reached: check KEYS_/);
    server = await awsKmsServer(); // Closed once more after this.
  });
});

it('a request to AWS KMS that is signed with another secret is refused', async () => {
  const server = await awsKmsServer();
  const credentials = { ...awsCredentials, secretAccessKey: 'another' };
  const kms = new AwsKms({
    keyId: 'alias/ledger',
    region: 'eu-central-1',
    endpoint: server.url,
    credentials,
    timeoutMs,
  });
  await expect(kms.wrap(Buffer.alloc(32), context)).rejects.toThrow(/refused the credentials/);
  kms.close();
  await server.close();
});

it('a token that Vault no longer takes is read anew for the next call', async () => {
  const [server, folder] = await Promise.all([vaultServer(), folderWithToken()]);
  const kms = vaultOf(server, folder);
  await writeFile(join(folder, 'token'), 'hvs.of-yesterday');
  await expect(kms.wrap(Buffer.alloc(32), context)).rejects.toThrow(/KEYS_VAULT_TOKEN_FILE/);
  await writeFile(join(folder, 'token'), VAULT_TOKEN);
  await kms.wrap(Buffer.alloc(32), context);
  await server.close();
  await rm(folder, { recursive: true });
});

import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../src/config/config.ts';
import { openStore } from '../../src/ledger/store-settings.ts';
import { freePorts } from '../support/free-ports.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

describe('a connection string that cannot work', () => {
  let closed: TestNode;
  let open: TestNode;
  let url: string;
  beforeAll(async () => {
    closed = await startEmbeddedNode({ closed: true });
    open = await startEmbeddedNode();
    url = JSON.parse(await readFile(closed.credentialsFile as string, 'utf8')).connectionString;
  });
  afterAll(async () => {
    await closed.stop();
    await open.stop();
  });

  const refusalOf = async (storeUrl: string): Promise<string> => {
    const opened = await openStore(storeUrl).catch((error: unknown) => error);
    if (!(opened instanceof ConfigError)) throw new Error(`it was not refused: ${String(opened)}`);
    expect(opened.message.split('\n')).toHaveLength(2);
    expect(opened.message).not.toContain(/:([^:@/]+)@/.exec(url)?.[1]);
    return opened.message;
  };
  const withCa = (file: string) => url.replace(/tlsCAFile=[^&]*/, `tlsCAFile=${encodeURIComponent(file)}`);

  it.each<[string, () => string, RegExp]>([
    [
      'a wrong password',
      () => url.replace(/:[^:@/]+@/, ':another-password@'),
      /STORE_URL has a user whom the store does not know/,
    ],
    ['no user', () => url.replace(/\/\/[^@]+@/, '//'), /STORE_URL has a user who may not read \$all, or none/],
    [
      'a missing file of authorities',
      () => withCa('/nowhere/ca.crt'),
      /STORE_URL names a tlsCAFile that cannot be read/,
    ],
    ['no file of authorities', () => url.replace(/&tlsCAFile=[^&]*/, ''), /no authority in tlsCAFile has signed/],
    [
      'TLS where there is none',
      () => open.connectionString.replace('tls=false', 'tls=true'),
      /asks for TLS and the store speaks plain text/,
    ],
  ])('is refused at the start, with what to set: %s', async (_, wrong, told) => {
    expect(await refusalOf(wrong())).toMatch(told);
  });

  it('is none where the store is only away', async () => {
    const store = await openStore(`esdb://127.0.0.1:${(await freePorts(1))[0]}?tls=false`);
    await store.close();
  });

  it('opens a store that answers', async () => {
    const store = await openStore(url);
    await store.probe();
    await store.close();
  });
});

import type { RunningApp } from '../support/app.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

describe('asking too often', () => {
  let shell: RunningApp;
  const start = async (env: Record<string, string>) => {
    shell = await startShell({ env });
  };
  afterEach(() => shell?.close());

  const statuses = async (times: number, ask: () => Promise<Response>) => {
    const seen: number[] = [];
    for (let i = 0; i < times; i++) seen.push((await ask()).status);
    return seen;
  };

  it('is answered with 429 and the time to wait, over all routes together', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '4' });
    const person = { as: 'pat-1', roles: ['patient'] } as const;
    expect(await statuses(3, () => shell.call('/probe/me', person))).toEqual([200, 200, 200]);
    expect(await statuses(1, () => shell.call('/probe/list', person))).toEqual([200]);
    const refused = await shell.call('/probe/list', person);
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('by one person leaves the others alone, though they share an address', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await statuses(2, () => shell.call('/probe/me', { as: 'pat-1' }))).toEqual([200, 429]);
    expect(await statuses(1, () => shell.call('/probe/me', { as: 'pat-2' }))).toEqual([200]);
  });

  it('has a limit of its own for services', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_SERVICE_PER_MINUTE: '3' });
    expect(await statuses(4, () => shell.call('/probe/me', { as: 'app', roles: ['service'] }))).toEqual([
      200, 200, 200, 429,
    ]);
  });

  it('with bad tokens is counted by address, and shuts out nobody with a good one', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '2' });
    const forged = () => shell.call('/probe/me', { headers: { authorization: 'Bearer a.b.c' } });
    expect(await statuses(4, forged)).toEqual([401, 401, 429, 429]);
    expect(await statuses(1, () => shell.call('/probe/me', { as: 'pat-1' }))).toEqual([200]);
  });

  it('does not go by an address that the caller made up', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '2' });
    let i = 0;
    const forged = () =>
      shell.call('/probe/me', { headers: { authorization: 'Bearer a.b.c', 'x-forwarded-for': `10.0.0.${i++}` } });
    expect(await statuses(3, forged)).toEqual([401, 401, 429]);
  });

  it('goes by the address that a trusted proxy names', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.0/8' });
    const from = (address: string) => shell.call('/probe/me', { headers: { 'x-forwarded-for': address } });
    expect(await statuses(2, () => from('192.0.2.1'))).toEqual([401, 429]);
    expect(await statuses(1, () => from('192.0.2.2'))).toEqual([401]);
  });

  it('is possible for health checks', async () => {
    await start({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await statuses(5, () => shell.call('/health/ready'))).toEqual([200, 200, 200, 200, 200]);
  });
});

import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CallsUnderWay } from '../../src/http/calls-under-way.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

const held: (() => void)[] = [];
const requests: FastifyRequest[] = [];

@Controller('held')
class HeldController {
  @Get()
  async hold(@Req() request: FastifyRequest) {
    requests.push(request);
    await new Promise<void>((resolve) => held.push(resolve));
    return {};
  }
}

describe('asking for much at once', () => {
  let shell: RunningApp;
  beforeEach(async () => {
    shell = await startShell({
      env: { CALLS_AT_ONCE: '2', CALLS_AT_ONCE_SERVICE: '3' },
      controllers: [HeldController],
      routes: { 'GET /held': 'anyone' },
    });
  });
  afterEach(async () => {
    for (const letGo of held.splice(0)) letGo();
    await shell.close();
  });

  const hold = async (as: string, roles: readonly ('patient' | 'service')[], signal?: AbortSignal) => {
    const before = held.length;
    const answer = shell.call('/held', { as, roles, ...(signal && { signal }) }).catch(() => undefined);
    await eventually(() => held.length > before);
    return answer;
  };
  const hang = (...asked: Parameters<typeof hold>) => {
    const before = held.length;
    void hold(...asked);
    return eventually(() => held.length > before);
  };
  const me = (as: string, roles: readonly ('patient' | 'service')[] = ['patient']) =>
    shell.call('/probe/me', { as, roles });

  it('is bounded for each person and leaves the others alone', async () => {
    await hang('pat-1', ['patient']);
    expect((await me('pat-1')).status).toBe(200);
    await hang('pat-1', ['patient']);
    const refused = await me('pat-1');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'rate-limited' });
    expect((await me('pat-2')).status).toBe(200);
    held.shift()?.();
    await eventually(async () => (await me('pat-1')).status === 200);
  });

  it('has a bound of its own for services', async () => {
    for (let i = 0; i < 3; i++) await hang('app', ['service']);
    expect((await me('app', ['service'])).status).toBe(429);
  });

  it('is not got round by hanging up', async () => {
    const away = new AbortController();
    await hang('pat-1', ['patient'], away.signal);
    await hang('pat-1', ['patient'], away.signal);
    away.abort();
    // The server has seen that nobody waits any more; the work goes on.
    await eventually(() => requests.slice(-2).every(({ raw }) => raw.socket.destroyed));
    expect((await me('pat-1')).status).toBe(429);
    for (const letGo of held.splice(0)) letGo();
    await eventually(async () => (await me('pat-1')).status === 200);
  });

  it('leaves nothing behind, whatever became of the requests', async () => {
    const asked = [
      () => me('pat-1'),
      () => shell.call('/probe/clinic', { as: 'pat-1', roles: ['patient'] }),
      () => shell.call('/probe/list?limit=0', { as: 'pat-1' }),
      () =>
        shell.call('/probe/notes/x', {
          method: 'POST',
          as: 'pat-1',
          body: '{',
          headers: { 'content-type': 'application/json' },
        }),
    ];
    for (let i = 0; i < 5; i++) for (const ask of asked) expect((await ask()).status).not.toBe(429);
    await eventually(() => shell.app.get(CallsUnderWay).callers === 0);
  });
});

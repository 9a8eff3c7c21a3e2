import { connect } from 'node:net';
import { Controller, Get, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startShell } from '../support/shell.ts';

const happened: string[] = [];
let letGo: () => void = () => {};

@Injectable()
@Controller('slow')
class SlowController implements OnApplicationShutdown {
  @Get()
  async slow() {
    happened.push('request began');
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    happened.push('request ended');
    return { done: true };
  }

  onApplicationShutdown() {
    happened.push('provider ended');
  }
}

describe('shutting down', () => {
  let shell: RunningApp;
  const start = async (env: Record<string, string> = {}) => {
    happened.length = 0;
    shell = await startShell({
      env,
      controllers: [SlowController],
      routes: { 'GET /slow': 'public' },
      onServer: (server) =>
        server.addHook('onRequest', async ({ url }) => {
          if (url === '/health/ready') happened.push('readiness asked');
        }),
    });
  };

  const refusesConnections = () =>
    eventually(() =>
      fetch(`${shell.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );

  it('finishes requests under way before anything they need is taken down', async () => {
    await start();
    const answer = shell.call('/slow');
    await eventually(() => happened.includes('request began'));
    const closed = shell.close().then(() => happened.push('closed'));
    await refusesConnections();
    const released = Date.now();
    letGo();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
    expect(Date.now() - released).toBeLessThan(3_000);
    expect(happened).toEqual(['request began', 'request ended', 'provider ended', 'closed']);
  });

  it('is not ready any more, for whoever still asks on an open connection', async () => {
    await start();
    const { hostname, port } = new URL(shell.url);
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const socket = connect(Number(port), hostname, () => socket.write(ask('/slow')));
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk;
    });
    await eventually(() => happened.includes('request began'));
    const closed = shell.close();
    await refusesConnections();
    socket.write(ask('/health/ready'));
    await eventually(() => happened.includes('readiness asked'));
    letGo();
    await closed;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(answers).toContain('"not working: server"');
  });

  it('takes requests on new connections until balancers have seen that it is not ready', async () => {
    await start({ SHUTDOWN_DRAIN_MS: '1500' });
    const began = performance.now();
    const closed = shell.close().then(() => performance.now() - began);
    const ask = async (path: string) => (await shell.call(path, { headers: { connection: 'close' } })).status;
    expect([await ask('/health/ready'), await ask('/health/live'), await ask('/health/ready')]).toEqual([
      503, 200, 503,
    ]);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await closed).toBeGreaterThanOrEqual(1_490);
    await refusesConnections();
  });

  it('cuts what has not finished in time', async () => {
    await start({ SHUTDOWN_TIMEOUT_MS: '200' });
    const answer = shell.call('/slow').then(
      () => 'answered',
      () => 'cut',
    );
    await eventually(() => happened.includes('request began'));
    const started = Date.now();
    await shell.close();
    expect(await answer).toBe('cut');
    expect(Date.now() - started).toBeLessThan(3_000);
    letGo();
  });
});

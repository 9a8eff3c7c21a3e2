import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startShell } from '../support/shell.ts';

let began: () => void = () => {};
let letGo: () => void = () => {};

@Controller('slow')
class SlowController {
  @Get('answer')
  async answer() {
    await this.waiting();
    return {};
  }

  @Get('fault')
  async fault() {
    await this.waiting();
    throw new TypeError('a fault of the release');
  }

  private async waiting(): Promise<void> {
    began();
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
  }
}

describe('a caller who hangs up', () => {
  let shell: RunningApp;
  beforeAll(async () => {
    shell = await startShell({
      controllers: [SlowController],
      routes: { 'GET /slow/answer': 'public', 'GET /slow/fault': 'public' },
    });
  });
  afterAll(() => shell?.close());

  const connected = async (text: string) => {
    const { hostname, port } = new URL(shell.url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((sent) => socket.write(text, () => sent()));
    return socket;
  };
  const lines = (requestId: string) =>
    shell.logged.map((line) => JSON.parse(line)).filter((line) => line.requestId === requestId);

  it.each([
    ['of a known length', 'notes/n-1', 'application/json', 'content-length: 100\r\n\r\n{"start":'],
    ['in chunks', 'notes/n-1', 'application/json', 'transfer-encoding: chunked\r\n\r\n9\r\n{"start":\r\n'],
    ['that its route reads', 'bytes', 'video/webm', 'content-length: 100\r\n\r\n0000'],
  ])('in the middle of a body %s is no fault of the server', async (_what, path, type, body) => {
    const requestId = randomUUID();
    const arrived = once(shell.app.getHttpServer(), 'request');
    const token = await shell.token('app', ['service']);
    const headers = `host: x\r\nauthorization: Bearer ${token}\r\nx-request-id: ${requestId}\r\ncontent-type: ${type}`;
    const socket = await connected(`POST /probe/${path} HTTP/1.1\r\n${headers}\r\n${body}`);
    await arrived;
    socket.resetAndDestroy();
    await eventually(() => lines(requestId).length > 0);
    expect(lines(requestId)).toMatchObject([{ level: 'info', msg: 'request', status: 499, aborted: true }]);
  });

  it.each([
    ['answer', ['info: request']],
    ['fault', ['info: request', 'error: The server failed']],
  ])('while an answer is made hides no fault of the server (%s)', async (path, said) => {
    const requestId = randomUUID();
    const waiting = new Promise<void>((resolve) => {
      began = resolve;
    });
    const socket = await connected(`GET /slow/${path} HTTP/1.1\r\nhost: x\r\nx-request-id: ${requestId}\r\n\r\n`);
    await waiting;
    socket.resetAndDestroy();
    await eventually(async () => (await connectionsOf(shell)) === 0);
    letGo();
    await eventually(() => lines(requestId).length >= said.length);
    expect(lines(requestId).map(({ level, msg }) => `${level}: ${msg}`)).toEqual(said);
    expect(lines(requestId)[0]).toMatchObject({ status: 499, aborted: true });
  });
});

const connectionsOf = ({ app }: RunningApp): Promise<number> =>
  new Promise((done, failed) =>
    app.getHttpServer().getConnections((error: Error | null, count: number) => (error ? failed(error) : done(count))),
  );

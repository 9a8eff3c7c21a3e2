import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendText } from '../../src/compliance/history/row-stream.ts';

const PART = 'x'.repeat(64 * 1_024);

describe('sending an answer', () => {
  it('takes no more parts than its receiver takes, and gives up on one that stopped reading', async () => {
    let taken = 0;
    let isLetGo = false;
    async function* endless() {
      try {
        for (;;) {
          taken += 1;
          yield PART;
        }
      } finally {
        isLetGo = true;
      }
    }
    const server = createServer();
    const cut = new Promise<unknown>((resolve) => {
      server.on('request', (_, response) => void sendText(endless(), response, 500).then(resolve));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const asked = request({ port, host: '127.0.0.1' }, (response) => response.pause());
    asked.on('error', () => undefined).end();
    try {
      expect(await cut).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      expect(isLetGo).toBe(true);
      // What the sockets of both ends hold, some megabytes; an answer that was not held back would be far beyond.
      expect(taken).toBeLessThan(1_000);
    } finally {
      asked.destroy();
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    }
  });
});

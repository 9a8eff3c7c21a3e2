import { connect } from 'node:net';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Sends the texts one after the other, each when there is an answer to the one before, and gives all that came back. */
const talk = async (...texts: string[]): Promise<string> => {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  let said = '';
  let closed = false;
  socket.on('data', (chunk) => {
    said += chunk;
  });
  socket.on('close', () => {
    closed = true;
  });
  for (const [i, text] of texts.entries()) {
    socket.write(text);
    await eventually(() => closed || said.split('HTTP/1.1 ').length - 1 > i);
  }
  socket.destroy();
  return said;
};

const upgrade = (to: string) =>
  `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${to}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n`;
const statuses = (said: string) => [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

describe('an offer to upgrade', () => {
  it.each([
    ['h2c', '/health/live'],
    ['h2c', '/socket.io/'],
    ['websocket', '/health/live'],
    ['TLS/1.3', '/health/live'],
  ])('to %s at %s gets the answer in HTTP/1.1', async (to, path) => {
    const said = await talk(`GET ${path} HTTP/1.1\r\nHost: x\r\n${upgrade(to)}\r\n`);
    const plain = await app.call(path);
    expect(statuses(said)).toEqual([plain.status]);
    expect(said).toContain(await plain.text());
    expect(said).not.toMatch(/^upgrade:/im);
  });

  it('takes nothing from a request with a body, nor from the next on the same connection', async () => {
    const token = await app.token('pat-1', ['patient']);
    const body = JSON.stringify({
      clinicianId: 'doc-1',
      scheduledStart: '2036-05-04T09:00:00Z',
      scheduledEnd: '2036-05-04T09:30:00Z',
      medium: 'video',
    });
    const book = (more: string, length = body.length) =>
      `POST /v1/patients/pat-1/consultations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
    const said = await talk(
      `${book(upgrade('h2c'))}${body}`,
      `GET /health/live HTTP/1.1\r\nHost: x\r\n${upgrade('h2c')}\r\n`,
      'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    expect(statuses(said)).toEqual([201, 200, 200]);
  });

  it('does not let one answer overtake another', async () => {
    const said = await talk(
      `GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n${upgrade('h2c')}\r\n`,
    );
    expect([[], [200], [200, 200]]).toContainEqual(statuses(said));
    expect(said.indexOf('"checks"')).toBeLessThanOrEqual(
      said.includes('"status":"ok"') ? said.indexOf('"status":"ok"') : Infinity,
    );
  });
});

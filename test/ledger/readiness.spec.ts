import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { nodePidOf } from '../support/node-of.ts';

let app: RunningApp;
let token: string;
beforeAll(async () => {
  // A node of its own, that can be stopped.
  app = await startApp({ env: { STORE_URL: '' } });
  token = await app.token('pat-1', ['patient'], 3_600);
});
afterAll(() => app.close());

/** A later slot each time. */
let hour = 7;
const book = async () => {
  hour += 1;
  const day = `2036-05-04T${String(hour).padStart(2, '0')}`;
  const response = await app.call('/v1/patients/pat-1/consultations', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      ...{ clinicianId: 'doc-1', medium: 'video' },
      ...{ scheduledStart: `${day}:00:00Z`, scheduledEnd: `${day}:30:00Z` },
    }),
  });
  return response.json() as Promise<{ code?: string }>;
};

const ready = async () => {
  const response = await app.call('/health/ready');
  return { status: response.status, text: await response.text() };
};

describe('readiness', () => {
  it('ends while an append hangs, before anybody can tell that the store is away, and comes back', async () => {
    await eventually(async () => (await ready()).status === 200);
    // Read once, so that what hangs is an append and not what comes before it.
    expect((await book()).code).toBeUndefined();
    const pid = await nodePidOf(app);
    process.kill(pid, 'SIGSTOP');
    try {
      const booking = book();
      await eventually(async () => {
        const { status, text } = await ready();
        return status === 503 && /"not working: [^"]*store/.test(text);
      });
      process.kill(pid, 'SIGCONT');
      await booking;
      await eventually(async () => (await ready()).status === 200, 20_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }, 60_000);

  it('ends when the clocks of store and machine are ten minutes apart', async () => {
    await eventually(async () => (await ready()).status === 200);
    const now = Date.now;
    // The node is a process of its own and keeps the right time.
    Date.now = () => now() + 600_000;
    try {
      expect((await book()).code).toBeUndefined();
      await eventually(async () => (await ready()).status === 503);
      expect(app.logged.join('')).toMatch(/the store's clock is (600|599|601) s behind this machine's/);
    } finally {
      Date.now = now;
    }
    await eventually(async () => (await ready()).status === 200);
  });
});

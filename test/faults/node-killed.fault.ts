import { randomUUID } from 'node:crypto';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { nodePidOf } from '../support/node-of.ts';

const KILLS = 4;
const WRITERS = 8;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type Booked = { consultationId: string; revision: number };

const book = (patient: string, minute: number) => {
  const start = Date.parse('2036-05-04T00:00:00Z') + minute * 60_000;
  return app.call(`/v1/patients/${patient}/consultations`, {
    method: 'POST',
    as: patient,
    // Patients alone may not book as many.
    roles: ['service'],
    headers: { 'content-type': 'application/json', 'idempotency-key': `slot-${minute}` },
    body: JSON.stringify({
      clinicianId: `doc-of-${patient}`,
      scheduledStart: new Date(start).toISOString(),
      scheduledEnd: new Date(start + 60_000).toISOString(),
      medium: 'chat',
    }),
  });
};

const ready = async () => (await app.call('/health/ready')).status === 200;

describe('the embedded node killed under load', () => {
  it('loses nothing that was acknowledged, shows nothing half-done, and is back by itself', async () => {
    const acknowledged = new Map<string, Set<string>>();
    const answers: Record<number, number> = {};
    let done = false;
    const writer = async () => {
      const patient = `pat-${randomUUID().slice(0, 8)}`;
      const own = new Set<string>();
      acknowledged.set(patient, own);
      // What was not acknowledged may be there all the same, so that a writer only stops once it knows.
      for (let minute = 0, unknown = false; !done || unknown; ) {
        const response = await book(patient, minute);
        answers[response.status] = (answers[response.status] ?? 0) + 1;
        if (response.status !== 201) {
          // Not acknowledged: the same command again, until it is.
          unknown = true;
          expect(await response.json()).toMatchObject({ status: 503, code: 'ledger-unavailable' });
          await eventually(ready, 20_000);
          continue;
        }
        own.add(((await response.json()) as Booked).consultationId);
        unknown = false;
        minute += 1;
      }
    };
    const writers = Array.from({ length: WRITERS }, writer);

    for (let kill = 0; kill < KILLS; kill++) {
      const before = [...acknowledged.values()].reduce((sum, own) => sum + own.size, 0);
      await eventually(() => [...acknowledged.values()].reduce((sum, own) => sum + own.size, 0) > before + 20, 20_000);
      process.kill(await nodePidOf(app), 'SIGKILL');
      await eventually(async () => !(await ready()));
      await eventually(ready, 20_000);
    }
    done = true;
    await Promise.all(writers);

    expect(answers[503]).toBeGreaterThan(0);
    for (const [patient, own] of acknowledged) {
      const shown: string[] = [];
      let cursor = '';
      do {
        const page = await app.call(`/v1/me/consultations?limit=100${cursor}`, { as: patient, roles: ['patient'] });
        const { items, next } = (await page.json()) as { items: Booked[]; next: string | null };
        shown.push(...items.map(({ consultationId }) => consultationId));
        cursor = next ? `&cursor=${next}` : '';
      } while (cursor !== '');
      expect(new Set(shown)).toEqual(own);
      expect(shown).toHaveLength(own.size);
    }
  }, 120_000);
});

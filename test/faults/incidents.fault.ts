import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=200 npm run test:faults -- incidents` for the long run. */
const KILLS = Number(process.env.KILLS ?? 5);
const VIEWERS = 7;
const REPORTERS = 4;
const LONGEST_PAUSE_MS = 1_000;
const SETTLE_MS = 45_000;

let app: SupervisedApp;
beforeAll(async () => {
  app = await startSupervisedApp({ HISTORY_INDEX: 'off' });
}, 120_000);
afterAll(() => app?.stop());

type Listed = { readonly items: readonly Record<string, unknown>[]; readonly next: string | null };

const all = async (path: string): Promise<Record<string, unknown>[]> => {
  const authorization = `Bearer ${await app.token('oncall-1', 'on-call')}`;
  const found: Record<string, unknown>[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await fetch(`${app.url}${path}limit=100${cursor && `&cursor=${cursor}`}`, {
      headers: { authorization },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    const { items, next } = (await answer.json()) as Listed;
    found.push(...items);
    cursor = next;
  }
  return found;
};

/** A service reports views in consultations that the ledger does not know: each is a breach. Sent again until it is answered. */
const report = async (viewerId: string): Promise<string> => {
  const headers = {
    authorization: `Bearer ${await app.token('app-1', 'service')}`,
    'content-type': 'application/json',
  };
  const n = randomUUID().slice(0, 8);
  const path = `/v1/patients/pat-${n}/consultations/con-${n}/recordings/rec-${n}/views`;
  const body = JSON.stringify({ purpose: 'treatment', viewerId });
  const key = randomUUID();
  for (;;) {
    const answer = await fetch(`${app.url}${path}`, {
      ...{ method: 'POST', body, headers: { ...headers, 'idempotency-key': key } },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (answer?.status === 201 && text !== undefined) return String(JSON.parse(text).viewId);
    await delay(20);
  }
};

describe('application and store killed while breaches are flagged', () => {
  it(
    'leave each breach in one incident, and none without',
    async () => {
      let going = true;
      const reported = new Set<string>();
      const lives = Array.from({ length: REPORTERS }, async (_, reporter) => {
        for (let i = 0; going; i++) {
          reported.add(await report(`doc-${(reporter + i) % VIEWERS}`));
          await delay(randomInt(60));
        }
      });
      for (let kill = 0; kill < KILLS; kill++) {
        const before = reported.size;
        await eventually(() => reported.size > before + REPORTERS, 60_000);
        // At any moment of whatever is under way by then.
        await delay(randomInt(LONGEST_PAUSE_MS));
        await app.kill(kill % 3 === 2 ? 'node' : 'app');
      }
      going = false;
      await Promise.all(lives);

      const grouped = async () => {
        const incidents = (await all('/v1/incidents?status=all&')).filter(({ status }) => status !== 'merged');
        const lists = await Promise.all(
          incidents.map(async ({ incidentId, breaches }) => ({
            count: breaches,
            listed: (await all(`/v1/incidents/${incidentId}/breaches?`)).map(({ breachId }) => String(breachId)),
          })),
        );
        return { lists, breachIds: lists.flatMap(({ listed }) => listed) };
      };
      const isDone = async () => {
        const { breachIds } = await grouped().catch(() => ({ breachIds: [] as string[] }));
        return [...reported].every((breachId) => breachIds.includes(breachId));
      };
      await eventually(isDone, SETTLE_MS);
      const { lists, breachIds } = await grouped();
      expect(new Set(breachIds).size).toBe(breachIds.length);
      for (const { count, listed } of lists) expect(listed).toHaveLength(Number(count));
      // Three viewers under one release: whatever came before became part of it.
      expect(lists).toHaveLength(1);
    },
    120_000 + KILLS * 20_000,
  );
});

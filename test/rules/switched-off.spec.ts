import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { anomalyStreams, rulesStream } from '../../events/categories.ts';
import { pack } from '../../projections/rules/pack.ts';
import { Watcher } from '../../src/rules/watcher.ts';
import { eventsOf, onCall, scene, send, typesOf, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

const officer = { as: 'officer-1', roles: ['compliance'] } as const;

describe('an instance with RULES=off', () => {
  let off: RunningApp;
  beforeAll(async () => {
    off = await startApp({ env: { RULES: 'off' } });
  });
  afterAll(() => off.close());

  const settings = { numbers: { viewers: 3 } };
  const backtest = () =>
    send(off, 'POST', '/v1/backtests', { ...officer, body: { change: { rule: 'same-victim', settings } } });
  const checks = async () => ((await (await off.call('/health/ready')).json()) as { checks: object }).checks;

  it('follows no log, judges no view, and says that another has to be asked', async () => {
    const here = await scene(off);
    expect((await view(off, here, here.patientId)).status).toBe(201);
    expect(Object.keys(await checks())).not.toContain('rules');
    const { status, body } = await send(off, 'GET', '/v1/rules', officer);
    expect([status, body.code, body.detail]).toEqual([
      ...[503, 'rules-unavailable', 'this instance follows no rules (RULES=off): ask another'],
    ]);
    expect(await eventsOf(off, rulesStream.stream)).toEqual([]);
    expect((await backtest()).body.code).toBe('rule-not-found');
    await off.app.get(Watcher).onApplicationShutdown();
    await expect(access(join(off.config.dataDir, 'rules'))).rejects.toThrow('ENOENT');
  });

  it('works with what another, which is on, has put on record', async () => {
    const on = await startApp({ env: { STORE_URL: await storeOf(off) } });
    try {
      const watcher = on.app.get(Watcher);
      await eventually(() => watcher.isCurrent && watcher.current.rules.size === pack.length, 60_000);
      expect((await send(on, 'GET', '/v1/rules', officer)).body.items).toHaveLength(pack.length);
      expect((await backtest()).status).toBe(202);
      expect((await send(off, 'GET', '/v1/rules', officer)).status).toBe(503);

      const here = await scene(off);
      await send(off, 'PUT', `/v1/people/${here.patientId}/facts`, {
        ...{ as: 'hr-system', roles: ['service'] },
        body: { asOf: '2026-01-01T00:00:00Z', facts: { vip: 2 } },
      });
      const emergency = { roles: ['clinician'], purpose: 'emergency', reason: 'unconscious in the ER' } as const;
      expect((await view(off, here, 'curious', emergency)).status).toBe(201);
      const { breachId } = await eventually(async () => {
        const { body } = await send(off, 'GET', '/v1/breaches?status=all&limit=100', onCall);
        return body.items.find(({ rule, patientId }: { rule: string; patientId: string }) => {
          return rule === 'vip' && patientId === here.patientId;
        });
      });
      expect(typesOf(await eventsOf(off, anomalyStreams.of(breachId)))).toEqual(['AnomalyFound']);
    } finally {
      await on.close();
    }
  });
});

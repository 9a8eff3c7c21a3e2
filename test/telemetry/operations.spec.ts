import { pino } from 'pino';
import { HealthRegistry } from '../../src/telemetry/health.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

describe('asking an instance how it is', () => {
  let shell: RunningApp;
  const start = async (env: Record<string, string> = {}) => {
    shell = await startShell({ env });
    return shell.app.get(HealthRegistry);
  };
  afterEach(() => shell?.close());

  it('finds it alive without any of its dependencies', async () => {
    const health = await start();
    health.register('store', () => Promise.reject(new Error('away')));
    const response = await shell.call('/health/live');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('finds it ready when all it needs is there', async () => {
    const health = await start();
    health.register('store', async () => {});
    health.register('monitor', () => {});
    const response = await shell.call('/health/ready');
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ready', checks: { store: 'ok', monitor: 'ok' } },
    ]);
  });

  it('names what is missing, and tells nobody why but the log', async () => {
    const health = await start();
    let away = true;
    health.register('recordings', async () => {});
    health.register('store', async () => {
      if (away) throw new Error('ECONNREFUSED 10.1.2.3:2113');
    });
    const response = await shell.call('/health/ready');
    const text = await response.clone().text();
    expect(await problemIn(response)).toMatchObject({
      status: 503,
      code: 'not-ready',
      detail: 'not working: store',
      errors: [{ path: 'store', message: 'failed' }],
    });
    expect(text).not.toContain('10.1.2.3');
    expect(shell.logged.join('')).toContain('ECONNREFUSED');
    away = false;
    await eventually(async () => (await shell.call('/health/ready')).status === 200);
  });

  it('does not wait for a dependency that does not answer', async () => {
    const health = await start();
    health.register('store', () => new Promise(() => {}));
    const started = Date.now();
    expect(await problemIn(await shell.call('/health/ready'))).toMatchObject({ detail: 'not working: store' });
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it('asks the dependencies once, however many ask', async () => {
    const health = await start();
    let asked = 0;
    health.register('store', async () => {
      asked++;
    });
    await Promise.all(Array.from({ length: 20 }, () => shell.call('/health/ready')));
    expect(asked).toBe(1);
  });

  it('finds out soon that a start came to its end, and asks less often from then on', async () => {
    const now = performance.now;
    const lines: string[] = [];
    const health = new HealthRegistry(pino({}, { write: (line: string) => void lines.push(line) }));
    let asked = 0;
    health.register('monitor', () => {
      if (++asked <= 2) throw new Error('not connected yet');
    });
    const readyAt = async (ms: number) => {
      performance.now = () => ms;
      return (await health.readiness()).ready;
    };
    try {
      expect([await readyAt(1_000), await readyAt(1_010), asked]).toEqual([false, false, 1]);
      expect([await readyAt(1_050), await readyAt(1_100), asked]).toEqual([false, true, 3]);
      expect(lines.length).toBe(1);
      expect([await readyAt(1_500), asked]).toEqual([true, 3]);
      expect([await readyAt(1_700), asked]).toEqual([true, 4]);
    } finally {
      performance.now = now;
    }
  });

  it('takes a name once', async () => {
    const health = await start();
    health.register('store', () => {});
    expect(() => health.register('store', () => {})).toThrow(/"store" already/);
  });
});

describe('reading the metrics', () => {
  let shell: RunningApp;
  afterEach(() => shell?.close());
  const lines = async (headers: Record<string, string> = {}) =>
    (await (await shell.call('/metrics', { headers })).text()).split('\n');

  it('gives what was measured here, in the format of Prometheus', async () => {
    shell = await startShell();
    const metrics = shell.app.get(Metrics);
    metrics.appends.inc(3);
    metrics.folds.inc({ result: 'hit' });
    metrics.viewToAlertSeconds.observe(0.004);
    const text = await lines();
    expect(text).toEqual(
      expect.arrayContaining([
        'ledger_appended_events_total 3',
        'ledger_folds_total{result="hit"} 1',
        'access_view_to_alert_seconds_bucket{le="0.0025"} 0',
        'access_view_to_alert_seconds_bucket{le="0.005"} 1',
      ]),
    );
    for (const name of [
      'ledger_append_duration_seconds',
      'access_verdict_duration_seconds',
      'access_monitor_lag_events',
      'access_monitor_parked_events',
      'recordings_bytes_served_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true);
    }
  });

  it('shows what the embedded node counted', async () => {
    shell = await startShell();
    const nothing = { counts: [0, 0, 0], seconds: 0 };
    shell.app.get(Metrics).nodeWrites.show([0.001, 0.002], {
      commit: { counts: [3, 2, 1], seconds: 4.5 },
      checkpoint: nothing,
    });
    const name = 'embedded_node_disk_write_seconds';
    expect((await lines()).filter((line) => line.includes(name))).toEqual([
      `# HELP ${name} How long the embedded node waited for its disk: for a commit, and for a checkpoint of many`,
      `# TYPE ${name} histogram`,
      `${name}_bucket{le="0.001",write="commit"} 3`,
      `${name}_bucket{le="0.002",write="commit"} 5`,
      `${name}_bucket{le="+Inf",write="commit"} 6`,
      `${name}_sum{write="commit"} 4.5`,
      `${name}_count{write="commit"} 6`,
      `${name}_bucket{le="0.001",write="checkpoint"} 0`,
      `${name}_bucket{le="0.002",write="checkpoint"} 0`,
      `${name}_bucket{le="+Inf",write="checkpoint"} 0`,
      `${name}_sum{write="checkpoint"} 0`,
      `${name}_count{write="checkpoint"} 0`,
    ]);
  });

  it('counts requests by their route and not by the ids in it', async () => {
    shell = await startShell();
    for (const id of ['a', 'b', 'c']) await shell.call(`/probe/notes/${id}`, { method: 'POST' });
    await shell.call('/x/1');
    await shell.call('/x/2');
    const text = await eventually(async () => {
      const read = await lines();
      return read.some((line) => line.includes('route="none"')) && read;
    });
    expect(text).toContain(
      'http_request_duration_seconds_count{method="POST",route="/probe/notes/:noteId",status="401"} 3',
    );
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="none",status="404"} 2');
  });

  it('is for the machine itself as long as there is no token', async () => {
    shell = await startShell();
    expect((await shell.call('/metrics')).status).toBe(200);
    const proxied = await shell.call('/metrics', { headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect(await problemIn(proxied)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('is for whoever has the token, where there is one', async () => {
    const secret = 'a-metrics-token-of-32-characters';
    shell = await startShell({ env: { METRICS_TOKEN: secret } });
    const read = (authorization?: string) =>
      shell.call('/metrics', { headers: authorization ? { authorization } : {} });
    expect((await read(`Bearer ${secret}`)).status).toBe(200);
    expect(await problemIn(await read())).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect((await read(`Bearer ${secret}x`)).status).toBe(401);
    expect((await read(`Bearer ${await shell.token('app', ['service'])}`)).status).toBe(401);
  });
});

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Metric } from 'prom-client';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { anchorsIn, textOf } from '../docs/markdown.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { isThere } from '../support/tool.ts';

type Rule = {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
};
type Panel = {
  id: number;
  title: string;
  type: string;
  targets: { expr: string; legendFormat: string }[];
  gridPos: { x: number; y: number; w: number; h: number };
};

const rules = async (): Promise<Rule[]> =>
  (parse(await readFile('operations/prometheus/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  );
const panels = async (): Promise<Panel[]> =>
  (JSON.parse(await readFile('operations/grafana/dashboard.json', 'utf8')) as { panels: Panel[] }).panels;

/** Made by Prometheus about each scrape, and labels that it adds to each sample. */
const OF_PROMETHEUS = ['up'];
const ADDED_LABELS = ['instance', 'job', 'le'];
const WORDS = ['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'group_left', 'group_right'];

/** Metrics that an expression reads, each with the labels that it looks at or keeps. */
const readBy = (expr: string): { names: string[]; labels: string[] } => {
  const labels = [
    ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) =>
      [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    ),
    ...[...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inside = '']) => inside.split(/\s*,\s*/)),
  ];
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
  return { names: names.filter((name) => !WORDS.includes(name)), labels };
};

const hasBalancedBrackets = (expr: string): boolean => {
  const open: string[] = [];
  for (const each of expr.replaceAll(/"[^"]*"/g, '')) {
    if ('([{'.includes(each)) open.push(each);
    else if (')]}'.includes(each) && open.pop() !== '([{'[')]}'.indexOf(each)]) return false;
  }
  return open.length === 0;
};

/** A check by the tool itself, on machines that have it. */
const withTool = (command: string) => (isThere(command) ? it : it.skip);

describe('what is read from Prometheus', () => {
  let app: RunningApp;
  /** Every name that a sample can have, with the labels that it has. */
  let served: Map<string, readonly string[]>;
  beforeAll(async () => {
    app = await startApp({ env: { HISTORY_INDEX: 'on' } });
    const text = await (await app.call('/metrics')).text();
    const declared = new Map(
      app.app
        .get(Metrics)
        .registry.getMetricsAsArray()
        .map((metric) => [metric.name, labelsOf(metric as unknown as Metric)]),
    );
    served = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type = '']) => {
        const endings = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
        return endings.map((ending) => [`${name}${ending}`, declared.get(name) ?? []] as const);
      }),
    );
  });
  afterAll(() => app?.close());

  const assertServed = (expr: string) => {
    const { names, labels } = readBy(expr);
    expect([expr, hasBalancedBrackets(expr)]).toEqual([expr, true]);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names.filter((each) => !OF_PROMETHEUS.includes(each)))
      expect([...served.keys()]).toContain(name);
    const known = [...ADDED_LABELS, ...names.flatMap((name) => served.get(name) ?? [])];
    for (const label of labels) expect([expr, known]).toEqual([expr, expect.arrayContaining([label])]);
  };

  it('by alerts is measured, with the labels that they look at', async () => {
    const all = await rules();
    expect(all.length).toBeGreaterThan(15);
    for (const { expr } of all) assertServed(expr);
  });

  it('by the dashboard is measured, with the labels that it shows', async () => {
    for (const { targets } of await panels()) {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr, legendFormat } of targets) {
        assertServed(expr);
        const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        const kept = [...readBy(expr).labels, ...(/\bby\s*\(/.test(expr) ? [] : ADDED_LABELS)];
        for (const label of shown) expect([expr, kept]).toEqual([expr, expect.arrayContaining([label])]);
      }
    }
  });

  it('is found out where it is not measured', () => {
    expect(() => assertServed('reactor_parkd > 0')).toThrow();
    expect(() => assertServed('sum by (nam) (reactor_parked) > 0')).toThrow();
    expect(() => assertServed('reactor_parked{nam="x"} > 0')).toThrow();
    expect(() => assertServed('sum(reactor_parked > 0')).toThrow();
  });
});

describe('the alerts', () => {
  it('each say how urgent they are, what they mean and where it is written what to do', async () => {
    for (const { alert, for: wait, labels, annotations } of await rules()) {
      expect(alert).toMatch(/^[A-Z][A-Za-z]+$/);
      if (wait !== undefined) expect(wait).toMatch(/^\d+[smh]$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations).toEqual({
        summary: expect.stringMatching(/\S/),
        description: expect.stringMatching(/\S/),
        runbook: `docs/runbook.md#${alert.toLowerCase()}`,
      });
    }
  });

  it('have a section of the runbook each, and each section has an alert', async () => {
    const sections = anchorsIn(await textOf('docs/runbook.md')).filter((anchor) => anchor !== 'runbook');
    const named = (await rules()).map(({ alert }) => alert.toLowerCase());
    expect(sections.toSorted()).toEqual(named.toSorted());
  });

  withTool('promtool')('are rules to promtool', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', 'operations/prometheus/alerts.yml']);
    expect([status, String(stderr)]).toEqual([0, '']);
  });
});

describe('the dashboard', () => {
  it('has panels with names and numbers of their own, none over another', async () => {
    const all = await panels();
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
    const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of all) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

const SECRETS = {
  STORE_URL: 'esdb://ledger:password@eventstore:2113?tls=true',
  VIEW_COOKIE_SECRET: 'x'.repeat(32),
  METRICS_TOKEN: 'y'.repeat(32),
};
/** Of a shutdown, after the two times that can be set. */
const TEARDOWN_SECONDS = 6;

describe('the manifests for Kubernetes', () => {
  type Manifest = { kind: string; metadata: { name: string }; spec: never; data?: Record<string, string> };
  const manifests = async (): Promise<Manifest[]> => {
    const { resources } = parse(await readFile('operations/kubernetes/kustomization.yaml', 'utf8')) as {
      resources: string[];
    };
    const texts = await Promise.all(resources.map((file) => readFile(`operations/kubernetes/${file}`, 'utf8')));
    return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
  };
  const one = async (kind: string): Promise<Manifest> => {
    const found = (await manifests()).filter((manifest) => manifest.kind === kind);
    expect(found).toHaveLength(1);
    return found[0] as Manifest;
  };

  it('give settings that the application takes, with the secrets it is to be given', async () => {
    const { data } = await one('ConfigMap');
    const config = readConfig({ ...data, ...SECRETS });
    expect([config.nodeEnv, config.http.host, config.recordings.s3?.sse]).toEqual(['production', '0.0.0.0', 'AES256']);
    for (const name of Object.keys(SECRETS)) expect(Object.keys(data ?? {})).not.toContain(name);
  });

  it('leave it the time that it takes to end', async () => {
    const { http } = readConfig({ ...(await one('ConfigMap')).data, ...SECRETS });
    const { spec } = await one('Deployment');
    const { terminationGracePeriodSeconds: grace } = (spec as { template: { spec: Record<string, number> } }).template
      .spec;
    expect(grace).toBeGreaterThan((http.shutdownDrainMs + http.shutdownTimeoutMs) / 1_000 + TEARDOWN_SECONDS);
    expect(http.shutdownDrainMs).toBeGreaterThan(0);
  });

  it('run it without a right that it does not need', async () => {
    const { spec } = await one('Deployment');
    const pod = (spec as { template: { spec: { containers: Record<string, unknown>[]; securityContext: unknown } } })
      .template.spec;
    expect(pod).toMatchObject({ automountServiceAccountToken: false });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext, resources } of pod.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources).toMatchObject({
        requests: { cpu: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
  });

  it('select the pods that they make', async () => {
    const { spec } = await one('Deployment');
    const { selector, template } = spec as {
      selector: { matchLabels: Record<string, string> };
      template: { metadata: { labels: Record<string, string> } };
    };
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect((await one('Service')).spec).toMatchObject({ selector: selector.matchLabels });
    expect((await one('PodDisruptionBudget')).spec).toMatchObject({ selector });
    expect((await one('NetworkPolicy')).spec).toMatchObject({ podSelector: selector });
  });

  it('publish neither metrics nor health', async () => {
    const { spec } = await one('Ingress');
    const paths = (spec as { rules: { http: { paths: { path: string }[] } }[]; tls: unknown[] }).rules.flatMap((rule) =>
      rule.http.paths.map(({ path }) => path),
    );
    expect(paths).toEqual(['/v1', '/socket.io', '/docs', '/openapi.json', '/asyncapi.json']);
    expect((spec as { tls: unknown[] }).tls).toHaveLength(1);
  });

  withTool('kubectl')('are built by kustomize', async () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', 'operations/kubernetes']);
    expect([status, String(stderr)]).toEqual([0, '']);
    expect(String(stdout)).toContain('image: registry.example.org/consultation-ledger:');
  });
});

describe('the unit for systemd', () => {
  const unit = async () => {
    const lines = (await readFile('operations/systemd/consultation-ledger.service', 'utf8')).split('\n');
    return new Map(
      lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s, 2) as [string, string]),
    );
  };

  it('starts what the image starts', async () => {
    const [, command = '[]'] = /^CMD (.*)$/m.exec(await readFile('Dockerfile', 'utf8')) ?? [];
    expect((await unit()).get('ExecStart')).toBe(`/usr/bin/${(JSON.parse(command) as string[]).join(' ')}`);
  });

  it('leaves it the time that it takes to end, and does not start again what no start makes well', async () => {
    const { http } = readConfig({});
    const told = await unit();
    expect(Number(told.get('TimeoutStopSec'))).toBeGreaterThan(http.shutdownTimeoutMs / 1_000 + TEARDOWN_SECONDS);
    expect(told.get('RestartPreventExitStatus')).toBe('65 78');
    expect([told.get('KillMode'), told.get('UMask'), told.get('StateDirectoryMode')]).toEqual([
      'mixed',
      '0077',
      '0700',
    ]);
  });

  withTool('systemd-analyze')('is a unit to systemd', () => {
    const file = 'operations/systemd/consultation-ledger.service';
    const { stderr } = spawnSync('systemd-analyze', ['verify', file]);
    // Whether the user and the program are there is for the machine that runs it; what systemd cannot read, it says with the file and line.
    expect(String(stderr)).not.toMatch(/consultation-ledger\.service:\d+/);
  });
});

describe('the reverse proxy', () => {
  it('keeps nothing of a recording, believes no caller’s address and leaves metrics where they are', async () => {
    const text = (await readFile('operations/reverse-proxy/nginx.conf', 'utf8')).replaceAll(/#.*$/gm, '');
    expect(hasBalancedBrackets(text)).toBe(true);
    const statements = text.split(/[;{}]/).map((each) => each.trim().replaceAll(/\s+/g, ' '));
    expect(statements).toEqual(
      expect.arrayContaining([
        'proxy_buffering off',
        'proxy_request_buffering off',
        'client_max_body_size 0',
        'proxy_set_header X-Forwarded-For $remote_addr',
        'ssl_protocols TLSv1.2 TLSv1.3',
        'access_log off',
        'location = /metrics',
      ]),
    );
  });
});

/** A histogram of another process has its one label in its samples alone. */
const labelsOf = (metric: Metric & { labelNames?: readonly string[]; label?: string }): readonly string[] => [
  ...(metric.labelNames ?? []),
  ...(metric.label === undefined ? [] : [metric.label]),
];

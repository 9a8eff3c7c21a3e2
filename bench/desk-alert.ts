import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { type BenchApp, startBenchApp } from './bench-app.ts';
import { median, quantile, report } from './rounds.ts';
import { watchable } from './watchable.ts';

/*
 * How long the person on call waits: for a breach on the screen, as ever; for its incident; and for its page at a receiver that is there. Each
 * view is of another viewer, so that each is an incident of its own. Counted from the record time of the view, which is in milliseconds.
 */
const VIEWS = 400;
const WARM_UP = 50;
const EVERY_MS = 25;
const PAUSE_MS = 2_000;

type Seen = {
  readonly breach: Map<string, number>;
  readonly incident: Map<string, number>;
  readonly page: Map<string, number>;
};

async function alerts(): Promise<void> {
  const seen: Seen = { breach: new Map(), incident: new Map(), page: new Map() };
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { dedup_key: incidentId } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { dedup_key: string };
      seen.page.set(incidentId, seen.page.get(incidentId) ?? Date.now());
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"success"}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as { port: number };
  const dir = await mkdtemp(join(tmpdir(), 'bench-desk-'));
  const policy = join(dir, 'escalation.yaml');
  // These are for review; at night they would wait for the morning.
  await writeFile(policy, 'review: { page: [primary], quietHours: null }\n');
  const app = await startBenchApp({
    ESCALATION_POLICY: policy,
    PAGERDUTY_ROUTING_KEY: 'r'.repeat(32),
    PAGERDUTY_URL: `http://127.0.0.1:${port}/`,
    PAGE_ALLOW_HTTP: 'true',
    PAGE_ALLOWED_ADDRESSES: '127.0.0.1',
  });
  try {
    await flagMany(app, seen);
  } finally {
    await app.stop();
    receiver.close();
    await rm(dir, { recursive: true });
  }
}

async function flagMany(app: BenchApp, seen: Seen): Promise<void> {
  const viewedAt = new Map<string, number>();
  const viewerOf = new Map<string, string>();
  const openedAt = new Map<string, number>();
  const socket = io(`${app.url}/on-call`, {
    auth: { token: await app.token('oncall-1', 'on-call') },
    transports: ['websocket'],
  });
  await new Promise((resolve) => socket.once('incident.open', resolve));
  socket.on('breach.flagged', (item: { breachId: string; viewerId: string; viewedAt: string }) => {
    seen.breach.set(item.viewerId, Date.now());
    viewedAt.set(item.viewerId, Date.parse(item.viewedAt));
    viewerOf.set(item.breachId, item.viewerId);
  });
  socket.on('incident.opened', ({ incidentId, key }: { incidentId: string; key: string }) => {
    const viewerId = key.slice('viewer:'.length);
    seen.incident.set(viewerId, Date.now());
    openedAt.set(incidentId, viewedAt.get(viewerId) ?? Number.NaN);
  });
  const service = await app.token('app-1', 'service');
  const { views } = await watchable(app, service, await readFile('demo/consultation.webm'));
  for (let i = 0; i < WARM_UP + VIEWS; i++) {
    const viewerId = `doc-${i}`;
    // In an emergency: for review, so that no release is behind them all.
    const body = { purpose: 'emergency', viewerId, viewerRoles: ['clinician'], reason: 'collapsed' };
    await app.post(views, service, body);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  socket.close();
  const waits = (at: ReadonlyMap<string, number>) =>
    Array.from({ length: VIEWS }, (_, i) => `doc-${i + WARM_UP}`).flatMap((viewerId) => {
      const [from, to] = [viewedAt.get(viewerId), at.get(viewerId)];
      return from === undefined || to === undefined ? [] : [to - from];
    });
  const [breach, incident] = [waits(seen.breach), waits(seen.incident)];
  const told = (all: readonly number[]) => `p50 ${median(all)} ms, p99 ${quantile(all, 0.99)} ms of ${all.length}`;
  report(
    'a view is recorded → its incident is on the screen, against → its breach is',
    `${told(incident)}; ${told(breach)}`,
    quantile(incident, 0.99) / quantile(breach, 0.99),
    { atMost: 2 },
  );
  const pages = [...seen.page].flatMap(([incidentId, at]) => {
    const from = openedAt.get(incidentId);
    return from === undefined ? [] : [at - from];
  });
  if (pages.length > 0)
    report('a view is recorded → its page is at the receiver, over 1 s', told(pages), quantile(pages, 0.99) / 1_000, {
      atMost: 1,
    });
}

await alerts();

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LedgerEvent, rulesStream } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { AnomalyEvent } from '../events/rule-events.ts';
import { type Care, noCare, takeCare } from '../projections/rules/care.ts';
import { pack } from '../projections/rules/pack.ts';
import { presets } from '../projections/rules/settings.ts';
import { type Facts, neededFor, nothingWatched, takeIn } from '../projections/rules/watch.ts';
import { EventStore } from '../src/ledger/event-store.ts';
import { LiveFeed } from '../src/ledger/live-feed.ts';
import { startBenchApp } from './bench-app.ts';
import { hospital, type Seeded } from './hospital.ts';
import { quantile, report } from './rounds.ts';
import { NO_SLOWER, viewsWith } from './views.ts';
import { watchable } from './watchable.ts';

/*
 * The desk: what it is called for, and how fast.
 *
 *   npm run bench -- desk [--only hospital,rule,views] [--rounds 7] [--views 1000000] [--staff 2000] [--patients 200000] [--snoopers 20] [--seed 7]
 *
 * hospital: the rules beyond one patient over a synthetic hospital with snoopers of each kind.
 * rule: from the commit of a view to the breach that a rule opens for it.
 * views: what views cost where the rules follow the log (RULES=on), against where they do not.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'hospital,rule,views' },
    rounds: { type: 'string', default: '7' },
    views: { type: 'string', default: '1000000' },
    staff: { type: 'string', default: '2000' },
    patients: { type: 'string', default: '200000' },
    snoopers: { type: 'string', default: '20' },
    seed: { type: 'string', default: '7' },
  },
});

type Found = Extract<AnomalyEvent, { type: 'AnomalyFound' }>['data'];

const grouped = <T>(all: readonly T[], by: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(by(one));
    if (group) group.push(one);
    else groups.set(by(one), [one]);
  }
  return groups;
};

const PATIENT_EVENTS = new Set(['ConsultationBooked', 'RecordingStored', 'RecordingViewed', 'RecordingPlayed']);

const theHospital = () => {
  const made = hospital({
    ...{ staff: Number(values.staff), patients: Number(values.patients), views: Number(values.views) },
    ...{ seed: Number(values.seed), snoopers: Number(values.snoopers) },
  });
  const cares = new Map<string, Care>();
  const careOf = (patientId: string): Care => {
    const care = cares.get(patientId) ?? noCare();
    cares.set(patientId, care);
    return care;
  };
  const staffFacts = (personId: string) => {
    const facts = made.facts.get(personId);
    const managerId = facts?.employment?.managerId;
    return facts && { personId, facts, managers: managerId === undefined ? [] : [managerId] };
  };
  const state = nothingWatched();
  for (const rule of pack) state.rules.set(rule.name, presets(rule));
  const watching = { pack, idOf: (key: string) => key };
  const found: Found[] = [];
  const own = new Set<string>();
  let [events, staffViews, foldMs] = [0, 0, 0];
  const step = (event: Recorded<LedgerEvent>) => {
    const needed = neededFor(state, event);
    const facts: Facts | undefined = needed && {
      care: careOf(needed.patientId),
      ...(needed.viewerId !== undefined && {
        viewer: staffFacts(needed.viewerId),
        patient: made.facts.get(needed.patientId),
        ...(needed.employeeId !== undefined && { employee: staffFacts(needed.employeeId) }),
      }),
    };
    for (const { type, data } of takeIn(state, event, watching, facts)) if (type === 'AnomalyFound') found.push(data);
    state.pending.clear();
    if (PATIENT_EVENTS.has(event.type))
      takeCare(careOf((event.data as { patientId: string }).patientId), event as never);
  };
  let batch: Recorded<LedgerEvent>[] = [];
  const fold = () => {
    const begun = performance.now();
    for (const event of batch) step(event);
    foldMs += performance.now() - begun;
    batch = [];
  };
  for (const event of made.events()) {
    events += 1;
    if (event.type === 'RecordingViewed' && event.data.viewerId !== event.data.patientId) staffViews += 1;
    batch.push(event);
    if (batch.length === 10_000) fold();
  }
  fold();

  const open = found.filter(({ explainedBy }) => !explainedBy);
  const isOf = (seeded: Seeded, { rule, severity, viewerId, patientId, appVersion }: Found) =>
    rule === seeded.rule &&
    (severity === seeded.severity || severity === 'critical') &&
    (seeded.viewerId === undefined || viewerId === seeded.viewerId) &&
    (seeded.patientId === undefined || patientId === seeded.patientId) &&
    (seeded.appVersion === undefined || appVersion === seeded.appVersion);
  const byRule = grouped(open, ({ rule }) => rule);
  const kinds = grouped(made.seeded, ({ kind }) => kind);
  console.log(
    `${events.toLocaleString('en')} events, ${staffViews.toLocaleString('en')} views by others than the patient, ${made.seeded.length} snoopers`,
  );
  const rates: { kind: string; severity: string; recall: number; of: number }[] = [];
  for (const [kind, all] of kinds) {
    const seen = all.filter((seeded) => (byRule.get(seeded.rule) ?? []).some((one) => isOf(seeded, one)));
    for (const { viewerId } of all) if (viewerId !== undefined) own.add(viewerId);
    for (const { patientId } of all) if (patientId !== undefined) own.add(patientId);
    rates.push({ kind, severity: all[0]?.severity ?? '', recall: seen.length / all.length, of: all.length });
  }
  for (const { kind, severity, recall, of } of rates.toSorted((a, b) => (a.severity < b.severity ? -1 : 1)))
    console.log(`      ${kind.padEnd(24)} ${severity.padEnd(9)} ${(recall * 100).toFixed(0).padStart(4)} % of ${of}`);
  // What is about a snooper is what they are for, whichever rule found it.
  const isNoise = ({ viewerId, patientId, appVersion }: Found) =>
    !(viewerId !== undefined && own.has(viewerId)) &&
    !(patientId !== undefined && own.has(patientId)) &&
    appVersion === '1.0.0';
  const noise = (severity: string) => open.filter((one) => one.severity === severity && isNoise(one));
  console.log('\n      about staff who do their work, by rule:');
  for (const [rule, all] of grouped(open.filter(isNoise), (one) => `${one.rule} ${one.severity}`))
    console.log(`      ${rule.padEnd(34)} ${all.length}`);
  const explained = found.length - open.length;
  console.log(`      explained                          ${explained}\n`);

  const critical = rates.filter(({ severity }) => severity === 'critical');
  const worst = critical.toSorted((a, b) => a.recall - b.recall)[0];
  report('recall of critical kinds', `the least: ${worst?.kind}`, worst?.recall ?? 0, { atLeast: 0.95 });
  const reviews = noise('review').length;
  report('reviews a thousand staff views', `${reviews} about staff who do their work`, (reviews / staffViews) * 1_000, {
    atMost: 1,
  });
  const criticals = noise('critical').length;
  report(
    'criticals a thousand staff views',
    `${criticals} about staff who do their work`,
    (criticals / staffViews) * 1_000,
    {
      atMost: 0.05,
    },
  );
  report(
    'events a second, folded',
    `${Math.round(foldMs)} ms in all, ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB of heap with the hospital`,
    events / (foldMs / 1_000),
  );
};

const VIEWS_OF_VIPS = 300;

/** By the record times of the store, of the view and of the breach: no clock but one. */
const theRule = async () => {
  const app = await startBenchApp();
  const store = new EventStore(app.connectionString);
  const feed = new LiveFeed(store, () => {});
  try {
    const viewed = new Map<string, number>();
    const flagged = new Map<string, number>();
    feed.listen(({ type, data, recordedAt }) => {
      if (type === 'RecordingViewed') viewed.set(data.viewerId, Date.parse(recordedAt));
      if (type === 'BreachFlagged' && data.rule === 'vip' && data.viewerId !== undefined)
        flagged.set(data.viewerId, Date.parse(recordedAt));
    });
    await feed.start();
    await until(async () => {
      let adopted = 0;
      for await (const _ of store.read(rulesStream.stream)) adopted += 1;
      return adopted >= pack.length;
    });
    const service = await app.token('app-1', 'service');
    const video = await readFile(new URL('../../demo/consultation.webm', import.meta.url));
    const { patient, views } = await watchable(app, service, video);
    const facts = await fetch(new URL(`/v1/people/${patient}/facts`, app.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${service}`, 'content-type': 'application/json' },
      body: JSON.stringify({ asOf: new Date().toISOString(), facts: { vip: 2 } }),
    });
    if (!facts.ok) throw new Error(`facts: ${facts.status}`);
    for (let i = 0; i < VIEWS_OF_VIPS; i++) {
      const stranger = await app.token(`stranger-${i}`, 'clinician');
      await app.post(views, stranger, { purpose: 'emergency', reason: 'unconscious in the emergency room' });
    }
    await until(() => flagged.size >= VIEWS_OF_VIPS);
    const waits = [...flagged].map(([viewer, at]) => at - (viewed.get(viewer) ?? Number.NaN)).sort((a, b) => a - b);
    const [p50, p99] = [quantile(waits, 0.5), quantile(waits, 0.99)];
    report('commit → flagged by a rule, p99 of 250 ms', `p50 ${p50} ms, p99 ${p99} ms of ${waits.length}`, p99 / 250, {
      atMost: 1,
    });
  } finally {
    await feed.stop();
    await store.close();
    await app.stop();
  }
};

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within a minute: ${holds}`);
    await delay(10);
  }
};

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  ...{ hospital: theHospital, rule: theRule },
  views: () => viewsWith('the rules', { on: { RULES: 'on' }, off: { RULES: 'off' } }, Number(values.rounds), NO_SLOWER),
};

for (const part of values.only.split(',')) {
  const measure = parts[part];
  if (!measure) {
    console.error(`there is no part "${part}"; there are: ${Object.keys(parts).join(', ')}`);
    process.exit(64);
  }
  await measure();
}

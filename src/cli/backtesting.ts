import { randomUUID } from 'node:crypto';
import {
  type BacktestResult,
  backtest,
  backtestRun,
  type Difference,
  digestOf,
} from '../compliance/backtests/backtest.ts';
import { grouped, showing } from './progress.ts';
import { jsonLine, momentGiven, print, rulesGiven, table, withLog } from './reading.ts';
import { auditorGiven, record } from './recording.ts';

export type BacktestValues = {
  readonly rules: string;
  readonly against: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly store?: string | undefined;
  /** Who runs it: then it is put on record. */
  readonly record?: string | undefined;
  readonly ndjson: boolean;
};

/** More than a person reads on a terminal. */
const SHOWN = 100;

/** @throws UsageError, ConfigError, RulesUnusable for a rule that fails, and why the log cannot be read */
export const backtested = async (values: BacktestValues): Promise<void> => {
  const [rules, against] = [await rulesGiven('--rules', values.rules), await rulesGiven('--against', values.against)];
  const [from, to] = [momentGiven('--from', values.from), momentGiven('--to', values.to)];
  const auditorId = auditorGiven(values.record);
  await withLog(values.store, async (log, config, store) => {
    const { views } = config;
    const end = Number((await log.newest({ streams: '^[^$]' }))?.position.commit ?? 0n);
    const progress = { position: 0n, events: 0 };
    const shown: Difference[] = [];
    const found = async (difference: Difference) => {
      if (values.ndjson) await print(jsonLine({ line: 'difference', ...difference }));
      else if (shown.length < SHOWN) shown.push(difference);
    };
    const question = { rules, against, emergencyPatients: views.emergency.patientsPerDay, from, to };
    const step = {
      what: 'judging the history',
      done: () => (end === 0 ? 1 : Math.min(1, Number(progress.position) / end)),
      count: () => progress.events,
      unit: 'events',
    };
    const result = await showing(step, () => backtest(log, question, found, progress));
    const digest = digestOf(result);
    if (auditorId !== undefined)
      await record(backtestRun({ auditorId, backtestId: randomUUID() }, result, digest), store, config);
    await print(values.ndjson ? jsonLine({ line: 'result', ...result, digest }) : textOf(result, digest, shown));
  });
};

const textOf = (result: BacktestResult, digest: string, shown: readonly Difference[]): string => {
  const { rules, against, views, events, from, to, newlyFlagged, noLongerFlagged, flaggedOtherwise } = result;
  const parts = [
    `${rules} against ${against}: ${grouped(views)} views compared, from position ${from}; ${grouped(events)} events folded, up to position ${to}\n`,
    table(
      ['newly flagged', 'no longer flagged', 'flagged otherwise'],
      [[grouped(newlyFlagged), grouped(noLongerFlagged), grouped(flaggedOtherwise)]],
    ),
  ];
  if (result.byRule.length > 0) {
    const rows = result.byRule.map(({ rule, before, after }) => [rule, grouped(before), grouped(after)]);
    parts.push('\n', table(['rule', against, rules], rows));
  }
  if (shown.length > 0) {
    const verdict = (one: Difference['before']) => (one.verdict === 'cleared' ? 'cleared' : one.rule);
    const rows = shown.map((one) => [
      ...[one.change, String(one.position), one.at],
      ...[one.viewId, one.viewerId, one.patientId, one.recordingId].map((id) => id ?? ''),
      `${verdict(one.before)} → ${verdict(one.after)}`,
    ]);
    parts.push('\n', table(['change', 'position', 'at', 'view', 'viewer', 'patient', 'recording', 'verdict'], rows));
    const more = newlyFlagged + noLongerFlagged + flaggedOtherwise - shown.length;
    if (more > 0) parts.push(`  and ${grouped(more)} more; --ndjson has all\n`);
  }
  for (const { reason, views: count } of result.notJudged)
    parts.push(`\n${grouped(count)} views were not judged: ${reason}\n`);
  parts.push(`\ndigest ${digest}\n`);
  return parts.join('');
};

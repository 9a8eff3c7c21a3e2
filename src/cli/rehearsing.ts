import { randomUUID } from 'node:crypto';
import type { AuditorEvent } from '../../events/auditor-events.ts';
import { type Finding, holds, Rehearsal, type RehearsalResult, thisBuild } from '../compliance/rehearsal/rehearsal.ts';
import { grouped, showing } from './progress.ts';
import { jsonLine, momentGiven, print, table, withLog } from './reading.ts';
import { auditorGiven, record } from './recording.ts';

export type RehearseValues = {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly questions?: number | undefined;
  readonly store?: string | undefined;
  /** Who runs it: then it is put on record. */
  readonly record?: string | undefined;
  readonly ndjson: boolean;
};

const SHOWN = 100;

/** @throws UsageError, ConfigError, why the log cannot be read, and an error for a build that must not be deployed */
export const rehearsed = async (values: RehearseValues): Promise<void> => {
  const [from, to] = [momentGiven('--from', values.from), momentGiven('--to', values.to)];
  const auditorId = auditorGiven(values.record);
  const result = await withLog(values.store, async (log, config, store) => {
    const { appVersion } = config;
    const end = Number((await log.newest({ streams: '^[^$]' }))?.position.commit ?? 0n);
    const progress = { position: 0n, questions: 0 };
    const shown: Finding[] = [];
    const found = async (finding: Finding) => {
      if (values.ndjson) await print(jsonLine({ line: 'difference', ...finding }));
      else if (shown.length < SHOWN) shown.push(finding);
    };
    const rehearsal = new Rehearsal(log, thisBuild, found, progress);
    const step = {
      what: 'rehearsing',
      done: () => (end === 0 ? 1 : Math.min(1, Number(progress.position) / end)),
      count: () => progress.questions,
      unit: 'questions',
    };
    const rehearsed = await showing(step, () => rehearsal.run({ from, to, questions: values.questions }));
    if (auditorId !== undefined) await record(runOf(auditorId, appVersion, rehearsed), store, config);
    const line = { line: 'result', build: appVersion, holds: holds(rehearsed), ...rehearsed };
    await print(values.ndjson ? jsonLine(line) : textOf(appVersion, rehearsed, shown));
    return rehearsed;
  });
  if (holds(result)) return;
  const { changes } = result;
  throw new Error(
    `this build must not be deployed: it lets in ${grouped(changes['deny-to-allow'])} views that were refused, and lists ${grouped(changes['lists-what-is-not-theirs'])} consultations to people who take no part in them`,
  );
};

const runOf = (auditorId: string, build: string, result: RehearsalResult) =>
  ({
    type: 'RehearsalRun',
    data: {
      ...{ auditorId, rehearsalId: randomUUID(), build, from: result.from, to: result.to },
      ...{ asked: sum(result.asked), replayed: sum(result.replayed) },
      denyToAllow: result.changes['deny-to-allow'],
      listsWhatIsNotTheirs: result.changes['lists-what-is-not-theirs'],
      allowToDeny: result.changes['allow-to-deny'],
      noLongerListed: result.changes['no-longer-listed'],
      holds: holds(result),
    },
  }) satisfies AuditorEvent;

const textOf = (build: string, result: RehearsalResult, shown: readonly Finding[]): string => {
  const { asked, replayed, changes } = result;
  const kinds = ['views', 'refusals', 'lists'] as const;
  const [total, again] = [sum(asked), sum(replayed)];
  const coverage = total === 0 ? '' : ` (${((again / total) * 100).toFixed(1)} %)`;
  const parts = [
    `build ${build}: ${grouped(again)} of ${grouped(total)} questions put again${coverage}, from position ${result.from} to ${result.to}\n`,
    table(
      ['', 'asked', 'put again'],
      kinds.map((kind) => [kind, grouped(asked[kind]), grouped(replayed[kind])]),
    ),
  ];
  if (total === 0) parts.push('\n  no question was asked there: this rehearsal proves nothing\n');
  else if (again === 0) parts.push('\n  none could be put again: this rehearsal proves nothing\n');
  for (const { reason, questions } of result.notReplayable)
    parts.push(`\n  ${grouped(questions)} not put again: ${reason}`);
  parts.push(
    '\n',
    table(
      ['change', 'answers'],
      Object.entries(changes).map(([change, count]) => [change, grouped(count)]),
    ),
  );
  if (shown.length > 0) {
    const rows = shown.map((one) => [
      ...[one.change, one.viewerId, one.patientId, one.consultationId, one.recordingId ?? ''],
      ...[`${one.revision}@${one.stream}`, one.at, `${one.was} → ${one.is}`],
    ]);
    const head = ['change', 'viewer', 'patient', 'consultation', 'recording', 'event', 'at', 'answer'];
    parts.push('\n', table(head, rows));
    const more = Object.values(changes).reduce((all, count) => all + count, 0) - shown.length;
    if (more > 0) parts.push(`  and ${grouped(more)} more; --ndjson has all\n`);
  }
  return parts.join('');
};

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

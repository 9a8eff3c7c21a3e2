import { currentRules, referenceOf } from '../../projections/access-rules.ts';
import type { Moment } from '../compliance/log/moment.ts';
import { type ReplayedAccess, type ReplayedPart, Replaying, type ReplayQuestion } from '../compliance/replay/replay.ts';
import { asIssued } from '../request/person-id.ts';
import { UsageError } from './command.ts';
import { showing } from './progress.ts';
import { jsonLine, momentGiven, print, rulesGiven, table, withLog } from './reading.ts';

export type ReplayValues = {
  readonly patient?: string | undefined;
  readonly recording?: string | undefined;
  readonly viewer?: string | undefined;
  readonly 'whole-log': boolean;
  readonly 'as-of'?: string | undefined;
  readonly rules: string;
  readonly store?: string | undefined;
  readonly ndjson: boolean;
};

/** @throws UsageError, ConfigError, and an error when the answer is not complete */
export const replayed = async (values: ReplayValues): Promise<void> => {
  const given = momentGiven('--as-of', values['as-of']);
  const rules = await rulesGiven('--rules', values.rules);
  await withLog(values.store, async (log, { views }) => {
    const newest = (await log.newest({ streams: '^[^$]' }))?.position.commit ?? 0n;
    const asOf = momentWithin(given, newest);
    const about = { asOf, rules: referenceOf(rules), current: referenceOf(currentRules), newest };
    await print(
      values.ndjson ? jsonLine({ line: 'replay', ...questionOf(values), ...about }) : headline(values, about),
    );
    let at = 0n;
    let searched = 0;
    const replaying = new Replaying(log, {
      ...{ asOf, rules, emergencyPatients: views.emergency.patientsPerDay },
      searched: (position) => {
        at = position;
        searched += 1;
      },
    });
    const done = () => (newest === 0n ? 1 : Math.min(1, Number(at) / Number(newest)));
    const step = { what: 'searching the log', done, count: () => searched, unit: 'events' };
    const faults: string[] = [];
    let parts = 0;
    const tell = async () => {
      for await (const part of replaying.parts(questionOf(values))) {
        if (isEmpty(part)) continue;
        parts += 1;
        faults.push(...part.faults);
        if (values.ndjson) for (const line of linesOf(part)) await print(jsonLine(line));
        else await print(textOf(part));
      }
    };
    const isSearch = values.patient === undefined || values['whole-log'];
    await (isSearch ? showing(step, tell) : tell());
    if (parts === 0 && !values.ndjson) await print('\nnothing is on record\n');
    if (!values.ndjson && values.patient !== undefined && !values['whole-log'])
      await print(
        "\nLists that showed this patient to people whom the patient's stream does not name are not searched for: --whole-log does.\n",
      );
    if (faults.length > 0)
      throw new Error(
        ['this replay is not complete: have an operator look at these events first', ...new Set(faults)].join('\n  '),
      );
  });
};

const questionOf = (values: ReplayValues): ReplayQuestion => {
  if (values.patient !== undefined) return { patientId: values.patient, wholeLog: values['whole-log'] };
  if (values.recording !== undefined) return { recordingId: values.recording };
  return { viewerId: values.viewer ?? '' };
};

/** @throws UsageError for a moment that has not come */
const momentWithin = (given: Moment | undefined, newest: bigint): Moment => {
  if (!given) return { position: Number(newest) };
  if ('position' in given && BigInt(given.position) > newest)
    throw new UsageError(`--as-of ${given.position} is after the newest event, which is at ${newest}`);
  if ('time' in given && Date.parse(given.time) > Date.now()) throw new UsageError('--as-of is in the future');
  return given;
};

const isEmpty = ({ consultations, accesses, faults }: ReplayedPart): boolean =>
  consultations.length === 0 && accesses.length === 0 && faults.length === 0;

const momentText = (asOf: Moment): string => ('time' in asOf ? asOf.time : `position ${asOf.position}`);

const headline = (
  { patient, recording, viewer }: ReplayValues,
  { asOf, rules }: { readonly asOf: Moment; readonly rules: string },
): string => {
  const [what, id] = patient ? ['patient', patient] : recording ? ['recording', recording] : ['viewer', viewer];
  return `${what} ${asIssued(id ?? '')}, as of ${momentText(asOf)}; "then" is the verdict on record by then, "now" is by ${rules}\n`;
};

function* linesOf({ patientId, consultations, participations, recordings, accesses, faults }: ReplayedPart) {
  for (const one of consultations) yield { line: 'booked', ...one };
  for (const one of participations) yield { line: 'took-part', patientId, ...one };
  for (const one of recordings) yield { line: 'available', patientId, ...one };
  for (const one of accesses) yield { line: 'access', ...one };
  for (const fault of faults) yield { line: 'fault', patientId, fault };
}

const textOf = ({ patientId, consultations, participations, recordings, accesses }: ReplayedPart): string => {
  const parts = [`\nPatient ${asIssued(patientId)}\n`];
  const add = (title: string, head: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length > 0) parts.push(`\n ${title}\n${table(head, rows)}`);
  };
  add(
    'Booked',
    ['consultation', 'clinician', 'from', 'to', 'medium', 'status', 'booked at', 'position'],
    consultations.map((one) => [
      ...[one.consultationId, one.clinicianId, one.scheduledStart, one.scheduledEnd, one.medium, one.status],
      ...[one.booked.at, String(one.booked.position)],
    ]),
  );
  add(
    'Took part',
    ['consultation', 'person', 'as', 'since', 'until'],
    participations.map((one) => [one.consultationId, one.personId, one.capacity, one.since.at, one.until?.at ?? '']),
  );
  add(
    'Recordings',
    ['recording', 'consultation', 'bytes', 'seconds', 'state', 'since'],
    recordings.map((one) => [
      ...[one.recordingId, one.consultationId, String(one.bytes), String(one.durationSeconds ?? '')],
      ...[one.state, one.since.at],
    ]),
  );
  add(
    'Accesses',
    ['at', 'position', 'what', 'viewer', 'roles', 'recording', 'purpose', 'then', 'now', 'why'],
    accesses.map(accessRow),
  );
  return parts.join('');
};

const accessRow = (one: ReplayedAccess): string[] => {
  const { verdictThen: then, verdictNow: now } = one;
  const rule = (verdict: { readonly rule?: string } | undefined) => verdict?.rule;
  const why = [
    one.reason,
    rule(then),
    now && 'rule' in now && now.rule !== rule(then) ? `now ${now.rule}` : undefined,
    now?.verdict === 'unknown' ? now.why : undefined,
    one.bytesServed === undefined ? undefined : `${one.bytesServed} bytes`,
  ];
  return [
    ...[one.at, String(one.position), one.kind, one.viewerId ?? '', one.viewerRoles?.join(',') ?? ''],
    one.recordingId ?? one.recordingIds?.join(',') ?? '',
    ...[one.purpose ?? '', then?.verdict ?? '', now?.verdict ?? ''],
    why.filter((part) => part !== undefined).join(', '),
  ];
};

import { readFileSync } from 'node:fs';
import { DateTime, IANAZone } from 'luxon';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { IncidentKind } from '../../events/incident-events.ts';
import { type Config, ConfigError } from '../config/config.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { type ChannelSettings, channelsOf } from './channels.ts';
import type { Override, Policy, Schedule, Target } from './policy.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const duration = z
  .string({ error: 'must be a time such as 30s, 5m or 1h' })
  .regex(/^\d{1,6}(ms|s|m|h|d)$/, { error: 'must be a time such as 500ms, 30s, 5m or 1h' })
  .transform((text) => {
    const [, count = '0', unit = 's'] = /^(\d+)(\w+)$/.exec(text) ?? [];
    return Number(count) * UNITS[unit as keyof typeof UNITS];
  });
const between = (least: number, most: number, words: string) =>
  duration.refine((ms) => ms >= least && ms <= most, { error: `must be ${words}` });

const name = z
  .string({ error: 'must be a name' })
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, "_", "." or "-"' });
const names = z.array(name, { error: 'must be a list of names' });
const someNames = names.min(1, { error: 'must name at least one' });
const timeZone = z
  .string({ error: 'must be a time zone such as Europe/Berlin' })
  .refine((zone) => IANAZone.isValidZone(zone), { error: 'must be a time zone such as Europe/Berlin, or UTC' });
const mail = z.email({ error: 'must be an address such as on-call@example.org' });
const wallTime = z
  .string({ error: 'must be a time on the wall such as 2026-01-05T09:00' })
  .refine((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) && DateTime.fromISO(text, { zone: 'UTC' }).isValid, {
    error: 'must be a time on the wall such as 2026-01-05T09:00',
  });
const hour = z
  .string({ error: 'must be a time of day in quotes, such as "20:00"' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day in quotes, such as "20:00"' })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const person = GivenPersonId.nullable();
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, { error: 'must be the name of an environment variable' });
const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });

const schedule = z.strictObject({
  timeZone: timeZone.optional(),
  from: wallTime,
  people: z.array(person).min(1, { error: 'must have at least one person' }),
  overrides: z.array(z.strictObject({ from: wallTime, to: wallTime, person })).default([]),
});

const target = z.strictObject({
  channels: someNames,
  ifFails: names.default([]),
  schedule: name.optional(),
  mail: z.array(mail).default([]),
});

const DAY = UNITS.d;
const file = z.strictObject({
  name: name.default('escalation'),
  timeZone: timeZone.default('UTC'),
  groupWindow: between(0, 60_000, 'at most 60s: an incident waits so long before its first page').prefault('500ms'),
  remindEvery: between(UNITS.m, DAY, 'from 1m to 1d').prefault('60m'),
  acknowledgementTimeout: between(UNITS.m, DAY, 'from 1m to 1d').prefault('30m'),
  loops: z.int({ error: 'must be a whole number from 1 to 20' }).min(1).max(20).default(3),
  repeatAfter: between(UNITS.s, DAY, 'from 1s to 1d').prefault('20m'),
  critical: z
    .array(z.strictObject({ after: between(0, DAY, 'at most 1d'), page: someNames }), {
      error: 'must be a list of steps',
    })
    .min(1, { error: 'must have at least one step' }),
  review: z.strictObject({
    page: someNames,
    quietHours: z
      .strictObject({ from: hour, to: hour, timeZone: timeZone.optional() })
      .refine(({ from, to }) => from !== to, { error: 'must not begin when they end: leave them out for none' })
      .nullable()
      .prefault({ from: '20:00', to: '08:00' }),
  }),
  autoContainment: z
    .strictObject({
      after: between(UNITS.s, DAY, 'from 1s to 1d').prefault('10m'),
      breaches: z.int().min(2, { error: 'must be at least 2' }).default(10),
      within: between(UNITS.s, DAY, 'from 1s to 1d').prefault('5m'),
      kinds: z.array(IncidentKind).default(['release']),
    })
    .nullable()
    .prefault({}),
  targets: z.record(name, target),
  schedules: z.record(name, schedule).default({}),
  people: z.record(GivenPersonId, z.strictObject({ mail: mail.optional() })).default({}),
  channels: z
    .record(
      name,
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('pagerduty'), routingKeyFrom: variable, url: url.optional() }),
        z.strictObject({ kind: z.literal('alertmanager'), url }),
        z.strictObject({ kind: z.literal('webhook'), url, secretFrom: variable }),
        z.strictObject({ kind: z.literal('email'), to: z.array(mail).min(1) }),
      ]),
    )
    .default({}),
});
type File = z.output<typeof file>;

type Channels = Policy['channels'];
type Problem = { readonly path: readonly PropertyKey[]; readonly message: string };

/** `critical[1].after`, as a person finds it in the file. */
const written = (path: readonly PropertyKey[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`)).join('') ||
  'the file';

const list = (all: readonly string[]) => (all.length === 0 ? 'there is none' : `there are: ${all.join(', ')}`);

/** What each field for itself cannot tell: names that lead nowhere, and times that contradict each other. */
const contradictions = (policy: File, channels: Channels): Problem[] => {
  const problems: Problem[] = [];
  const known = (kind: string, all: object, named: readonly string[], path: readonly PropertyKey[]) => {
    named.forEach((each, i) => {
      if (!Object.hasOwn(all, each))
        problems.push({ path: [...path, i], message: `names ${kind} ${each}, and ${list(Object.keys(all))}` });
    });
  };
  policy.critical.forEach(({ after, page }, i) => {
    known('the target', policy.targets, page, ['critical', i, 'page']);
    const before = policy.critical[i - 1];
    if (before && after <= before.after)
      problems.push({ path: ['critical', i, 'after'], message: 'must be later than the step before it' });
  });
  const last = policy.critical.at(-1)?.after ?? 0;
  if (policy.loops > 1 && policy.repeatAfter <= last)
    problems.push({ path: ['repeatAfter'], message: 'must be later than the last step, which it comes after' });
  known('the target', policy.targets, policy.review.page, ['review', 'page']);
  for (const [key, { channels: through, ifFails, schedule: by }] of Object.entries(policy.targets)) {
    known('the channel', channels, through, ['targets', key, 'channels']);
    known('the channel', channels, ifFails, ['targets', key, 'ifFails']);
    if (by !== undefined && !Object.hasOwn(policy.schedules, by))
      problems.push({
        path: ['targets', key, 'schedule'],
        message: `names the schedule ${by}, and ${list(Object.keys(policy.schedules))}`,
      });
    const isMail = (each: string) => channels[each]?.kind === 'email' && channels[each].mail.length === 0;
    if ([...through, ...ifFails].some(isMail) && policy.targets[key]?.mail.length === 0 && by === undefined)
      problems.push({ path: ['targets', key, 'mail'], message: 'is needed: no address is known for its e-mail' });
    ifFails.forEach((each, i) => {
      if (through.includes(each))
        problems.push({ path: ['targets', key, 'ifFails', i], message: `${each} is among its channels already` });
    });
  }
  for (const [key, { overrides }] of Object.entries(policy.schedules))
    overrides.forEach(({ from, to }, i) => {
      if (to <= from)
        problems.push({ path: ['schedules', key, 'overrides', i, 'to'], message: 'must be after `from`' });
    });
  return problems;
};

const scheduleOf = (given: z.output<typeof schedule>, zone: string): Schedule => {
  const timeZone = given.timeZone ?? zone;
  const at = (wall: string) => DateTime.fromISO(wall, { zone: timeZone }).toMillis();
  const overrides: Override[] = given.overrides.map(({ from, to, person: by }) => ({
    from: at(from),
    to: at(to),
    person: by,
  }));
  return { timeZone, from: given.from, people: given.people, overrides };
};

const mapped = <A, B>(all: Readonly<Record<string, A>>, to: (one: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [key, to(one)]));

const policyOf = (given: File, channels: Channels): Policy => {
  const { review, autoContainment: auto } = given;
  const quiet = review.quietHours && { ...review.quietHours, timeZone: review.quietHours.timeZone ?? given.timeZone };
  return {
    name: given.name,
    groupWindowMs: given.groupWindow,
    remindEveryMs: given.remindEvery,
    acknowledgementMs: given.acknowledgementTimeout,
    steps: given.critical.map(({ after, page }) => ({ afterMs: after, targets: page })),
    loops: given.loops,
    repeatAfterMs: given.repeatAfter,
    review: { targets: review.page, quiet: quiet ?? undefined },
    autoContainment: auto
      ? { afterMs: auto.after, breaches: auto.breaches, withinMs: auto.within, kinds: auto.kinds }
      : undefined,
    targets: mapped(
      given.targets,
      ({ schedule: by, ...to }): Target => ({ ...to, ...(by !== undefined && { schedule: by }) }),
    ),
    schedules: mapped(given.schedules, (one) => scheduleOf(one, given.timeZone)),
    people: mapped(given.people, ({ mail: to }) => (to === undefined ? {} : { mail: to })),
    channels,
  };
};

type Environment = Readonly<Record<string, string | undefined>>;

const kindOf = (settings: ChannelSettings): Channels[string] => ({
  kind: settings.kind,
  mail: settings.kind === 'email' ? settings.to : [],
});

/** Every step pages through all that is set up, so that one setting is enough; mail is for the failure of the others, where there are others. */
const byDefault = (channels: Channels): z.input<typeof file> => {
  const all = Object.keys(channels);
  const pagers = all.filter((each) => channels[each]?.kind !== 'email');
  const through = pagers.length > 0 ? pagers : all;
  const to = {
    channels: through.length > 0 ? through : ['none'],
    ifFails: all.filter((each) => !through.includes(each)),
  };
  return {
    review: { page: ['primary'] },
    critical: [
      { after: '0m', page: ['primary'] },
      { after: '5m', page: ['secondary'] },
      { after: '10m', page: ['lead', 'compliance'] },
    ],
    targets: { primary: to, secondary: to, lead: to, compliance: to },
  };
};

/**
 * @param text YAML; what it leaves out is as without a file
 * @param env where the secrets are that the file names
 * @throws ConfigError naming each field that is wrong and how to put it right
 */
export const parsePaging = (text: string, config: Config, env: Environment, path = 'the policy'): Paging => {
  const refuse = (problems: readonly string[]) =>
    new ConfigError(problems.map((message) => ({ setting: 'ESCALATION_POLICY', message: `${path}: ${message}` })));
  const document = parseDocument(text, { uniqueKeys: true });
  const [wrong] = document.errors;
  if (wrong) throw refuse([`is not YAML: ${wrong.message.split('\n')[0]}`]);
  const given: unknown = document.toJS() ?? {};
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  const preset = byDefault(mapped(channelsOf(config), kindOf));
  const parsed = file.safeParse(isMap ? { ...preset, ...given } : given, { error: wording });
  if (!parsed.success) throw refuse(parsed.error.issues.map((one) => `${written(one.path)} ${one.message}`));
  const own = ownChannels(parsed.data, config, env);
  const channels = { ...channelsOf(config), ...own.channels };
  const kinds = mapped(channels, kindOf);
  // Where nothing is set up, targets that the file does not give name no channel that there is.
  const known = isMap && 'targets' in given ? kinds : { ...kinds, none: { kind: 'webhook' as const, mail: [] } };
  const problems = [...own.problems, ...contradictions(parsed.data, known)];
  if (problems.length > 0) throw refuse(problems.map((one) => `${written(one.path)} ${one.message}`));
  return { policy: policyOf(parsed.data, kinds), channels };
};

const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') return `has no ${issue.keys.join(', ')} in this release`;
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined;
};

/** Channels beside those that settings make: a second integration, a mailbox of its own. */
const ownChannels = ({ channels }: File, config: Config, env: Environment) => {
  const problems: Problem[] = [];
  const made: Record<string, ChannelSettings> = {};
  const secret = (key: string, field: string, variable: string): string => {
    const value = env[variable]?.trim() ?? '';
    if (value === '') problems.push({ path: ['channels', key, field], message: `names ${variable}, which is not set` });
    return value;
  };
  for (const [key, one] of Object.entries(channels)) {
    if (one.kind === 'pagerduty')
      made[key] = {
        ...{ kind: 'pagerduty', url: one.url ?? config.paging.pagerdutyUrl },
        routingKey: secret(key, 'routingKeyFrom', one.routingKeyFrom),
      };
    else if (one.kind === 'webhook') {
      const secrets = secret(key, 'secretFrom', one.secretFrom)
        .split(',')
        .map((each) => each.trim());
      if (secrets.some((each) => each !== '' && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(each)))
        problems.push({ path: ['channels', key, 'secretFrom'], message: 'names no secret that begins with whsec_' });
      made[key] = { kind: 'webhook', url: one.url, secrets };
    } else if (one.kind === 'alertmanager') made[key] = { kind: 'alertmanager', url: one.url };
    else if (config.paging.mail) made[key] = { kind: 'email', ...config.paging.mail, to: one.to };
    else problems.push({ path: ['channels', key], message: 'needs PAGE_SMTP_URL and PAGE_MAIL_FROM' });
  }
  return { channels: made, problems };
};

/** A policy, and what its channels need to be sent through: secrets are settings of this instance, and the file only names them. */
export type Paging = { readonly policy: Policy; readonly channels: Readonly<Record<string, ChannelSettings>> };

/** @throws ConfigError */
export const readPaging = (config: Config, env: Environment = process.env): Paging => {
  const { policyFile } = config.paging;
  const channels = channelsOf(config);
  if (policyFile === undefined) {
    const kinds = mapped(channels, kindOf);
    return { policy: policyOf(file.parse({ ...byDefault(kinds), name: 'default' }), kinds), channels };
  }
  let text: string;
  try {
    text = readFileSync(policyFile, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw new ConfigError([{ setting: 'ESCALATION_POLICY', message: `${policyFile} cannot be read: ${code}` }]);
  }
  return parsePaging(text, config, env, policyFile);
};

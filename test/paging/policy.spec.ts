import { ConfigError } from '../../src/config/config.ts';
import { ackDeadline } from '../../src/paging/policy.ts';
import { readPaging } from '../../src/paging/policy-file.ts';
import { byDefault, config, iso, MINUTE, parsed, T0 } from './fixtures.ts';
import { policyFile } from './paged.ts';

const whole = `
name: clinic
timeZone: Europe/Berlin
groupWindow: 1s
remindEvery: 30m
acknowledgementTimeout: 20m
loops: 2
repeatAfter: 15m
critical:
  - { after: 0m, page: [primary] }
  - { after: 5m, page: [secondary, lead] }
review:
  page: [primary]
  quietHours: { from: "22:00", to: "07:30" }
autoContainment: { after: 5m, breaches: 4, within: 1m, kinds: [release, viewer] }
targets:
  primary: { channels: [pagerduty], ifFails: [mailbox], schedule: rota }
  secondary: { channels: [second] }
  lead: { channels: [mailbox], mail: [lead@example.org] }
schedules:
  rota:
    from: 2036-01-07T09:00
    people: [anna, null, ben]
    overrides: [{ from: 2036-03-01T00:00, to: 2036-03-02T00:00, person: ben }]
people:
  anna: { mail: anna@example.org }
channels:
  second: { kind: pagerduty, routingKeyFrom: SECOND_KEY }
  mailbox: { kind: email, to: [desk@example.org] }
`;
const env = {
  SECOND_KEY: 'another',
  PAGE_SMTP_URL: 'smtps://mail.example.org',
  PAGE_MAIL_FROM: 'ledger@example.org',
  PAGE_MAIL_TO: 'desk@example.org',
};

/** What is said of a policy with one change. */
const refused = (from: string | RegExp, to: string, more: Record<string, string> = env): string => {
  const changed = whole.replace(from, to);
  expect(changed).not.toBe(whole);
  try {
    parsed(changed, more);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ setting, message }) => `${setting} ${message}`).join('\n');
    throw error;
  }
  throw new Error('it was taken');
};

describe('a policy file', () => {
  it('says who is paged, when, and through what', () => {
    const { policy, channels } = parsed(whole, env);
    expect(policy).toMatchObject({
      ...{ name: 'clinic', groupWindowMs: 1_000, remindEveryMs: 30 * MINUTE, acknowledgementMs: 20 * MINUTE },
      ...{ loops: 2, repeatAfterMs: 15 * MINUTE },
      steps: [
        { afterMs: 0, targets: ['primary'] },
        { afterMs: 5 * MINUTE, targets: ['secondary', 'lead'] },
      ],
      review: { targets: ['primary'], quiet: { from: 22 * 60, to: 7 * 60 + 30, timeZone: 'Europe/Berlin' } },
      autoContainment: { afterMs: 5 * MINUTE, breaches: 4, withinMs: MINUTE, kinds: ['release', 'viewer'] },
    });
    // By the clock on the wall in Berlin.
    expect(policy.schedules.rota?.overrides).toEqual([
      { from: Date.parse('2036-02-29T23:00:00Z'), to: Date.parse('2036-03-01T23:00:00Z'), person: 'ben' },
    ]);
    expect(channels.second).toEqual({
      kind: 'pagerduty',
      url: 'https://events.pagerduty.com/v2/enqueue',
      routingKey: 'another',
    });
    expect(JSON.stringify(policy)).not.toMatch(/another|"key"/);
  });

  it.each<[string, string | RegExp, string, string]>([
    ['a field that is not known', 'loops: 2', 'loop: 2', 'the file has no loop in this release'],
    [
      'a time without a unit',
      'after: 5m, page',
      'after: 5, page',
      'critical[1].after must be a time such as 30s, 5m or 1h',
    ],
    [
      'a step that is not later',
      'after: 5m, page',
      'after: 0m, page',
      'critical[1].after must be later than the step before it',
    ],
    [
      'a repeat before the last step',
      'repeatAfter: 15m',
      'repeatAfter: 5m',
      'repeatAfter must be later than the last step',
    ],
    [
      'a target that is not there',
      'page: [secondary, lead]',
      'page: [second, lead]',
      'critical[1].page[0] names the target second, and there are: primary, secondary, lead',
    ],
    [
      'a channel that is not set up',
      'channels: [pagerduty]',
      'channels: [alertmanager]',
      'targets.primary.channels[0] names the channel alertmanager, and there are: pagerduty, email, second, mailbox',
    ],
    [
      'a channel named twice',
      'ifFails: [mailbox]',
      'ifFails: [pagerduty]',
      'targets.primary.ifFails[0] pagerduty is among its channels already',
    ],
    [
      'a schedule that is not there',
      'schedule: rota',
      'schedule: weekly',
      'targets.primary.schedule names the schedule weekly, and there are: rota',
    ],
    ['a time zone that is none', 'Europe/Berlin', 'Europe/Bonn', 'timeZone must be a time zone such as Europe/Berlin'],
    [
      'a day that is none',
      '2036-01-07T09:00',
      '2036-02-30T09:00',
      'schedules.rota.from must be a time on the wall such as',
    ],
    [
      'an override that ends first',
      'to: 2036-03-02',
      'to: 2036-02-02',
      'schedules.rota.overrides[0].to must be after `from`',
    ],
    ['quiet hours without end', 'to: "07:30"', 'to: "22:00"', 'review.quietHours must not begin when they end'],
    ['a window that swallows pages', 'groupWindow: 1s', 'groupWindow: 5m', 'groupWindow must be at most 60s'],
    ['reminders without a pause', 'remindEvery: 30m', 'remindEvery: 10s', 'remindEvery must be from 1m to 1d'],
    ['a name that is written twice', 'loops: 2', 'loops: 2\nloops: 3', 'is not YAML: Map keys must be unique'],
    ['text that is no YAML', 'name: clinic', 'name: [', 'is not YAML'],
  ])('is refused with %s', (_, from, to, said) => {
    expect(refused(from, to)).toContain(`ESCALATION_POLICY the policy: ${said}`);
  });

  it('may say what differs alone', () => {
    const { policy } = parsed('remindEvery: 30m\nautoContainment: null\n');
    expect(policy).toEqual({
      ...byDefault(),
      name: 'escalation',
      remindEveryMs: 30 * MINUTE,
      autoContainment: undefined,
    });
    expect(parsed('loops: 2', { PAGERDUTY_ROUTING_KEY: '' }).policy.loops).toBe(2);
    for (const text of ['- a list', 'a text'])
      expect(() => parsed(text)).toThrow('ESCALATION_POLICY the policy: the file');
    expect(parsed('').policy).toEqual({ ...byDefault(), name: 'escalation' });
  });

  it('is refused where a secret that it names is not set, and never shows one that is', () => {
    const { SECOND_KEY: _, ...without } = env;
    expect(refused('name: clinic', 'name: hospital', without)).toContain(
      'channels.second.routingKeyFrom names SECOND_KEY, which is not set',
    );
    expect(refused('loops: 2', 'loop: 2', { ...env, SECOND_KEY: 'very-secret' })).not.toContain('very-secret');
  });

  it('tells all that is wrong together, with the file it is in', async () => {
    const file = await policyFile(
      whole.replace('loops: 2', 'loops: 0').replace('remindEvery: 30m', 'remindEvery: never'),
    );
    try {
      readPaging(config({ ...env, ESCALATION_POLICY: file }), env);
      throw new Error('it was taken');
    } catch (error) {
      expect((error as ConfigError).problems?.map(({ message }) => message.replace(file, 'FILE'))).toEqual([
        'FILE: remindEvery must be a time such as 500ms, 30s, 5m or 1h',
        expect.stringMatching(/^FILE: loops /),
      ]);
    }
    expect(() => readPaging(config({ ESCALATION_POLICY: '/nowhere/policy.yaml' }), {})).toThrow(
      'ESCALATION_POLICY /nowhere/policy.yaml cannot be read: ENOENT',
    );
  });
});

describe('the policy without a file', () => {
  it('pages PagerDuty with its key alone: at once, after 5 and 10 minutes, three times, then every hour', () => {
    const policy = byDefault();
    expect(policy).toMatchObject({
      ...{ groupWindowMs: 500, remindEveryMs: 60 * MINUTE, loops: 3, repeatAfterMs: 20 * MINUTE },
      steps: [
        { afterMs: 0, targets: ['primary'] },
        { afterMs: 5 * MINUTE, targets: ['secondary'] },
        { afterMs: 10 * MINUTE, targets: ['lead', 'compliance'] },
      ],
      review: { targets: ['primary'], quiet: { from: 20 * 60, to: 8 * 60 } },
      autoContainment: { afterMs: 10 * MINUTE, breaches: 10, withinMs: 5 * MINUTE, kinds: ['release'] },
    });
    expect(policy.targets.primary).toEqual({ channels: ['pagerduty'], ifFails: [], mail: [] });
    expect(ackDeadline(policy, T0)).toBe(iso(T0 + 30 * MINUTE));
  });

  it('pages through all that is set up, and by mail where the others fail', () => {
    const policy = byDefault({ ...env, ALERTMANAGER_URL: 'https://alerts.example.org' });
    expect(policy.targets.lead).toEqual({ channels: ['pagerduty', 'alertmanager'], ifFails: ['email'], mail: [] });
    expect(byDefault({ ...env, PAGERDUTY_ROUTING_KEY: '' }).targets.lead).toMatchObject({
      channels: ['email'],
      ifFails: [],
    });
  });
});

import type { IncidentEvent } from '../../events/incident-events.ts';
import { acknowledge, containmentDue, decide, instead, isPouring, nextDue } from '../../src/paging/escalation.ts';
import type { Policy } from '../../src/paging/policy.ts';
import { acknowledged, attached, byDefault, closed, fold, iso, MINUTE, opened, parsed, T0 } from './fixtures.ts';

const policy = byDefault();
const escalationsIn = (events: readonly IncidentEvent[]) =>
  events.flatMap((event) => (event.type === 'IncidentEscalated' ? [event.data] : []));

/** Meets every deadline on time until a moment. */
const play = (events: readonly IncidentEvent[], until: number, by: Policy = policy): IncidentEvent[] => {
  const all = [...events];
  for (;;) {
    const due = nextDue(fold(...all), by);
    if (!due || due.at > until) return all;
    const met = decide(fold(...all), by, { now: due.at });
    expect(met.length).toBeGreaterThan(0);
    // Met once, by whichever instance was first.
    expect(decide(fold(...all, ...met), by, { now: due.at })).toEqual([]);
    all.push(...met);
  }
};
/** Whom each step paged, and how many minutes after the opening, the group window aside. */
const steps = (events: readonly IncidentEvent[]) =>
  escalationsIn(events).map(({ at, pages }) => [
    (Date.parse(at) - T0 - 500) / MINUTE,
    pages.map(({ target }) => target).join(' '),
  ]);

describe('a critical incident that no person acknowledges', () => {
  it('is paged for by the default policy: three rounds of three steps, then all of them every hour', () => {
    expect(steps(play([opened()], T0 + 200 * MINUTE))).toEqual([
      ...[0, 20, 40].flatMap((begin) => [
        [begin, 'primary'],
        [begin + 5, 'secondary'],
        [begin + 10, 'lead compliance'],
      ]),
      ...[110, 170].map((at) => [at, 'primary secondary lead compliance']),
    ]);
  });

  it('has pages of its own at each step, the same whichever instance makes them', () => {
    const events = play([opened()], T0 + 200 * MINUTE);
    const ids = escalationsIn(events).flatMap(({ pages }) => pages.map(({ pageId }) => pageId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(play([opened()], T0 + 200 * MINUTE)).toEqual(events);
  });

  it('is paged for at once where its deadline passed long ago, and the next step leaves time to answer', () => {
    const late = T0 + 300 * MINUTE;
    const [first] = escalationsIn(decide(fold(opened()), policy, { now: late }));
    expect(first).toMatchObject({
      step: 0,
      loop: 0,
      due: iso(T0 + 500),
      at: iso(late),
      deadline: iso(late + 5 * MINUTE),
    });
  });

  it('is paged for by no instance before its window is over, nor once it is part of another', () => {
    expect(decide(fold(opened()), policy, { now: T0 + 499 })).toEqual([]);
    const merged: IncidentEvent = { type: 'IncidentMerged', data: { incidentId: 'inc', into: 'release' } };
    expect(nextDue(fold(opened(), merged), policy)).toBeUndefined();
    expect(nextDue(fold(opened(), closed(T0)), policy)).toBeUndefined();
  });

  it('has no deadline where nothing to page with is set up', () => {
    expect(nextDue(fold(opened()), byDefault({ PAGERDUTY_ROUTING_KEY: '' }))).toBeUndefined();
  });
});

const staffed = (people: string) => `
critical:
  - { after: 0m, page: [primary] }
  - { after: 5m, page: [secondary] }
  - { after: 12m, page: [lead] }
loops: 2
review: { page: [lead], quietHours: null }
targets:
  primary: { channels: [pagerduty], schedule: rota }
  secondary: { channels: [pagerduty], schedule: rota }
  lead: { channels: [pagerduty]${people === '[null]' ? '' : ', schedule: rota'} }
schedules:
  rota: { from: 2036-01-07T09:00, people: ${people} }
`;

describe('a step without a person', () => {
  it('is passed over at once, in the same append', () => {
    const met = decide(fold(opened()), parsed(staffed('[null]')).policy, { now: T0 + 500 });
    expect(escalationsIn(met).map(({ step, pages }) => [step, pages.length])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    // The next round is as far away as the policy has it from the last step.
    expect(fold(opened(), ...met).escalation?.deadline).toBe(iso(T0 + 500 + 8 * MINUTE));
  });

  it('is tried again later where no step has one, and not all the time', () => {
    const alone = parsed(staffed('[anna]').replace('2036-01-07', '2040-01-02')).policy;
    const met = decide(fold(opened()), alone, { now: T0 + 500 });
    expect(escalationsIn(met).map(({ pages }) => pages.length)).toEqual([0, 0, 0]);
    expect(nextDue(fold(opened(), ...met), alone)?.at).toBe(T0 + 500 + alone.remindEveryMs);
  });
});

describe('an acknowledgement', () => {
  it('ends the escalation, until it lapses', () => {
    const events = [opened(), ...decide(fold(opened()), policy, { now: T0 + 500 })];
    const [taken] = acknowledge(fold(...events), { by: 'engineer', via: 'desk', now: T0 + MINUTE }, policy);
    expect(taken?.data).toEqual({
      ...{ incidentId: 'inc', by: 'engineer', via: 'desk', at: iso(T0 + MINUTE), lapsesAt: iso(T0 + 31 * MINUTE) },
    });
    const after = [...events, taken as IncidentEvent];
    expect(nextDue(fold(...after), policy)).toEqual({ what: 'lapse', at: T0 + 31 * MINUTE });
    expect(decide(fold(...after), policy, { now: T0 + 31 * MINUTE - 1 })).toEqual([]);
    expect(acknowledge(fold(...after), { by: 'other', via: 'desk', now: T0 + 2 * MINUTE }, policy)).toEqual([]);
  });

  it('that lapses goes on with the next step at once, in the same append', () => {
    const before = [
      opened(),
      ...decide(fold(opened()), policy, { now: T0 + 500 }),
      acknowledged(T0 + MINUTE, T0 + 31 * MINUTE),
    ];
    const met = decide(fold(...before), policy, { now: T0 + 31 * MINUTE });
    expect(met.map(({ type }) => type)).toEqual(['AcknowledgementLapsed', 'IncidentEscalated']);
    expect(escalationsIn(met)[0]).toMatchObject({ step: 1, loop: 0, pages: [{ target: 'secondary' }] });
    expect(steps(play([...before, ...met], T0 + 40 * MINUTE)).map(([, who]) => who)).toEqual([
      'primary',
      'secondary',
      'lead compliance',
    ]);
  });

  it('does not lapse once work follows', () => {
    const note: IncidentEvent = { type: 'NoteAdded', data: { incidentId: 'inc', noteId: 'note', code: 'looking' } };
    expect(nextDue(fold(opened(), acknowledged(T0, T0 + MINUTE), note), policy)).toBeUndefined();
  });

  it('holds no longer where the incident gets worse: the policy begins anew', () => {
    const events = [
      ...play([opened({ severity: 'review' })], T0 + MINUTE),
      acknowledged(T0 + 2 * MINUTE),
      { type: 'SeverityRaised', data: { incidentId: 'inc', severity: 'critical', at: iso(T0 + 3 * MINUTE) } } as const,
    ];
    expect(nextDue(fold(...events), policy)).toEqual({ what: 'step', step: 0, loop: 0, at: T0 + 3 * MINUTE });
  });
});

describe('an incident to review', () => {
  const night = Date.parse('2036-03-05T22:00:00.000Z');
  const morning = Date.parse('2036-03-06T08:00:00.000Z');

  it('is paged for by day, and at night in the morning', () => {
    const [byDay] = escalationsIn(decide(fold(opened({ severity: 'review' })), policy, { now: T0 + 500 }));
    expect(byDay).toMatchObject({
      pages: [{ target: 'primary' }],
      deadline: iso(Date.parse('2036-03-06T08:00:00.000Z')),
    });
    expect(nextDue(fold(opened({ severity: 'review', at: iso(night) })), policy)?.at).toBe(morning);
  });

  it('is told of by the page of another where several are due', () => {
    const incident = fold(opened({ severity: 'review', at: iso(night) }));
    const [teller] = escalationsIn(decide(incident, policy, { now: morning, digest: { incidents: 3 } }));
    expect(teller).toMatchObject({ tellsOf: 3, pages: [{ target: 'primary' }] });
    const [told] = escalationsIn(decide(incident, policy, { now: morning, digest: { incidents: 3, toldBy: 'first' } }));
    expect(told).toMatchObject({ toldBy: 'first', pages: [], deadline: iso(morning + 24 * 60 * MINUTE) });
  });
});

describe('a page that fails', () => {
  const two = byDefault({
    PAGE_SMTP_URL: 'smtps://mail',
    PAGE_MAIL_FROM: 'a@example.org',
    PAGE_MAIL_TO: 'b@example.org',
  });
  const paged = [opened(), ...decide(fold(opened()), two, { now: T0 + 500 })];
  const pageId = escalationsIn(paged)[0]?.pages[0]?.pageId ?? '';

  it('is sent through the next channel as well, once', () => {
    const next = instead(fold(...paged), two, pageId, T0 + MINUTE);
    expect(next).toMatchObject({ channel: 'email', target: 'primary' });
    const failed: IncidentEvent[] = [
      {
        type: 'PageAttempted',
        data: {
          incidentId: 'inc',
          messageId: pageId,
          pageId,
          channel: 'pagerduty',
          action: 'trigger',
          attempt: 1,
          instance: 'one',
          at: iso(T0),
        },
      },
      {
        type: 'PageFailed',
        data: {
          incidentId: 'inc',
          messageId: pageId,
          channel: 'pagerduty',
          attempt: 1,
          at: iso(T0),
          why: 'unwilling',
          fate: 'due',
          ...(next && { instead: next }),
        },
      },
    ];
    const after = fold(...paged, ...failed);
    expect([...after.pages.values()].map(({ channel, step, loop }) => [channel, step, loop])).toEqual([
      ['pagerduty', 0, 0],
      ['email', 0, 0],
    ]);
    expect(instead(after, two, pageId, T0 + MINUTE)).toBeUndefined();
    expect(instead(after, two, [...after.pages.keys()][1] ?? '', T0 + MINUTE)).toBeUndefined();
  });

  it('through a receiver that is known to fail is sent through the next one at once', () => {
    const channelsOf = (...failing: string[]) =>
      escalationsIn(decide(fold(opened()), two, { now: T0 + 500, failing: new Set(failing) })).flatMap(({ pages }) =>
        pages.map(({ channel }) => channel),
      );
    expect(channelsOf()).toEqual(['pagerduty']);
    expect(channelsOf('pagerduty')).toEqual(['pagerduty', 'email']);
    expect(channelsOf('email')).toEqual(['pagerduty']);
    const events = [opened(), ...decide(fold(opened()), two, { now: T0 + 500, failing: new Set(['pagerduty']) })];
    expect(instead(fold(...events), two, pageId, T0 + MINUTE)).toBeUndefined();
  });

  it('is not sent elsewhere once a person has acknowledged', () => {
    expect(instead(fold(...paged, acknowledged(T0 + MINUTE)), two, pageId, T0 + 2 * MINUTE)).toBeUndefined();
  });
});

describe('containment by policy', () => {
  const release = opened({ kind: 'release', key: 'release:1.0.0:rule' });

  it('comes after ten minutes while bytes flow, of a release alone unless the policy says otherwise', () => {
    expect(containmentDue(fold(release), policy)).toBe(T0 + 10 * MINUTE);
    expect(containmentDue(fold(opened()), policy)).toBeUndefined();
    const all = {
      ...policy,
      autoContainment: policy.autoContainment && { ...policy.autoContainment, kinds: ['viewer' as const] },
    };
    expect(containmentDue(fold(opened()), all)).toBeDefined();
    expect(containmentDue(fold(release), { ...policy, autoContainment: undefined })).toBeUndefined();
  });

  it('is for no drill, unless the policy says so', () => {
    const drill = opened({ kind: 'release', key: 'release:1.0.0:rule', drillId: 'drill' });
    expect(containmentDue(fold(drill), policy)).toBeUndefined();
    const auto = policy.autoContainment && { ...policy.autoContainment, kinds: ['release', 'drill'] as const };
    expect(containmentDue(fold(drill), { ...policy, autoContainment: auto })).toBeDefined();
  });

  it('needs no byte that flows while ten breaches came within five minutes', () => {
    const incident = fold(release, ...Array.from({ length: 10 }, (_, n) => attached(n, T0 + n * MINUTE)));
    expect(isPouring(incident, policy, T0 + 10 * MINUTE)).toBe(false);
    const more = fold(release, ...Array.from({ length: 10 }, (_, n) => attached(n, T0 + 5 * MINUTE + n * 30_000)));
    expect(isPouring(more, policy, T0 + 10 * MINUTE)).toBe(true);
    expect(isPouring(more, policy, T0 + 10 * MINUTE + 1)).toBe(false);
    expect(isPouring(more, { ...policy, autoContainment: undefined }, T0 + 10 * MINUTE)).toBe(false);
  });

  it('is not for an incident that a person has taken on, nor where playback was halted before', () => {
    expect(containmentDue(fold(release, acknowledged(T0)), policy)).toBeUndefined();
    const taken: IncidentEvent = {
      type: 'ContainmentTaken',
      data: {
        ...{ incidentId: 'inc', scope: 'release', at: iso(T0), policy: 'default', releases: ['1.0.0'] },
        ...{ views: 0, transfers: 0, viewers: 0, recordings: 0 },
      },
    };
    expect(containmentDue(fold(release, taken), policy)).toBeUndefined();
    // The policy did it, and a person has still to know.
    expect(nextDue(fold(release, taken), policy)?.what).toBe('step');
  });
});

import type { IncidentEvent } from '../../events/incident-events.ts';
import { type PagingView, pagingDesk, pagingShelf } from '../../projections/paging.ts';
import { decide, nextDue } from '../../src/paging/escalation.ts';
import { attempt, headOf } from '../../src/paging/messages.ts';
import { attempted } from '../../src/paging/outcomes.ts';
import { acknowledged, appended, byDefault, closed, fold, iso, MINUTE, opened, T0 } from './fixtures.ts';

const policy = byDefault({
  ALERTMANAGER_URL: 'https://alerts.example.org',
  PAGE_WEBHOOK_URL: 'https://hook.example.org',
  PAGE_WEBHOOK_SECRET: `whsec_${'A'.repeat(44)}`,
});
const LATE_MS = 15_000;
const lateAt = ({ attemptedAt }: { readonly attemptedAt: string }) => Date.parse(attemptedAt) + LATE_MS;
type Kind = 'pagerduty' | 'alertmanager' | 'webhook';

/** A story of an incident: each line acts on what there is. */
class Story {
  readonly events: IncidentEvent[] = [opened()];
  now = T0 + 500;

  get incident() {
    return fold(...this.events);
  }

  escalate(): this {
    this.now = Math.max(this.now, nextDue(this.incident, policy)?.at ?? 0);
    this.events.push(...decide(this.incident, policy, { now: this.now }));
    return this;
  }

  add(...events: IncidentEvent[]): this {
    this.events.push(...events);
    return this;
  }

  head(channel: Kind = 'pagerduty') {
    return headOf(this.incident, { id: channel, kind: channel }, this.now, lateAt);
  }

  /** Attempts what is due; undefined where nothing may be. */
  attempt(channel: Kind = 'pagerduty', instance = 'one'): string | undefined {
    const head = this.head(channel);
    if (!head) return undefined;
    const made = attempt(this.incident, { id: channel, kind: channel }, head.messageId, {
      now: this.now,
      instance,
      lateAt,
    });
    this.events.push(...made);
    return made[0]?.data.action;
  }

  ended(outcome: 'taken' | 'failed', channel: Kind = 'pagerduty'): this {
    const sending = [...this.incident.sendings.values()].find(
      (each) => each.channel === channel && each.state === 'under-way',
    );
    if (!sending) throw new Error('no attempt is under way');
    const { messageId, attempts: number } = sending;
    const made = { messageId, channel, number, beganAt: this.now, endedAt: this.now };
    const how =
      outcome === 'taken'
        ? ({ outcome: { kind: 'taken', status: 202 }, fate: { kind: 'delivered' } } as const)
        : ({ outcome: { kind: 'failed', why: 'no-answer' }, fate: { kind: 'due', at: this.now + 1_000 } } as const);
    this.events.push(...attempted(this.incident, policy, { ...made, ...how }));
    return this;
  }

  /** Sends all that is to be sent, and says what that was. */
  sent(channel: Kind = 'pagerduty'): string[] {
    const all: string[] = [];
    for (let action = this.attempt(channel); action; action = this.attempt(channel)) {
      all.push(action);
      this.ended('taken', channel);
    }
    return all;
  }
}

const lapsed = (at: number): IncidentEvent => ({
  type: 'AcknowledgementLapsed',
  data: { incidentId: 'inc', at: iso(at) },
});

describe('what a receiver is told of an incident', () => {
  it('is each page, and after an acknowledgement that, and the end', () => {
    const story = new Story().escalate().escalate();
    expect(story.sent()).toEqual(['trigger', 'trigger']);
    expect(story.add(acknowledged(story.now)).sent()).toEqual(['acknowledge']);
    expect(story.add(closed(story.now)).sent()).toEqual(['resolve']);
    expect(story.sent()).toEqual([]);
  });

  it('is nothing after an acknowledgement where it was not paged yet', () => {
    expect(new Story().escalate().add(acknowledged(T0)).sent()).toEqual([]);
    expect(new Story().escalate().add(closed(T0)).sent()).toEqual([]);
  });

  it('is no page after an acknowledgement, whatever was asked for before', () => {
    const story = new Story().escalate();
    expect(story.sent()).toEqual(['trigger']);
    story.escalate().add(acknowledged(story.now));
    expect(story.sent()).toEqual(['acknowledge']);
  });

  it('is the end where it may have been paged, though its answer never came', () => {
    const story = new Story().escalate();
    story.attempt();
    story.ended('failed').add(acknowledged(story.now), closed(story.now));
    expect(story.sent()).toEqual(['resolve']);
  });

  it('is no acknowledgement that came from itself, and none of an Alertmanager, which knows none', () => {
    const story = new Story().escalate();
    for (const channel of ['pagerduty', 'alertmanager', 'webhook'] as const) story.sent(channel);
    story.add(acknowledged(story.now, undefined, 'pagerduty'));
    expect(story.sent('pagerduty')).toEqual([]);
    expect(story.sent('alertmanager')).toEqual([]);
    expect(story.sent('webhook')).toEqual(['acknowledge']);
  });

  it('begins anew once an acknowledgement has lapsed: a pager that has it would not ring again', () => {
    const story = new Story().escalate();
    for (const channel of ['pagerduty', 'webhook'] as const) story.sent(channel);
    story.add(acknowledged(story.now)).sent();
    story.sent('webhook');
    story.now += 30 * MINUTE;
    story.add(lapsed(story.now)).escalate();
    expect(story.sent()).toEqual(['resolve', 'trigger']);
    expect(story.sent('webhook')).toEqual(['trigger']);
    expect(story.add(acknowledged(story.now)).sent()).toEqual(['acknowledge']);
    expect(story.add(closed(story.now)).sent()).toEqual(['resolve']);
  });
});

describe('an attempt', () => {
  it('keeps later messages of the incident from overtaking it, until it is late', () => {
    const story = new Story().escalate().escalate();
    expect(story.attempt()).toBe('trigger');
    expect(story.attempt('pagerduty', 'two')).toBeUndefined();
    story.add(acknowledged(story.now));
    // Its receiver may not have the page yet.
    expect(story.attempt('pagerduty', 'two')).toBeUndefined();
    story.now += LATE_MS;
    expect(story.attempt('pagerduty', 'two')).toBe('acknowledge');
  });

  it('that is late is made again, as the same message', () => {
    const story = new Story().escalate();
    story.attempt();
    const first = story.head()?.messageId;
    story.now += LATE_MS;
    expect(story.attempt('pagerduty', 'two')).toBe('trigger');
    const attempts = story.events.filter(({ type }) => type === 'PageAttempted');
    expect(attempts.map(({ data }) => data)).toMatchObject([
      { messageId: first, attempt: 1, instance: 'one' },
      { messageId: first, attempt: 2, instance: 'two' },
    ]);
  });

  it('that failed waits, and so does what comes after it', () => {
    const story = new Story().escalate().escalate();
    story.attempt();
    story.ended('failed');
    expect(story.attempt()).toBeUndefined();
    story.now += 1_000;
    expect(story.sent()).toEqual(['trigger', 'trigger']);
  });

  it('has its outcome on record once, and one that arrived has arrived', () => {
    const story = new Story().escalate();
    story.attempt();
    const [{ messageId = '' } = {}] = [...story.incident.sendings.values()];
    const made = { messageId, channel: 'pagerduty', beganAt: story.now, endedAt: story.now };
    const failed = { outcome: { kind: 'failed', why: 'no-answer' }, fate: { kind: 'due', at: story.now + 1 } } as const;
    const taken = { outcome: { kind: 'taken', status: 202 }, fate: { kind: 'delivered' } } as const;
    const once = attempted(story.incident, policy, { ...made, number: 1, ...failed });
    expect(once).toHaveLength(1);
    story.add(...once);
    expect(attempted(story.incident, policy, { ...made, number: 1, ...failed })).toEqual([]);
    story.now += LATE_MS;
    story.attempt('pagerduty', 'two');
    // The first instance hears late that it was taken after all.
    story.add(...attempted(story.incident, policy, { ...made, number: 1, ...taken }));
    expect(attempted(story.incident, policy, { ...made, number: 2, ...failed })).toEqual([]);
    expect(story.head()).toBeUndefined();
  });
});

describe('the list of incidents that the pager follows', () => {
  const view = (events: readonly IncidentEvent[]): PagingView =>
    events
      .map((event, i) => ({ ...appended(event, i), position: BigInt(i), recordedAt: iso(T0) }))
      .reduce(
        (before, event) => pagingDesk.evolve(before, event, 'inc'),
        undefined as PagingView | undefined,
      ) as PagingView;

  it('has each until it is over and its receivers know', () => {
    const story = new Story().escalate();
    expect(pagingShelf(view(story.events))).toBe('open');
    story.sent();
    story.add(acknowledged(story.now)).sent();
    story.add(closed(story.now));
    expect(pagingShelf(view(story.events))).toBe('open');
    story.sent();
    // The other receivers were never paged.
    expect(pagingShelf(view(story.events))).toBe('settled');
    expect(view(story.events)).toEqual(view(story.events));
  });

  it('agrees with what is left to send, through a story with everything', () => {
    const story = new Story().escalate();
    const check = () => {
      const left = (['pagerduty', 'alertmanager', 'webhook'] as const).filter((channel) => story.head(channel));
      const { status } = story.incident;
      const isOver = status === 'closed' || status === 'merged';
      expect([pagingShelf(view(story.events)), isOver && left.length === 0]).toEqual(
        isOver && left.length === 0 ? ['settled', true] : ['open', false],
      );
    };
    const everywhere = () => {
      for (const channel of ['pagerduty', 'alertmanager', 'webhook'] as const) {
        story.sent(channel);
        check();
      }
    };
    everywhere();
    story.add(acknowledged(story.now));
    everywhere();
    story.now += 30 * MINUTE;
    story.add(lapsed(story.now)).escalate();
    check();
    story.attempt();
    check();
    story.ended('taken').add(closed(story.now));
    check();
    everywhere();
    expect(pagingShelf(view(story.events))).toBe('settled');
  });

  it('has none whose end was given up', () => {
    const story = new Story().escalate();
    story.sent();
    story.add(closed(story.now));
    story.attempt();
    const [sending] = [...story.incident.sendings.values()].filter(({ action }) => action === 'resolve');
    const made = { messageId: sending?.messageId ?? '', channel: 'pagerduty', number: 1, beganAt: T0, endedAt: T0 };
    const given = { outcome: { kind: 'failed', why: 'unwilling' }, fate: { kind: 'given-up' } } as const;
    story.add(...attempted(story.incident, policy, { ...made, ...given }));
    expect(pagingShelf(view(story.events))).toBe('settled');
  });
});

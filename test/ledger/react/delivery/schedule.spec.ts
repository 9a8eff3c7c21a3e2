import fc from 'fast-check';
import type { Outcome } from '../../../../src/ledger/react/delivery/outcome.ts';
import { afterAttempt, type ChannelState, type Schedule } from '../../../../src/ledger/react/delivery/schedule.ts';

const schedule: Schedule = {
  firstMs: 1_000,
  longestMs: 60_000,
  longestRetryAfterMs: 600_000,
  giveUpAfterMs: 3_600_000,
};
const healthy = { kind: 'healthy' } as const;
const away: Outcome = { kind: 'failed', why: 'not-connected', code: 'ECONNREFUSED' };
const asking = (retryAfterMs: number): Outcome => ({ kind: 'failed', why: 'unwilling', status: 429, retryAfterMs });
const now = 1_000_000_000_000;
const fresh = { at: now, attempts: 1 };
const at = (random: number, time = now) => ({ beganAt: time, now: time, random, schedule });

/** Each attempt once the pause before it is over, the last one at `now`. */
const failing = (times: number, random = 1): ChannelState => {
  let channel: ChannelState = healthy;
  for (let n = 0; n < times; n += 1) channel = afterAttempt(paused(channel, now), fresh, away, at(random)).channel;
  return channel;
};
const paused = (channel: ChannelState, until: number): ChannelState =>
  channel.kind === 'failing' ? { ...channel, pausedUntil: until } : channel;

describe('the schedule of deliveries', () => {
  it('is done with a message that was taken, and its channel is healthy whatever was before', () => {
    expect(afterAttempt(failing(5), fresh, { kind: 'taken', status: 204 }, at(0.5))).toEqual({
      channel: healthy,
      fate: { kind: 'delivered' },
    });
  });

  it('pauses a channel for longer with each failure in a row, with chance in it, up to the longest', () => {
    const pauses = (random: number) =>
      [1, 2, 3, 4, 5, 6, 7, 30].map((times) => {
        const channel = failing(times, random);
        return channel.kind === 'failing' ? channel.pausedUntil - now : 0;
      });
    expect(pauses(0)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(pauses(1)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('may have pauses of its own, without chance, the last for every further failure', () => {
    const own = { ...schedule, pausesMs: [1_000, 5_000, 30_000, 120_000, 300_000], giveUpAfterMs: 10 * 3_600_000 };
    let [channel, time]: [ChannelState, number] = [healthy, now];
    const pauses: number[] = [];
    // A receiver that is away for an hour.
    for (let attempts = 1; time < now + 3_600_000; attempts += 1) {
      const after = afterAttempt(channel, { at: now, attempts }, away, {
        beganAt: time,
        now: time,
        random: 0.7,
        schedule: own,
      });
      if (after.channel.kind !== 'failing' || after.fate.kind !== 'due') throw new Error('it was given up');
      expect(after.fate.at).toBe(after.channel.pausedUntil);
      pauses.push(after.channel.pausedUntil - time);
      [channel, time] = [after.channel, after.channel.pausedUntil];
    }
    expect(pauses.slice(0, 4)).toEqual([1_000, 5_000, 30_000, 120_000]);
    expect(new Set(pauses.slice(4))).toEqual(new Set([300_000]));
  });

  it('pauses a channel no longer for attempts that its pause did not hold up, however many', () => {
    let channel = failing(1);
    const [until] = channel.kind === 'failing' ? [channel.pausedUntil] : [];
    for (let n = 0; n < 10; n += 1) channel = afterAttempt(channel, fresh, away, at(1, now + n)).channel;
    expect(channel).toMatchObject({ failures: 1, pausedUntil: until });
    // One that began within it and was over after it.
    const late = { ...at(1, now + 60_000), beganAt: now + 500 };
    expect(afterAttempt(channel, fresh, away, late).channel).toMatchObject({ failures: 1, pausedUntil: until });
    expect(afterAttempt(channel, fresh, asking(30_000), at(1)).channel).toMatchObject({ pausedUntil: now + 30_000 });
  });

  it('says since when a channel fails, how often, and why', () => {
    const first = afterAttempt(healthy, fresh, away, at(0)).channel;
    const later = afterAttempt(first, fresh, { kind: 'failed', why: 'unwilling', status: 500 }, at(0, now + 5_000));
    expect(later.channel).toEqual({
      ...{ kind: 'failing', since: now, failures: 2, why: 'unwilling', status: 500 },
      pausedUntil: now + 7_000,
    });
  });

  it('leaves a receiver alone for as long as it asks, between the first pause and the longest of such times', () => {
    for (const [asked, waited] of [
      [0, 1_000],
      [30_000, 30_000],
      [300_000, 300_000],
      [86_400_000, 600_000],
    ] as const) {
      // Whatever its own count of failures says.
      const { channel, fate } = afterAttempt(failing(9), { ...fresh, attempts: 9 }, asking(asked), at(0.5));
      expect(channel).toMatchObject({ kind: 'failing', pausedUntil: now + waited });
      expect(fate).toEqual({ kind: 'due', at: now + waited });
    }
  });

  it('lets only the message wait that a receiver refused', () => {
    const { channel, fate } = afterAttempt(
      failing(3),
      { at: now, attempts: 3 },
      { kind: 'refused', status: 422 },
      at(0),
    );
    expect(channel).toEqual(healthy);
    expect(fate).toEqual({ kind: 'due', at: now + 4_000 });
  });

  it('gives a message up at its age and not before, however often it failed and however the receiver answers', () => {
    const outcome = fc.constantFrom<Outcome>(away, asking(5), asking(1e12), { kind: 'refused', status: 400 });
    fc.assert(
      fc.property(
        outcome,
        fc.nat(10_000),
        fc.nat(7_200_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...drawn) => {
          const [what, attempts, age, random] = drawn;
          const { fate } = afterAttempt(
            failing(attempts % 20),
            { at: now - age, attempts: attempts + 1 },
            what,
            at(random),
          );
          if (age >= schedule.giveUpAfterMs) return fate.kind === 'given-up';
          if (fate.kind !== 'due') return false;
          const wait = fate.at - now;
          return wait >= schedule.firstMs && wait <= Math.max(schedule.longestMs, schedule.longestRetryAfterMs);
        },
      ),
    );
  });
});

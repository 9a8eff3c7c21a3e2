import { LONGEST_TIMER_MS, timerMs } from '../../src/flow/timers.ts';
import { within } from '../../src/flow/within.ts';

const tooLate = () => new Error('too late');
const never = new Promise<never>(() => undefined);

describe('waiting within a time', () => {
  it('gives what the work gave, or its own failure', async () => {
    expect(await within(Promise.resolve(7), 1_000, tooLate)).toBe(7);
    await expect(within(Promise.reject(new Error('broken')), 1_000, tooLate)).rejects.toThrow('broken');
  });

  it('ends when the time does, and lets the late outcome be', async () => {
    let fail: (error: Error) => void = () => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    await expect(within(work, 5, tooLate)).rejects.toThrow('too late');
    // Were it not taken care of, this would be an unhandled rejection and end the process.
    fail(new Error('nobody waits for this'));
    await new Promise(setImmediate);
  });

  it('ends when it is aborted, with the reason', async () => {
    const abort = new AbortController();
    const waiting = within(never, 60_000, tooLate, abort.signal);
    abort.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(within(never, 60_000, tooLate, abort.signal)).rejects.toThrow('stopping');
  });

  it('may be told to wait for longer than a timer can', async () => {
    const abort = new AbortController();
    let ended = false;
    const waiting = within(never, Number.POSITIVE_INFINITY, tooLate, abort.signal).finally(() => {
      ended = true;
    });
    // A timer that was set for too long fires after a millisecond.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    abort.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    expect(timerMs(LONGEST_TIMER_MS + 1)).toBe(LONGEST_TIMER_MS);
    expect(timerMs(5)).toBe(5);
  });
});

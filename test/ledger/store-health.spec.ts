import { AppendWatch } from '../../src/ledger/append-watch.ts';
import { LedgerUnavailable, WrongExpectedRevision } from '../../src/ledger/errors.ts';
import { CLOCKS_APART, StoreClock } from '../../src/ledger/store-clock.ts';

describe('appends', () => {
  let now = 0;
  let watch: AppendWatch;
  beforeEach(() => {
    now = 0;
    watch = new AppendWatch(() => now);
  });
  const failed = (error: Error) => expect(watch.watch(Promise.reject(error))).rejects.toBe(error);

  it('work while there are none, and while they succeed', async () => {
    watch.assertWorking();
    expect(await watch.watch(Promise.resolve(7))).toBe(7);
    watch.assertWorking();
  });

  it('do not work from a failure until the next success', async () => {
    await failed(new LedgerUnavailable('no answer'));
    expect(() => watch.assertWorking()).toThrow('the last append failed');
    await watch.watch(Promise.resolve());
    watch.assertWorking();
  });

  it('get another chance some seconds after a failure, since an instance that is not ready is asked for none', async () => {
    await failed(new LedgerUnavailable('no answer'));
    now = 9_999;
    expect(() => watch.assertWorking()).toThrow('the last append failed');
    now = 10_000;
    watch.assertWorking();
  });

  it('do not work while one hangs, whatever others do', async () => {
    let answer: () => void = () => {};
    const hanging = watch.watch(new Promise<void>((resolve) => (answer = resolve)));
    now = 2_000;
    watch.assertWorking();
    now = 2_001;
    await watch.watch(Promise.resolve());
    expect(() => watch.assertWorking()).toThrow('an append has been under way for 2001 ms');
    answer();
    await hanging;
    watch.assertWorking();
  });

  it('work when somebody else was first: the store said so', async () => {
    await failed(new LedgerUnavailable('no answer'));
    await failed(new WrongExpectedRevision('patient-1'));
    watch.assertWorking();
  });
});

describe('the clocks of the store and of this machine', () => {
  const NOON = Date.parse('2026-05-04T12:00:00Z');
  let wall = NOON;
  let steady = 0;
  let told: string[] = [];
  let clock: StoreClock;
  beforeEach(() => {
    [wall, steady, told] = [NOON, 0, []];
    clock = new StoreClock((line) => told.push(line), { wall: () => wall, steady: () => steady });
  });
  const saw = (seconds: number) => clock.saw(new Date(wall + seconds * 1_000).toISOString());
  const pass = (ms: number) => {
    wall += ms;
    steady += ms;
  };

  it('agree before anything is known, and while they are less than a minute apart', () => {
    expect(clock.check()).toBeUndefined();
    for (const seconds of [0, 59, -59]) {
      saw(seconds);
      expect(clock.check()).toBeUndefined();
    }
    expect(told).toEqual([]);
  });

  it.each([
    [61, 'ahead of'],
    [-299, 'behind'],
  ])('have a word and one line of the log when they are %i s apart', (seconds, how) => {
    saw(seconds);
    saw(seconds);
    expect(clock.check()).toBe(CLOCKS_APART);
    expect(told).toEqual([`the store's clock is ${Math.abs(seconds)} s ${how} this machine's: set them by NTP`]);
    saw(0);
    expect(clock.check()).toBeUndefined();
    expect(told).toHaveLength(2);
  });

  it.each([301, -301])('are a failure when they are %i s apart', (seconds) => {
    saw(seconds);
    expect(() => clock.check()).toThrow(/301 s/);
  });

  it('agree when nothing happens for long: an old event says nothing', () => {
    saw(0);
    pass(3_600_000);
    expect(clock.check()).toBeUndefined();
  });

  it('agree again when this machine’s is set right, before any other event', () => {
    saw(600);
    expect(() => clock.check()).toThrow();
    wall += 600_000;
    expect(clock.check()).toBeUndefined();
  });

  it('get another chance after a while without events, since an instance that is not ready makes none', () => {
    saw(600);
    pass(10 * 60_000);
    expect(clock.check()).toBeUndefined();
  });
});

import { Changes } from '../../src/flow/changes.ts';

describe('waiting for a change', () => {
  it('ends at once where the condition holds', async () => {
    expect(await new Changes().until(() => true, 60_000)).toBe(true);
  });

  it('ends with the announcement after which it holds, for each waiter by its own condition', async () => {
    const changes = new Changes();
    let count = 0;
    const [two, three] = [2, 3].map((wanted) => changes.until(() => count >= wanted, 60_000));
    let isThree = false;
    void three?.then(() => {
      isThree = true;
    });
    for (; count < 2; count += 1) changes.announce();
    changes.announce();
    expect(await two).toBe(true);
    expect(isThree).toBe(false);
    count = 3;
    changes.announce();
    expect(await three).toBe(true);
  });

  it('says so when it did not come in time, and looks no more', async () => {
    const changes = new Changes();
    let looks = 0;
    const waiting = changes.until(() => {
      looks += 1;
      return false;
    }, 5);
    expect(await waiting).toBe(false);
    changes.announce();
    expect(looks).toBe(1);
  });

  it('may wait for longer than a timer can', async () => {
    const changes = new Changes();
    let holds = false;
    const waiting = changes.until(() => holds, Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, 20));
    holds = true;
    changes.announce();
    expect(await waiting).toBe(true);
  });
});

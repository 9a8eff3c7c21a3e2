import { pageOf } from '../../src/flow/page.ts';

const self = (n: number) => n;

describe('a page of a list', () => {
  it('names the place after which the next one begins, where there is one', () => {
    expect(pageOf([1, 2, 3], 2, self)).toEqual({ items: [1, 2], next: 2 });
    expect(pageOf([1, 2], 2, self)).toEqual({ items: [1, 2], next: null });
    expect(pageOf([0], 1, self, true)).toEqual({ items: [0], next: 0 });
  });

  it('is the last where nothing was found, whatever is said of more', () => {
    expect(pageOf([], 2, self, true)).toEqual({ items: [], next: null });
  });
});

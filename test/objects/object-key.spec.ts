import { isObjectKey, type KeyPolicy, objectKey } from '../../src/objects/object-key.ts';

const anything = () => true;
const policyOf = (length: number): KeyPolicy => ({ noun: 'book', segments: Array.from({ length }, () => anything) });

describe('the key of an object', () => {
  it.each(['a', 'a-b_c.webm', '-', 'x'.repeat(128)])('may be %j', (text) => {
    expect(objectKey(text, policyOf(1))).toBe(text);
  });

  // Whatever a policy allows: these are other paths, other addresses, or the store's own.
  it.each(['', '.', '..', '.incoming', 'a b', 'a\\b', 'a\0', 'a\n', 'a%2f', 'ä', 'a:b', '~', 'x'.repeat(129)])(
    'is never %j',
    (text) => {
      expect(() => objectKey(text, policyOf(1))).toThrow(TypeError);
      expect(isObjectKey(`a/${text}`, policyOf(2))).toBe(false);
      expect(isObjectKey(`${text}/a`, policyOf(2))).toBe(false);
    },
  );

  it('has as many segments as its policy, and at most seven', () => {
    expect(isObjectKey('a/b', policyOf(1))).toBe(false);
    expect(isObjectKey('a', policyOf(2))).toBe(false);
    expect(isObjectKey('a/b/', policyOf(2))).toBe(false);
    expect(isObjectKey('a/b/c/d/e/f/g', policyOf(7))).toBe(true);
    expect(isObjectKey('a/b/c/d/e/f/g/h', policyOf(8))).toBe(false);
    expect(isObjectKey('', policyOf(0))).toBe(false);
  });

  it('is asked of its policy segment by segment', () => {
    const policy: KeyPolicy = { noun: 'book', segments: [(shelf) => shelf === 's', (book) => book === 'b'] };
    expect(isObjectKey('s/b', policy)).toBe(true);
    expect(isObjectKey('b/s', policy)).toBe(false);
    expect(() => objectKey('b/s', policy)).toThrow('not the key of a book: "b/s"');
  });
});

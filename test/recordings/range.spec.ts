import * as fc from 'fast-check';
import { contentRange, parseRange, RangeNotSatisfiable } from '../../src/recordings/range.ts';

const part = (first: number, last: number) => ({ kind: 'part', first, last });
const whole = { kind: 'whole' };

describe('asking for a part of a recording', () => {
  it.each([
    ['bytes=0-499', part(0, 499)],
    ['bytes=500-999', part(500, 999)],
    ['bytes=0-0', part(0, 0)],
    ['bytes=9999-9999', part(9_999, 9_999)],
    ['bytes=9500-', part(9_500, 9_999)],
    ['bytes=0-', part(0, 9_999)],
    ['bytes=9500-20000', part(9_500, 9_999)],
    ['bytes=-500', part(9_500, 9_999)],
    ['bytes=-20000', part(0, 9_999)],
    ['Bytes=0-1', part(0, 1)],
    ['bytes= 0-1 ', part(0, 1)],
    ['bytes=,0-1,', part(0, 1)],
  ])('reads %s of 10,000 bytes', (range, expected) => {
    expect(parseRange({ range, totalBytes: 10_000 })).toEqual(expected);
  });

  it.each([
    ['no range', undefined],
    ['a unit it does not know', 'items=0-5'],
    ['several ranges', 'bytes=0-1,5-6'],
  ])('answers %s with the whole', (_, range) => {
    expect(parseRange({ range, totalBytes: 10_000 })).toEqual(whole);
  });

  it.each([
    'bytes=10000-',
    'bytes=10000-10001',
    'bytes=5-4',
    'bytes=-0',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=a-b',
    'bytes=0x10-0x20',
    'bytes=1.5-3',
    'bytes=-5-10',
    'bytes=0-1,x',
    'bytes=99999999999999999999999-',
  ])('refuses %s and says how much there is', (range) => {
    const asked = () => parseRange({ range, totalBytes: 10_000 });
    expect(asked).toThrow(RangeNotSatisfiable);
    expect(asked).toThrow(expect.objectContaining({ contentRange: 'bytes */10000' }));
  });

  it.each(['bytes=0-', 'bytes=-1', 'bytes=0-0'])('refuses %s of nothing', (range) => {
    expect(() => parseRange({ range, totalBytes: 0 })).toThrow(RangeNotSatisfiable);
  });

  it('gives the part only while the entity tag is the one asked for', () => {
    const asked = { range: 'bytes=0-1', totalBytes: 10 };
    expect(parseRange({ ...asked, ifRange: '"a"', etag: '"a"' })).toEqual(part(0, 1));
    expect(parseRange({ ...asked, ifRange: '"b"', etag: '"a"' })).toEqual(whole);
    expect(parseRange({ ...asked, ifRange: 'W/"a"', etag: 'W/"a"' })).toEqual(whole);
    expect(parseRange({ ...asked, ifRange: 'Wed, 21 Oct 2026 07:28:00 GMT', etag: '"a"' })).toEqual(whole);
  });

  it('never gives a position that is not there, whatever is asked', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^bytes=[\d,\- ]{0,12}$/),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    );
    return fc.assert(
      fc.property(text, fc.nat(1_000), (range, totalBytes) => {
        try {
          const wanted = parseRange({ range, totalBytes });
          if (wanted.kind === 'whole') return true;
          return 0 <= wanted.first && wanted.first <= wanted.last && wanted.last < totalBytes;
        } catch (error) {
          return error instanceof RangeNotSatisfiable;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is told which part it got', () => {
    expect(contentRange({ first: 2, last: 5 }, 10)).toBe('bytes 2-5/10');
  });
});

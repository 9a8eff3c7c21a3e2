import { bytes, clockLength, counted, length, sentence } from '../../console/src/parts/words.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('words of the console', () => {
  it.each([
    [0, '00:00'],
    [4 * MINUTE + 59 * SECOND, '04:59'],
    [2 * HOUR + 4 * MINUTE + 59 * SECOND, '2:04:59'],
    [3 * DAY + 2 * HOUR + 4 * MINUTE, '3 d 02:04'],
    [-MINUTE, '01:00'],
  ])('count %d ms down as %s', (ms, said) => expect(clockLength(ms)).toBe(said));

  it.each([
    [320, '320 ms'],
    [3_260, '3.3 s'],
    [42 * SECOND, '42 s'],
    [4 * MINUTE + 30 * SECOND, '4 min'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
    [3 * HOUR, '3 h'],
    [3 * DAY, '3 d'],
  ])('tell that something took %d ms as %s', (ms, said) => expect(length(ms)).toBe(said));

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 KB'],
    [999_999, '1,000 KB'],
    [28_800_044, '28.8 MB'],
    [5e15, '5,000 TB'],
  ])('tell %d bytes as %s', (n, said) => expect(bytes(n)).toBe(said));

  it('count one and many, and make codes sentences', () => {
    expect([counted(1, 'breach', 'breaches'), counted(2_000, 'view')]).toEqual(['1 breach', '2,000 views']);
    expect(sentence('release-regression')).toBe('Release regression');
  });
});

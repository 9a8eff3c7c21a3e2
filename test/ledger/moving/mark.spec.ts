import fc from 'fast-check';
import { canBeMarked, marked, unmarked } from '../../../src/ledger/moving/mark.ts';
import { timeOf } from '../../../src/ledger/moving/raw-store.ts';

const mark = {
  recordedAt: '2026-03-01T08:00:00.1234567Z',
  position: { commit: 18_446_744_073_709_551_615n, prepare: 7n },
};

const there = (metadata: string) => marked(Buffer.from(metadata), mark) ?? Buffer.from('not marked');

describe('marking the metadata of a moved event', () => {
  it.each([
    ['{"actor":{"id":"a","roles":[]}}', /^\{"actor":\{"id":"a","roles":\[\]\},"\$movedFrom":\{.*\}\}$/],
    ['{}', /^\{"\$movedFrom":\{.*\}\}$/],
    [
      '{ "n" : 1.0 , "big":12345678901234567890 }\n',
      /^\{ "n" : 1\.0 , "big":12345678901234567890 ,"\$movedFrom":\{.*\}\}\n$/,
    ],
    ['', /^\{"\$movedFrom":\{.*\}\}$/],
  ])('leaves every other byte of %j as it was', (metadata, expected) => {
    expect(there(metadata).toString()).toMatch(expected);
    expect(JSON.parse(there(metadata).toString()).$movedFrom).toEqual({
      recordedAt: mark.recordedAt,
      position: 'C:18446744073709551615/P:7',
    });
  });

  it('is taken back to the byte, whatever the metadata are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (fields, spaces) => {
        const before = Buffer.from(JSON.stringify(fields, undefined, spaces));
        const taken = unmarked(marked(before, mark) as Buffer);
        expect(taken.metadata.equals(before)).toBe(true);
        expect(taken.mark).toEqual(mark);
      }),
    );
  });

  it.each(['[1]', '"text"', 'null', '{"a":', 'bytes'])(
    'is not done where there is no object to say it in: %s',
    (text) => {
      expect(marked(Buffer.from(text), mark)).toBeUndefined();
      expect(canBeMarked(Buffer.from(text))).toBe(false);
    },
  );

  it.each([
    ['within another field', `{"a":${there('{}').toString()}}`],
    ['with a time that is none', '{"$movedFrom":{"recordedAt":"soon","position":"C:1/P:1"}}'],
    ['within a text', JSON.stringify({ a: there('{}').toString() })],
  ])('is not found %s', (_, metadata) => {
    const taken = unmarked(Buffer.from(metadata));
    expect([taken.mark, taken.metadata.toString()]).toEqual([undefined, metadata]);
  });

  it('keeps the store’s time to its last digit', () => {
    expect(timeOf(17_723_520_001_234_567n)).toBe('2026-03-01T08:00:00.1234567Z');
    expect(timeOf(17_723_520_000_000_000n)).toBe('2026-03-01T08:00:00.0000000Z');
  });
});

import { outcomeOf, retryAfterMs } from '../../../../src/ledger/react/delivery/outcome.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

describe('the answer of a receiver', () => {
  it.each([200, 201, 202, 204])('takes the message with %i', (status) => {
    expect(outcomeOf(status, undefined, now)).toEqual({ kind: 'taken', status });
  });

  it.each([400, 409, 413, 415, 422])('refuses this message with %i', (status) => {
    expect(outcomeOf(status, undefined, now)).toEqual({ kind: 'refused', status });
  });

  it.each([401, 403, 404, 405, 408, 410, 425, 429, 500, 502, 503, 504, 599])(
    'speaks of the receiver with %i',
    (status) => {
      expect(outcomeOf(status, undefined, now)).toEqual({ kind: 'failed', why: 'unwilling', status });
    },
  );

  it.each([300, 301, 302, 303, 304, 307, 308])('is no address to follow with %i', (status) => {
    expect(outcomeOf(status, undefined, now)).toEqual({ kind: 'failed', why: 'redirected', status });
  });

  it('may ask for time with 429 and 503, and with no other status', () => {
    for (const status of [429, 503]) expect(outcomeOf(status, '30', now)).toMatchObject({ retryAfterMs: 30_000 });
    for (const status of [200, 404, 422, 500, 502])
      expect(outcomeOf(status, '30', now)).not.toHaveProperty('retryAfterMs');
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ])('%j is %i ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each(
    [undefined, '', '-1', '1.5', 'soon', '2027', '2026-03-01T12:00:30Z', 'Xxx, 99 Foo 2026 12:00:30 GMT'].filter(
      (text) => text !== '2027',
    ),
  )('%j is none', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});

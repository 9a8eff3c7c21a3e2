import fc from 'fast-check';
import type { MediaEvent } from '../../events/media-events.ts';
import { isOwedTo, type MediaSession, mediaSessionAfter, presentIn, wereIn } from '../../projections/media-session.ts';
import { isWithin } from '../../src/media/claims.ts';

type Told = Extract<MediaEvent, { type: 'ProviderEventReceived' }>['data'];
const at = (second: number) => new Date(Date.UTC(2036, 4, 4, 9, 0, second)).toISOString();
let n = 0;
const told = (fact: Told['fact'], second: number, more: Partial<Told> = {}): MediaEvent => ({
  type: 'ProviderEventReceived',
  data: {
    ...{ mediaSessionId: 'room-1', connection: 'livekit', providerEventId: `e-${n++}`, fact, occurredAt: at(second) },
    ...more,
  },
});
const of = (personId: string, presenceId: string) => ({ personId, presenceId });
const fold = (events: readonly MediaEvent[]): MediaSession =>
  events.reduce<MediaSession | undefined>(
    (session, event) => mediaSessionAfter(session, event as never),
    undefined,
  ) as MediaSession;

const tape: readonly MediaEvent[] = [
  told('session-opened', 0),
  told('participant-joined', 1, of('pat-1', 'a')),
  told('participant-joined', 2, of('doc-1', 'b')),
  told('participant-left', 3, of('pat-1', 'a')),
  told('participant-joined', 4, of('pat-1', 'c')),
  told('participant-aborted', 5, of('pat-9', 'd')),
  told('recording-began', 6, { recorderId: 'r-1' }),
  told('recording-ended', 7, { recorderId: 'r-1', files: [{ key: 'egress/1.webm' }] }),
  told('participant-left', 8, of('doc-1', 'b')),
];

describe('who is in a media session', () => {
  it('is the same in whatever order it was told, and however often', () => {
    const whole = fold(tape);
    expect([[...presentIn(whole)], [...wereIn(whole)].sort()]).toEqual([['pat-1'], ['doc-1', 'pat-1']]);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...tape], { minLength: tape.length }),
        fc.subarray([...tape]),
        fc.nat(tape.length),
        (order, again, where) => {
          const session = fold([...order.slice(0, where), ...again, ...order.slice(where)]);
          expect(presentIn(session)).toEqual(presentIn(whole));
          expect(new Set(wereIn(session))).toEqual(new Set(wereIn(whole)));
          expect(session.recorders).toEqual(whole.recorders);
        },
      ),
    );
  });

  it('is no one once the session was closed, whatever leave was lost and whenever the close came', () => {
    const closed = told('session-closed', 9);
    for (const events of [
      [...tape, closed],
      [closed, ...tape],
      [closed, ...tape.filter((_, i) => i !== 8)],
    ])
      expect(presentIn(fold(events)).size).toBe(0);
  });

  it('counts people of whom only the leave was told, and none who never got in', () => {
    const session = fold([
      told('participant-left', 3, of('pat-1', 'a')),
      told('participant-aborted', 4, of('pat-2', 'b')),
    ]);
    expect([[...wereIn(session)], [...presentIn(session)]]).toEqual([['pat-1'], []]);
  });
});

describe('a session of which its server may know more', () => {
  const began = told('recording-began', 1, { recorderId: 'r-1' });
  const ended = told('recording-ended', 2, { recorderId: 'r-1', files: [] });
  const closed = told('session-closed', 3);
  it.each([
    ['threw events away', [told('other', 1, { dropped: 2 })], true],
    ['closed it while its recorder ran', [began, closed], true],
    ['named no file of its recorder', [began, ended, closed], true],
    [
      'was asked, and has none',
      [began, ended, closed, told('recording-ended', 4, { recorderId: 'r-1', reconciled: true })],
      false,
    ],
    ['told its end and its file', [...tape, closed], false],
  ])('is one whose server %s', (_, events, isOwed) => {
    expect(isOwedTo(fold(events))).toBe(isOwed);
  });
});

describe('a recorder', () => {
  const session = fold([...tape, told('session-closed', 600)]);
  it.each([
    [at(1), at(599), true],
    [at(-59), at(660), true],
    [at(-61), at(600), false],
    [at(1), at(661), false],
    [undefined, undefined, true],
  ])('that ran from %s until %s ran while people were in the session: %s', (from, until, isIn) => {
    expect(isWithin(session, from, until)).toBe(isIn);
  });
});

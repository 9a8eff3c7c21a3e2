import { controlsIn, looksOf } from '../../console/src/history/looks.ts';
import { exportFilter, type HistoryRow, KINDS, questionIn } from '../../console/src/history/question.ts';
import { historyKinds } from '../../projections/history.ts';

describe('a question in an address', () => {
  it('has the kinds of row that the ledger has', () => {
    expect([...KINDS].sort()).toEqual([...historyKinds].sort());
  });

  it('is read from it, with what is no part of a question left out', () => {
    const asked = {
      viewerId: 'eve',
      kind: 'opened',
      release: 2020.6,
      entitled: false,
      from: '2020-06-09T10:00',
      page: 3,
    };
    expect(questionIn(asked)).toEqual({
      viewerId: 'eve',
      kind: 'opened',
      release: '2020.6',
      entitled: 'false',
      from: new Date('2020-06-09T10:00').toISOString(),
    });
  });

  it.each([
    [{ asOf: 1234 }, { asOf: '1234' }],
    [{ asOf: '2020-06-09T10:00:00Z' }, { asOf: '2020-06-09T10:00:00.000Z' }],
    [{ asOf: 'yesterday' }, {}],
    [{ kind: 'everything' }, {}],
    [{ from: 'soon', to: {} }, {}],
    [{ verdict: ['flagged'] }, {}],
    [{ patientId: '  ' }, {}],
    [
      { rules: 'current', order: 'oldest' },
      { rules: 'current', order: 'oldest' },
    ],
  ])('reads %j as %j', (search, question) => {
    expect(questionIn(search)).toEqual(question);
  });

  it('is the filter of an export, which says by itself when it is asked', () => {
    const question = questionIn({ viewerId: 'eve', kind: 'opened', entitled: 'false', asOf: 12, rules: 'current' });
    expect(exportFilter(question)).toEqual({ viewerId: 'eve', kind: ['opened'], entitled: false });
  });
});

const row = (position: number, kind: HistoryRow['kind'], more: Partial<HistoryRow> = {}): HistoryRow => ({
  position,
  part: 0,
  at: `2020-06-09T12:00:${String(position).padStart(2, '0')}.000Z`,
  kind,
  viewerId: 'eve',
  patientId: 'pat-1',
  eventId: `event-${position}`,
  stream: 'patient-pat-1',
  revision: position,
  ...more,
});
const at = (second: number) => Date.parse('2020-06-09T12:00:00Z') + second * 1000;

describe('rows of the access history as a picture', () => {
  it('are one look for a view, as far as it got, with all of its bytes and its flag', () => {
    const view = { viewId: 'view-1', recordingId: 'rec-1' };
    const rows = [
      row(4, 'played', { ...view, secondsPlayed: 10, bytesServed: 100 }),
      row(3, 'played', { ...view, secondsPlayed: 5, bytesServed: 50 }),
      row(2, 'flagged', view),
      row(1, 'opened', view),
    ];
    for (const order of [rows, [...rows].reverse()])
      expect(looksOf(order)).toEqual([
        {
          ...{ id: 'view-1', at: at(1), rung: 'played', flagged: true },
          ...{ viewerId: 'eve', patientId: 'pat-1', recordingId: 'rec-1', seconds: 15, bytes: 150 },
        },
      ]);
  });

  it('are a look for each recording on a list, and one for a consultation without', () => {
    const looks = looksOf([
      row(1, 'shown', { recordingIds: ['rec-1', 'rec-2'] }),
      row(2, 'shown', { recordingIds: [] }),
    ]);
    expect(looks.map(({ rung, recordingId }) => [rung, recordingId])).toEqual([
      ['listed', 'rec-1'],
      ['listed', 'rec-2'],
      ['listed', undefined],
    ]);
    expect(new Set(looks.map(({ id }) => id)).size).toBe(3);
  });

  it('show a witnessed view when it is said to have happened', () => {
    const [look] = looksOf([row(9, 'opened', { viewId: 'view-1', occurredAt: '2020-06-09T12:00:02.000Z' })]);
    expect(look?.at).toBe(at(2));
  });

  it('have what people did about it as steps of the desk', () => {
    const steps = controlsIn([row(1, 'opened'), row(2, 'suspended', { actorId: 'boss' }), row(3, 'resumed')]);
    expect(steps.map(({ kind, says, at: when }) => [kind, says, when])).toEqual([
      ['contain', 'viewer suspended by boss', at(2)],
      ['other', 'playback resumed', at(3)],
    ]);
  });
});

import {
  blastLayout,
  MOST_NODES,
  nextNode,
  nodeName,
  type Pair,
  ROW,
  reached,
} from '../../console/src/pictures/blast-layout.ts';
import {
  type DeskStep,
  exposureLayout,
  type Look,
  markName,
  nextMark,
  TARGET,
  wholeSpan,
} from '../../console/src/pictures/exposure-layout.ts';
import { hoursOf } from '../../console/src/pictures/hours-layout.ts';
import { ticks, zoneOffset } from '../../console/src/pictures/time-axis.ts';

const at = (time: string): number => Date.parse(`2020-06-09T${time}Z`);
const timeZone = 'Europe/London';

describe('the ticks of a span', () => {
  it.each([
    ['12:00:00', '12:00:40', 4, ['13:00:00', '13:00:15', '13:00:30']],
    ['12:00:00', '12:20:00', 8, ['13:00', '13:05', '13:10', '13:15', '13:20']],
    ['01:10:00', '22:00:00', 8, ['03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00']],
  ])('from %s to %s, %i at most, are full times of the zone', (from, until, most, labels) => {
    const found = ticks({ from: at(from), until: at(until) }, most, timeZone).map(({ label }) => label);
    expect(found).toEqual(labels);
  });

  it.each([1, 60, 3600, 86_400, 30 * 86_400, 400 * 86_400, 4000 * 86_400])(
    'of %i seconds are never more than were asked for',
    (seconds) => {
      for (const most of [1, 3, 8]) {
        const from = at('12:00:07');
        const found = ticks({ from, until: from + seconds * 1000 }, most, timeZone);
        expect(found.length).toBeLessThanOrEqual(most + 1);
      }
    },
  );

  it('know how far a zone is ahead, in summer and in winter', () => {
    expect(zoneOffset(at('12:00:00'), timeZone)).toBe(3_600_000);
    expect(zoneOffset(Date.parse('2020-12-09T12:00:00Z'), timeZone)).toBe(0);
    expect(zoneOffset(at('12:00:00'), 'Asia/Kolkata')).toBe(5.5 * 3_600_000);
  });
});

const looks: readonly Look[] = [
  {
    id: 'b',
    at: at('12:00:30'),
    rung: 'opened',
    viewerId: 'eve',
    patientId: 'pat-1',
    recordingId: 'rec-1',
    flagged: true,
  },
  { id: 'a', at: at('12:00:00'), rung: 'listed', viewerId: 'eve', patientId: 'pat-1', recordingId: 'rec-1' },
  { id: 'c', at: at('12:00:31'), rung: 'played', viewerId: 'eve', recordingId: 'rec-1', seconds: 20, bytes: 4000 },
  { id: 'd', at: at('12:09:00'), rung: 'opened', viewerId: 'bob', recordingId: 'rec-2' },
  { id: 'e', at: at('12:10:00'), rung: 'refused', viewerId: 'bob', recordingId: 'rec-2' },
];
const steps: readonly DeskStep[] = [
  { id: '1', at: at('12:01:00'), kind: 'page', says: 'paged' },
  { id: '2', at: at('12:05:00'), kind: 'contain', says: 'contained' },
];
const picture = (
  of: readonly Look[] = looks,
  more: { width?: number; span?: { from: number; until: number } } = {},
) => {
  const span = more.span ?? wholeSpan(of, steps) ?? { from: 0, until: 1 };
  return exposureLayout(of, steps, 'recording', { span, width: more.width ?? 1000, timeZone });
};

describe('the exposure timeline', () => {
  it('has a lane for each recording, in the order of the first look', () => {
    expect(picture().lanes.map(({ label }) => label)).toEqual(['rec-1', 'rec-2']);
    const byViewer = exposureLayout(looks, steps, 'viewer', {
      span: { from: 0, until: at('13:00:00') },
      width: 900,
      timeZone,
    });
    expect(byViewer.lanes.map(({ label }) => label)).toEqual(['eve', 'bob']);
  });

  it('is the same for the same looks in any order', () => {
    expect(picture([...looks].reverse())).toEqual(picture());
  });

  it('puts no two marks of a lane where one finger hits both', () => {
    const many = Array.from({ length: 500 }, (_, index): Look => {
      return {
        id: `look-${index}`,
        at: at('12:00:00') + ((index * 7919) % 600_000),
        rung: 'opened',
        recordingId: `rec-${index % 3}`,
      };
    });
    for (const width of [320, 700, 1400]) {
      const { lanes, plot } = picture(many, { width });
      for (const { marks } of lanes) {
        for (const [index, mark] of marks.entries()) {
          expect(mark.x + mark.width).toBeLessThanOrEqual(plot.x + plot.width + 0.1);
          const before = marks[index - 1];
          if (before) expect(mark.x - before.x).toBeGreaterThanOrEqual(TARGET - 0.2);
        }
      }
      expect(lanes.flatMap(({ marks }) => marks.flatMap((mark) => mark.looks))).toHaveLength(500);
    }
  });

  it('tells apart in a narrower span what lies on each other in a wider one', () => {
    const [wide] = picture(looks, { width: 320 }).lanes;
    expect(wide?.marks.map((mark) => mark.looks.map(({ id }) => id))).toEqual([['a', 'b', 'c']]);
    const narrow = picture(looks, { span: { from: at('11:59:55'), until: at('12:01:00') } });
    expect(narrow.lanes[0]?.marks.map((mark) => mark.looks.map(({ id }) => id))).toEqual([['a'], ['b', 'c']]);
    expect(narrow.outside).toBe(2);
  });

  it('shows of looks on each other the highest rung, and that one was flagged', () => {
    expect(picture(looks, { width: 320 }).lanes[0]?.marks[0]).toMatchObject({ rung: 'played', flagged: true });
  });

  it('draws a bar as long as what was played', () => {
    const span = { from: at('12:00:00'), until: at('12:02:00') };
    const { lanes, plot } = picture([looks[2] as Look], { span });
    expect(lanes[0]?.marks[0]?.width).toBeCloseTo(plot.width / 6, 0);
  });

  it('has one lane for all that are too many, and loses none of them', () => {
    const many = Array.from({ length: 500 }, (_, index): Look => {
      return { id: `look-${index}`, at: at('12:00:00') + index * 100, rung: 'listed', recordingId: `rec-${index}` };
    });
    const { lanes, height } = picture(many);
    expect(lanes).toHaveLength(24);
    expect(lanes.at(-1)).toMatchObject({ key: undefined, label: 'and 477 more' });
    expect(height).toBeLessThan(900);
    expect(lanes.flatMap(({ marks }) => marks.flatMap((mark) => mark.looks))).toHaveLength(500);
  });

  it('names each mark by what was seen, of whom, when and where', () => {
    const { lanes } = picture(looks, { span: { from: at('11:59:55'), until: at('12:00:30') } });
    const [listed, opened] = lanes[0]?.marks ?? [];
    expect(listed && markName(listed, 'rec-1', '12:00:00')).toBe('listed by eve of patient pat-1, 12:00:00, rec-1');
    expect(opened && markName(opened, 'rec-1', '12:00:30')).toBe(
      'opened, flagged by eve of patient pat-1, 12:00:30, rec-1',
    );
    const [all] = picture(looks, { width: 320 }).lanes[0]?.marks ?? [];
    expect(all && markName(all, 'rec-1', '12:00:00')).toBe(
      '1 listed, 1 opened, 1 played, flagged, from 12:00:00, rec-1',
    );
  });

  it('lets the arrow keys walk along a lane and to the nearest mark of the next', () => {
    const shown = picture(looks, { span: { from: at('11:59:00'), until: at('12:11:00') }, width: 1400 });
    const [first, second] = shown.lanes;
    expect([first?.marks.length, second?.marks.length]).toEqual([2, 2]);
    const from = { lane: 0, mark: 0 };
    expect(nextMark(shown, from, 'ArrowRight')).toEqual({ lane: 0, mark: 1 });
    expect(nextMark(shown, from, 'ArrowLeft')).toBeUndefined();
    expect(nextMark(shown, from, 'End')).toEqual({ lane: 0, mark: 1 });
    expect(nextMark(shown, from, 'ArrowDown')).toEqual({ lane: 1, mark: 0 });
    expect(nextMark(shown, { lane: 1, mark: 1 }, 'ArrowUp')).toEqual({ lane: 0, mark: 1 });
    expect(nextMark(shown, from, 'x')).toBeUndefined();
  });

  it('says nothing where nothing happened', () => {
    expect(wholeSpan([], [])).toBeUndefined();
  });
});

const pair = (viewer: number, patient: number, more: Partial<Pair> = {}): Pair => ({
  viewerId: `viewer-${String(viewer).padStart(3, '0')}`,
  patientId: `patient-${String(patient).padStart(3, '0')}`,
  rung: 'shown',
  flagged: false,
  ...more,
});

describe('the blast radius', () => {
  /** 100 viewers of 400 patients: a release and 500 people. */
  const many = Array.from({ length: 2000 }, (_, index) => {
    const rung = index % 97 === 0 ? 'played' : index % 11 === 0 ? 'opened' : 'shown';
    return pair((index * 31) % 100, (index * 17) % 400, { rung, flagged: index % 97 === 0 });
  });

  it('has a node for the release, each viewer and each patient, in three columns', () => {
    const { nodes, edges } = blastLayout('2020.6', [pair(1, 1), pair(1, 2), pair(2, 2)], 900);
    expect(nodes.map(({ id }) => id)).toEqual([
      'release:2020.6',
      'viewer:viewer-001',
      'viewer:viewer-002',
      'patient:patient-002',
      'patient:patient-001',
    ]);
    expect(edges).toHaveLength(5);
  });

  it('is the same for the same pairs in any order', () => {
    expect(blastLayout('2020.6', [...many].reverse(), 900)).toEqual(blastLayout('2020.6', many, 900));
  });

  it('stays readable with 500 people: 60 nodes, none on another, all others counted', () => {
    const { nodes, height } = blastLayout('2020.6', many, 900);
    expect(nodes).toHaveLength(MOST_NODES);
    expect(height).toBeLessThan(1000);
    for (const column of ['viewer', 'patient'] as const) {
      const own = nodes.filter((node) => node.column === column);
      for (const [index, node] of own.entries()) {
        const before = own[index - 1];
        if (before) expect(node.y - before.y).toBeGreaterThanOrEqual(ROW);
      }
      const rest = own.at(-1);
      const total = column === 'viewer' ? 100 : 400;
      expect(rest?.label).toBe(`and ${total - own.length + 1} more`);
    }
  });

  it.each([
    [1, 400],
    [400, 1],
    [30, 30],
    [59, 59],
    [20, 39],
  ])('shows no more than that with %i viewers of %i patients', (viewers, patients) => {
    const pairs = Array.from({ length: Math.max(viewers, patients) }, (_, i) => pair(i % viewers, i % patients));
    const { nodes } = blastLayout('2020.6', pairs, 900);
    expect(nodes.length).toBe(Math.min(MOST_NODES, 1 + viewers + patients));
    expect(nodes.filter(({ label }) => label === 'and 1 more')).toEqual([]);
  });

  it('keeps a place for those whose data got furthest', () => {
    const { nodes } = blastLayout('2020.6', many, 900);
    const played = new Set(many.filter(({ rung }) => rung === 'played').map(({ viewerId }) => viewerId));
    const shown = nodes.filter(({ column }) => column === 'viewer');
    expect(shown.filter(({ key }) => key !== undefined && played.has(key)).length).toBe(
      Math.min(played.size, shown.length - 1),
    );
  });

  it('makes an edge the heavier the higher its rung', () => {
    const weights = (['shown', 'opened', 'played'] as const).map((rung) => {
      return blastLayout('2020.6', [pair(1, 1, { rung })], 900).edges[0]?.weight ?? 0;
    });
    expect(weights).toEqual([...weights].sort((a, b) => a - b));
    expect(new Set(weights).size).toBe(3);
  });

  it('gives an id that is a viewer and a patient a node in each column', () => {
    const { nodes } = blastLayout(
      '1',
      [{ viewerId: 'pat-1', patientId: 'pat-1', rung: 'opened', flagged: false }],
      900,
    );
    expect(nodes.map(({ id }) => id)).toEqual(['release:1', 'viewer:pat-1', 'patient:pat-1']);
  });

  it('is walked by arrow keys: along a column, and along an edge', () => {
    const shown = blastLayout('1', [pair(1, 1), pair(1, 2), pair(2, 3)], 900);
    expect(nextNode(shown, 'release:1', 'ArrowRight')).toBe('viewer:viewer-001');
    expect(nextNode(shown, 'viewer:viewer-001', 'ArrowDown')).toBe('viewer:viewer-002');
    expect(nextNode(shown, 'viewer:viewer-002', 'ArrowRight')).toBe('patient:patient-003');
    expect(nextNode(shown, 'patient:patient-003', 'ArrowLeft')).toBe('viewer:viewer-002');
    expect(nextNode(shown, 'release:1', 'ArrowLeft')).toBeUndefined();
  });

  it('lights what a node leads to, and nothing beside it', () => {
    const shown = blastLayout('1', [pair(1, 1), pair(1, 2), pair(2, 3)], 900);
    const ids = [...reached(shown, 'viewer:viewer-002')].filter((id) => !id.includes('→'));
    expect(ids.sort()).toEqual(['patient:patient-003', 'release:1', 'viewer:viewer-002']);
  });

  it('names each node by how far data got and how many people are behind it', () => {
    const { nodes } = blastLayout('1', [pair(1, 1, { rung: 'played', flagged: true }), pair(1, 2)], 900);
    expect(nodes.map(nodeName)).toEqual([
      'release 1: played, flagged, 1 viewer',
      'viewer viewer-001: played, flagged, 2 patients',
      'patient patient-001: played, flagged, 1 viewer',
      'patient patient-002: listed only, 1 viewer',
    ]);
  });
});

describe('the hours of a person', () => {
  it('are counted by the clocks of the zone', () => {
    // Tuesday 23:30 in UTC is Wednesday 00:30 in London’s summer.
    const { cells, most, total } = hoursOf([at('23:30:00'), at('23:40:00'), at('08:00:00')], timeZone);
    expect(cells[2]?.[0]).toEqual({ day: 2, hour: 0, count: 2, level: 4 });
    expect(cells[1]?.[9]).toEqual({ day: 1, hour: 9, count: 1, level: 2 });
    expect({ most, total }).toEqual({ most: 2, total: 3 });
  });

  it('are empty without a time', () => {
    const { cells, most } = hoursOf([], timeZone);
    expect(most).toBe(0);
    expect(cells.flat().every(({ level }) => level === 0)).toBe(true);
  });
});

export type BlastRung = 'shown' | 'opened' | 'played';

/** What one viewer saw of one patient under a release. */
export type Pair = {
  readonly viewerId: string;
  readonly patientId: string;
  readonly rung: BlastRung;
  readonly flagged: boolean;
};

export type BlastColumn = 'release' | 'viewer' | 'patient';

export type BlastNode = {
  readonly id: string;
  readonly column: BlastColumn;
  /** Of a person; undefined for all who have no place of their own. */
  readonly key: string | undefined;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly rung: BlastRung;
  readonly flagged: boolean;
  /** People on the other side of its edges. */
  readonly degree: number;
};

export type BlastEdge = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly rung: BlastRung;
  readonly flagged: boolean;
  readonly pairs: number;
  /** In pixels, by rung. */
  readonly weight: number;
  /** Of an SVG path. */
  readonly path: string;
};

export type BlastPicture = {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly BlastNode[];
  readonly edges: readonly BlastEdge[];
};

/** More than these are not read: those with the least become one node that counts them. */
export const MOST_NODES = 60;
export const ROW = 26;
const TOP = 30;
const RUNGS: readonly BlastRung[] = ['shown', 'opened', 'played'];
const WEIGHT: Record<BlastRung, number> = { shown: 1.5, opened: 3, played: 5.5 };

type Person = { readonly key: string; rung: number; flagged: boolean; readonly others: Set<string> };

/**
 * Three columns: the release, who saw something, and of whom. The people with the highest rung come first, then flagged ones, then those with most
 * people on the other side, then by id: the same pairs, in whichever order they come, have the same picture.
 */
export const blastLayout = (release: string, pairs: readonly Pair[], width: number): BlastPicture => {
  const viewers = people(pairs, 'viewerId', 'patientId');
  const patients = people(pairs, 'patientId', 'viewerId');
  const [viewersShown, patientsShown] = places(viewers.length, patients.length);
  const shownViewers = viewers.slice(0, viewersShown);
  const shownPatients = besideTheirViewers(patients.slice(0, patientsShown), shownViewers);

  const gap = Math.max(24, width * 0.14);
  const column = Math.max(60, (width - 2 * gap) / 3);
  const rows = Math.max(
    1,
    shownViewers.length + (viewers.length > shownViewers.length ? 1 : 0),
    shownPatients.length + (patients.length > shownPatients.length ? 1 : 0),
  );
  const height = TOP + rows * ROW + 8;
  const xs: Record<BlastColumn, number> = { release: 0, viewer: column + gap, patient: 2 * (column + gap) };

  const geometry = (kind: BlastColumn) => ({ kind, x: round(xs[kind]), width: round(column), rows });
  const source: Person = {
    key: release,
    rung: Math.max(0, ...viewers.map(({ rung }) => rung)),
    flagged: pairs.some(({ flagged }) => flagged),
    others: new Set(viewers.map(({ key }) => key)),
  };
  const first = columnOf(geometry('release'), [source], []);
  const second = columnOf(geometry('viewer'), shownViewers, viewers.slice(viewersShown));
  const third = columnOf(geometry('patient'), shownPatients, patients.slice(patientsShown));
  const all = [...first.nodes, ...second.nodes, ...third.nodes];

  const byId = new Map(all.map((node) => [node.id, node]));
  const links = new Map<string, { from: string; to: string; rung: number; flagged: boolean; pairs: number }>();
  const link = (from: string, to: string, pair: Pair) => {
    const id = `${from}→${to}`;
    const known = links.get(id) ?? { from, to, rung: 0, flagged: false, pairs: 0 };
    known.rung = Math.max(known.rung, RUNGS.indexOf(pair.rung));
    known.flagged ||= pair.flagged;
    known.pairs += 1;
    links.set(id, known);
  };
  for (const pair of pairs) {
    link(first.idOf(release), second.idOf(pair.viewerId), pair);
    link(second.idOf(pair.viewerId), third.idOf(pair.patientId), pair);
  }
  const edges = [...links].map(([id, { from, to, rung, flagged, pairs: count }]) => {
    const level = RUNGS[rung] ?? 'shown';
    return {
      id,
      from,
      to,
      rung: level,
      flagged,
      pairs: count,
      weight: WEIGHT[level],
      path: curve(byId.get(from), byId.get(to)),
    };
  });
  // The heaviest is drawn last, over the others.
  edges.sort((a, b) => a.weight - b.weight || Number(a.flagged) - Number(b.flagged) || (a.id < b.id ? -1 : 1));
  return { width, height, nodes: all, edges };
};

const round = (value: number): number => Math.round(value * 10) / 10;

const people = (pairs: readonly Pair[], side: 'viewerId' | 'patientId', other: 'viewerId' | 'patientId'): Person[] => {
  const known = new Map<string, Person>();
  for (const pair of pairs) {
    const key = pair[side];
    const person = known.get(key) ?? { key, rung: 0, flagged: false, others: new Set<string>() };
    person.rung = Math.max(person.rung, RUNGS.indexOf(pair.rung));
    person.flagged ||= pair.flagged;
    person.others.add(pair[other]);
    known.set(key, person);
  }
  return [...known.values()].sort(
    (a, b) =>
      b.rung - a.rung ||
      Number(b.flagged) - Number(a.flagged) ||
      b.others.size - a.others.size ||
      (a.key < b.key ? -1 : 1),
  );
};

/** The nodes of a column, those of the people in it and one of all others, and which of them stands for a person. */
const columnOf = (
  { kind, x, width, rows }: { kind: BlastColumn; x: number; width: number; rows: number },
  shown: readonly Person[],
  hidden: readonly Person[],
) => {
  const count = shown.length + (hidden.length > 0 ? 1 : 0);
  const top = TOP + ((rows - count) * ROW) / 2;
  const node = ({ rung, flagged, others }: Person, index: number) => ({
    column: kind,
    x,
    y: round(top + index * ROW),
    width,
    rung: RUNGS[rung] ?? 'shown',
    flagged,
    degree: others.size,
  });
  const nodes: BlastNode[] = shown.map((person, index) => {
    return { id: `${kind}:${person.key}`, key: person.key, label: person.key, ...node(person, index) };
  });
  // An id has no space in it: this one is no person's.
  const rest = `${kind}: all others`;
  if (hidden.length > 0) {
    const label = `and ${hidden.length} more`;
    nodes.push({ id: rest, key: undefined, label, ...node(together(hidden), shown.length) });
  }
  const own = new Set(shown.map(({ key }) => key));
  return { nodes, idOf: (key: string): string => (own.has(key) ? `${kind}:${key}` : rest) };
};

/** How many of each column have a place of their own: the shorter column keeps all it has, as long as it leaves the other one half. */
const places = (viewers: number, patients: number): readonly [viewers: number, patients: number] => {
  if (1 + viewers + patients <= MOST_NODES) return [viewers, patients];
  const room = MOST_NODES - 1;
  const half = Math.floor(room / 2);
  // A column that is cut has a node that counts those who are not shown.
  if (viewers <= half) return [viewers, room - viewers - 1];
  if (patients <= half) return [room - patients - 1, patients];
  return [half - 1, patients <= room - half ? patients : room - half - 1];
};

/** Patients beside the first of the viewers who saw them, so that few lines cross. */
const besideTheirViewers = (patients: readonly Person[], viewers: readonly Person[]): Person[] => {
  const rank = new Map(viewers.map(({ key }, index) => [key, index]));
  const first = new Map(
    patients.map(({ key, others }) => [
      key,
      Math.min(...[...others].map((viewer) => rank.get(viewer) ?? viewers.length)),
    ]),
  );
  // Stable: among the patients of one viewer the order of before holds.
  return [...patients].sort((a, b) => (first.get(a.key) ?? 0) - (first.get(b.key) ?? 0));
};

const together = (persons: readonly Person[]): Person => ({
  key: '',
  rung: Math.max(0, ...persons.map(({ rung }) => rung)),
  flagged: persons.some(({ flagged }) => flagged),
  others: new Set(persons.flatMap(({ others }) => [...others])),
});

const curve = (from: BlastNode | undefined, to: BlastNode | undefined): string => {
  if (!from || !to) return '';
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + ROW / 2, to.x, to.y + ROW / 2].map(round);
  const middle = round(((x1 ?? 0) + (x2 ?? 0)) / 2);
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
};

const SAYS: Record<BlastRung, string> = { shown: 'listed only', opened: 'opened', played: 'played' };

/** What a screen reader says of a node. */
export const nodeName = ({ column, label, rung, flagged, degree }: BlastNode): string => {
  const to = { release: 'viewer', viewer: 'patient', patient: 'viewer' }[column];
  const flag = flagged ? ', flagged' : '';
  return `${column} ${label}: ${SAYS[rung]}${flag}, ${degree} ${to}${degree === 1 ? '' : 's'}`;
};

/** A node, and all that its edges lead to, in both directions up to the ends. */
export const reached = ({ edges }: Pick<BlastPicture, 'edges'>, id: string): ReadonlySet<string> => {
  const seen = new Set([id]);
  const walk = (here: string, ahead: 'from' | 'to') => {
    for (const edge of edges) {
      if (edge[ahead === 'to' ? 'from' : 'to'] !== here) continue;
      seen.add(edge.id);
      if (seen.has(edge[ahead])) continue;
      seen.add(edge[ahead]);
      walk(edge[ahead], ahead);
    }
  };
  walk(id, 'to');
  walk(id, 'from');
  return seen;
};

/** Where the focus goes from a node: along its column, or to the first node that an edge leads to. */
export const nextNode = ({ nodes, edges }: BlastPicture, from: string, key: string): string | undefined => {
  const here = nodes.find(({ id }) => id === from);
  if (!here) return undefined;
  const column = nodes.filter((node) => node.column === here.column);
  const index = column.indexOf(here);
  if (key === 'ArrowDown') return column[index + 1]?.id;
  if (key === 'ArrowUp') return column[index - 1]?.id;
  if (key === 'Home') return column[0]?.id;
  if (key === 'End') return column.at(-1)?.id;
  const [side, ahead] = key === 'ArrowRight' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  if (key !== 'ArrowRight' && key !== 'ArrowLeft') return undefined;
  const linked = new Set(edges.filter((edge) => edge[side] === from).map((edge) => edge[ahead]));
  return nodes.find(({ id }) => linked.has(id))?.id;
};

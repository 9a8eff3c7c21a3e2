import { type Span, type Tick, ticks, withAir } from './time-axis.ts';

/** How far data got: a list named it, it was opened, bytes of it left; or it was asked for in vain. */
export type Rung = 'listed' | 'opened' | 'played' | 'refused';

/** One thing that one person saw, in milliseconds since 1970. */
export type Look = {
  readonly id: string;
  readonly at: number;
  readonly rung: Rung;
  readonly viewerId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly recordingId?: string | undefined;
  /** Of media that were sent. */
  readonly seconds?: number | undefined;
  readonly bytes?: number | undefined;
  readonly flagged?: boolean | undefined;
};

/** What the desk did: a vertical over all lanes. */
export type DeskStep = { readonly id: string; readonly at: number; readonly kind: StepKind; readonly says: string };
export type StepKind = 'page' | 'acknowledge' | 'contain' | 'other';

export type LaneBy = 'recording' | 'viewer';

export type Mark = {
  readonly id: string;
  /** Centre, and of a played recording the width of its bar, in pixels. */
  readonly x: number;
  readonly width: number;
  readonly rung: Rung;
  readonly flagged: boolean;
  readonly at: number;
  /** What it stands for: more than one where they would lie on each other. */
  readonly looks: readonly Look[];
};

export type Lane = {
  /** undefined: all lanes that have no place of their own. */
  readonly key: string | undefined;
  readonly label: string;
  readonly y: number;
  readonly marks: readonly Mark[];
};

export type StepLine = {
  readonly id: string;
  readonly x: number;
  readonly at: number;
  readonly kind: StepKind;
  readonly says: string;
  readonly steps: readonly DeskStep[];
};

export type ExposurePicture = {
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly x: number; readonly width: number; readonly top: number; readonly bottom: number };
  readonly span: Span;
  readonly lanes: readonly Lane[];
  readonly steps: readonly StepLine[];
  readonly ticks: readonly (Tick & { readonly x: number })[];
  /** Looks that lie outside the span. */
  readonly outside: number;
};

/** Of a mark, in both directions: what a finger hits (WCAG 2.5.8). */
export const TARGET = 24;
const LANES = 24;
const LABELS_BESIDE = 640;
const LABEL_WIDTH = 168;
const TICK_WIDTH = 92;
const EDGE = TARGET / 2 + 2;
const STEPS_HEIGHT = 34;
const AXIS_HEIGHT = 26;

const RUNGS: readonly Rung[] = ['refused', 'listed', 'opened', 'played'];
const higher = (a: Rung, b: Rung): Rung => (RUNGS.indexOf(a) >= RUNGS.indexOf(b) ? a : b);

/** From the first to the last thing of it. undefined: nothing happened. */
export const wholeSpan = (looks: readonly Look[], steps: readonly DeskStep[]): Span | undefined => {
  let from = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (const { at, seconds } of looks) {
    from = Math.min(from, at);
    until = Math.max(until, at + (seconds ?? 0) * 1000);
  }
  for (const { at } of steps) {
    from = Math.min(from, at);
    until = Math.max(until, at);
  }
  return from === Number.POSITIVE_INFINITY ? undefined : withAir({ from, until });
};

/**
 * Lanes in the order in which their first look happened, marks in the order of time. The same looks, in whichever order they come, have the same
 * picture. Marks that would be less than `TARGET` pixels apart become one that says how many it stands for: a narrower span tells them apart.
 */
export const exposureLayout = (
  looks: readonly Look[],
  steps: readonly DeskStep[],
  by: LaneBy,
  { span, width, timeZone }: { readonly span: Span; readonly width: number; readonly timeZone: string },
): ExposurePicture => {
  const beside = width >= LABELS_BESIDE;
  const laneHeight = beside ? 32 : 48;
  const x = (beside ? LABEL_WIDTH : 0) + EDGE;
  const plotWidth = Math.max(TARGET, width - x - EDGE);
  const perMs = plotWidth / Math.max(1, span.until - span.from);
  const xOf = (at: number) => round(x + (at - span.from) * perMs);

  const lanes = lanesOf(looks, by).map(({ key, label, looks: inLane }, index) => ({
    key,
    label,
    y: STEPS_HEIGHT + index * laneHeight + laneHeight - 16,
    marks: clustered(
      inLane.filter(({ at }) => within(span, at)),
      xOf,
      perMs,
      x + plotWidth,
    ),
  }));
  const bottom = STEPS_HEIGHT + lanes.length * laneHeight;
  return {
    width,
    height: bottom + AXIS_HEIGHT,
    plot: { x, width: plotWidth, top: STEPS_HEIGHT, bottom },
    span,
    lanes,
    steps: stepLines(
      steps.filter(({ at }) => within(span, at)),
      xOf,
    ),
    ticks: ticks(span, Math.max(1, Math.floor(plotWidth / TICK_WIDTH)), timeZone).map((tick) => ({
      ...tick,
      x: xOf(tick.at),
    })),
    outside: looks.filter(({ at }) => !within(span, at)).length,
  };
};

const within = ({ from, until }: Span, at: number): boolean => at >= from && at <= until;
const round = (value: number): number => Math.round(value * 10) / 10;
const inTime = <T extends { readonly at: number; readonly id: string }>(a: T, b: T): number =>
  a.at - b.at || (a.id < b.id ? -1 : 1);

const lanesOf = (looks: readonly Look[], by: LaneBy) => {
  const byKey = new Map<string, Look[]>();
  for (const look of [...looks].sort(inTime)) {
    const key = (by === 'recording' ? look.recordingId : look.viewerId) ?? '';
    const known = byKey.get(key);
    if (known) known.push(look);
    else byKey.set(key, [look]);
  }
  const all = [...byKey].map(([key, inLane]) => ({
    key: key as string | undefined,
    label: key || (by === 'recording' ? 'no recording' : 'no person'),
    looks: inLane,
  }));
  if (all.length <= LANES) return all;
  const shown = all.slice(0, LANES - 1);
  const rest = all.slice(LANES - 1);
  const more = {
    key: undefined,
    label: `and ${rest.length} more`,
    looks: rest.flatMap((lane) => lane.looks).sort(inTime),
  };
  return [...shown, more];
};

const clustered = (
  looks: readonly Look[],
  xOf: (at: number) => number,
  perMs: number,
  right: number,
): readonly Mark[] => {
  const marks: Mark[] = [];
  for (const look of looks) {
    const start = xOf(look.at);
    const width = look.rung === 'played' ? Math.min(right - start, (look.seconds ?? 0) * 1000 * perMs) : 0;
    const last = marks.at(-1);
    if (last && start - last.x < TARGET) {
      marks[marks.length - 1] = {
        ...last,
        width: round(Math.max(last.width, start + width - last.x)),
        rung: higher(last.rung, look.rung),
        flagged: last.flagged || look.flagged === true,
        looks: [...last.looks, look],
      };
    } else {
      const flagged = look.flagged === true;
      marks.push({ id: look.id, x: start, width: round(width), rung: look.rung, flagged, at: look.at, looks: [look] });
    }
  }
  return marks;
};

const stepLines = (steps: readonly DeskStep[], xOf: (at: number) => number): readonly StepLine[] => {
  const lines: StepLine[] = [];
  for (const step of [...steps].sort(inTime)) {
    const x = xOf(step.at);
    const last = lines.at(-1);
    if (last && x - last.x < TARGET) {
      const merged = [...last.steps, step];
      lines[lines.length - 1] = {
        ...last,
        kind: strongest(merged),
        says: merged.map(({ says }) => says).join('; '),
        steps: merged,
      };
    } else lines.push({ id: step.id, x, at: step.at, kind: step.kind, says: step.says, steps: [step] });
  }
  return lines;
};

const STRENGTH: readonly StepKind[] = ['other', 'page', 'acknowledge', 'contain'];
const strongest = (steps: readonly DeskStep[]): StepKind =>
  steps.reduce<StepKind>((best, { kind }) => (STRENGTH.indexOf(kind) > STRENGTH.indexOf(best) ? kind : best), 'other');

const SAYS: Record<Rung, string> = { refused: 'refused', listed: 'listed', opened: 'opened', played: 'played' };

/** What a screen reader says of a mark: what, how much, of whom, when. */
export const markName = ({ looks, flagged }: Mark, lane: string, at: string): string => {
  const [only] = looks;
  const flag = flagged ? ', flagged' : '';
  if (looks.length > 1 || !only) {
    const counts = RUNGS.map((rung) => [rung, looks.filter((look) => look.rung === rung).length] as const);
    const says = counts.filter(([, count]) => count > 0).map(([rung, count]) => `${count} ${SAYS[rung]}`);
    return `${says.join(', ')}${flag}, from ${at}, ${lane}`;
  }
  const played = only.rung === 'played' && only.seconds !== undefined ? ` ${Math.round(only.seconds)} seconds` : '';
  const viewer = only.viewerId && only.viewerId !== lane ? ` by ${only.viewerId}` : '';
  const patient = only.patientId ? ` of patient ${only.patientId}` : '';
  return `${SAYS[only.rung]}${played}${flag}${viewer}${patient}, ${at}, ${lane}`;
};

/** Where the focus goes from a mark: along its lane, or to the nearest mark of the next lane that has one. */
export const nextMark = (
  { lanes }: Pick<ExposurePicture, 'lanes'>,
  from: { readonly lane: number; readonly mark: number },
  key: string,
): { readonly lane: number; readonly mark: number } | undefined => {
  const marks = lanes[from.lane]?.marks ?? [];
  const here = marks[from.mark];
  if (!here) return undefined;
  if (key === 'ArrowRight') return from.mark + 1 < marks.length ? { ...from, mark: from.mark + 1 } : undefined;
  if (key === 'ArrowLeft') return from.mark > 0 ? { ...from, mark: from.mark - 1 } : undefined;
  if (key === 'Home') return { ...from, mark: 0 };
  if (key === 'End') return { ...from, mark: marks.length - 1 };
  const way = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
  if (way === 0) return undefined;
  for (let lane = from.lane + way; lane >= 0 && lane < lanes.length; lane += way) {
    const there = lanes[lane]?.marks ?? [];
    if (there.length === 0) continue;
    const mark = there.reduce((best, each, index) => {
      const known = there[best];
      return known && Math.abs(known.x - here.x) <= Math.abs(each.x - here.x) ? best : index;
    }, 0);
    return { lane, mark };
  }
  return undefined;
};

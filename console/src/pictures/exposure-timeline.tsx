import { useMemo, useRef, useState } from 'react';
import {
  type DeskStep,
  type ExposurePicture,
  exposureLayout,
  type LaneBy,
  type Look,
  type Mark,
  markName,
  nextMark,
  type Rung,
  type StepLine,
  wholeSpan,
} from './exposure-layout.ts';
import { Choice, Picture } from './picture.tsx';
import styles from './pictures.module.css';
import type { Span } from './time-axis.ts';
import { useWidth } from './use-width.ts';

type Props = {
  readonly title?: string;
  readonly looks: readonly Look[];
  readonly steps: readonly DeskStep[];
  readonly lanes?: LaneBy;
  /** IANA name of the zone that times are written in; the browser's without it. */
  readonly timeZone?: string | undefined;
  /** A link to what an id is of, where the page has one; plain text without it. */
  readonly link?: (kind: 'viewer' | 'patient' | 'recording', id: string) => React.ReactNode;
};

const browsersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
const FEW_TO_CHOOSE_SPAN = 1_000;

/** Who saw what when, a lane for each recording or viewer, with what the desk did across all of them; and the same as a table. */
export const ExposureTimeline = ({
  title = 'Exposure timeline',
  looks,
  steps,
  lanes = 'recording',
  timeZone = browsersZone(),
  link,
}: Props) => {
  const [by, setBy] = useState<LaneBy>(lanes);
  const [chosen, setChosen] = useState<Span>();
  const [measure, width] = useWidth();
  const whole = useMemo(() => wholeSpan(looks, steps), [looks, steps]);
  const span = chosen ?? whole;
  const picture = useMemo(
    () => (span && width > 0 ? exposureLayout(looks, steps, by, { span, width, timeZone }) : undefined),
    [looks, steps, by, span, width, timeZone],
  );
  if (!whole || !span)
    return (
      <Picture
        title={title}
        picture={<p className={styles.nothing}>Nothing was shown, opened or played.</p>}
        table={null}
      />
    );
  const shown = (at: number) => at >= span.from && at <= span.until;
  return (
    <Picture
      title={title}
      hint="Arrow keys walk the marks, t shows the table. Drag, or give two times, to look closer."
      controls={<Choice label="A lane for each" value={by} onChange={setBy} options={LANES} />}
      picture={
        <div ref={measure} className={styles.canvas}>
          {picture && <Lanes picture={picture} timeZone={timeZone} onSpan={setChosen} />}
          <Legend />
          <SpanFields span={span} whole={whole} isWhole={chosen === undefined} timeZone={timeZone} onSpan={setChosen} />
        </div>
      }
      table={
        <>
          <SpanFields span={span} whole={whole} isWhole={chosen === undefined} timeZone={timeZone} onSpan={setChosen} />
          <ExposureTable
            looks={looks.filter(({ at }) => shown(at))}
            steps={steps.filter(({ at }) => shown(at))}
            timeZone={timeZone}
            link={link}
          />
        </>
      }
    />
  );
};

const LANES = [
  { value: 'recording', label: 'Recording' },
  { value: 'viewer', label: 'Viewer' },
] as const;

const timeOf = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    hourCycle: 'h23',
    timeZone,
  } as const);
  return (at: number) => format.format(at);
};

type Place = { readonly lane: number; readonly mark: number };

const Lanes = ({
  picture,
  timeZone,
  onSpan,
}: {
  readonly picture: ExposurePicture;
  readonly timeZone: string;
  readonly onSpan: (span: Span) => void;
}) => {
  const { width, height, plot, lanes, ticks, steps } = picture;
  const [at, setAt] = useState<Place>();
  const [hovered, setHovered] = useState<{ mark: Mark; lane: string } | StepLine>();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const group = useRef<SVGSVGElement>(null);
  const say = useMemo(() => timeOf(timeZone), [timeZone]);

  const first = lanes.findIndex(({ marks }) => marks.length > 0);
  const here = at && lanes[at.lane]?.marks[at.mark] ? at : first >= 0 ? { lane: first, mark: 0 } : undefined;
  const focus = (to: Place | undefined) => {
    if (!to) return;
    setAt(to);
    group.current?.querySelector<SVGGElement>(`[data-place="${to.lane}:${to.mark}"]`)?.focus();
  };
  const timeAt = (x: number) =>
    picture.span.from + ((x - plot.x) / plot.width) * (picture.span.until - picture.span.from);
  const xOf = (event: React.PointerEvent) => {
    const box = group.current?.getBoundingClientRect();
    return Math.min(plot.x + plot.width, Math.max(plot.x, event.clientX - (box?.left ?? 0)));
  };
  const end = () => {
    if (drag && Math.abs(drag.to - drag.from) > 8) {
      const [from, until] = [drag.from, drag.to].sort((a, b) => a - b).map((x) => Math.round(timeAt(x)));
      if (from !== undefined && until !== undefined && until > from) onSpan({ from, until });
    }
    setDrag(undefined);
  };

  const told =
    hovered ??
    (at && here
      ? { mark: lanes[here.lane]?.marks[here.mark] as Mark, lane: lanes[here.lane]?.label ?? '' }
      : undefined);
  return (
    <>
      <svg
        ref={group}
        className={styles.svg}
        width={width}
        height={height}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === 'touch') return;
          const x = xOf(event);
          setDrag({ from: x, to: x });
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: xOf(event) })}
        onPointerUp={end}
        onPointerLeave={() => setDrag(undefined)}
      >
        <title>Exposure timeline</title>
        <g>
          {ticks.map(({ at: time, x, label }) => (
            <g key={time}>
              <line className={styles.grid} x1={x} x2={x} y1={plot.top} y2={plot.bottom} />
              <text className={styles.tick} x={x} y={height - 8} textAnchor="middle">
                {label}
              </text>
            </g>
          ))}
          {lanes.map(({ key, label, y }) => (
            <g key={key ?? ''}>
              <line className={styles.lane} x1={plot.x} x2={plot.x + plot.width} y1={y} y2={y} />
              <LaneLabel label={label} y={y} beside={plot.x > 100} />
            </g>
          ))}
          {drag && (
            <rect
              className={styles.brush}
              x={Math.min(drag.from, drag.to)}
              width={Math.abs(drag.to - drag.from)}
              y={plot.top}
              height={plot.bottom - plot.top}
            />
          )}
        </g>
        {steps.length > 0 && (
          <g>
            {steps.map((step) => (
              <g
                key={step.id}
                className={styles.step}
                data-kind={step.kind}
                onPointerEnter={() => setHovered(step)}
                onPointerLeave={() => setHovered(undefined)}
              >
                <title>{`${step.says}, ${say(step.at)}`}</title>
                <line x1={step.x} x2={step.x} y1={20} y2={plot.bottom} />
                <rect className={styles.target} x={step.x - 12} y={0} width={24} height={24} />
                <StepGlyph kind={step.kind} x={step.x} />
              </g>
            ))}
          </g>
        )}
        {first >= 0 && (
          <g role="listbox" aria-label="Accesses" tabIndex={-1}>
            {lanes.map(({ key, label, y, marks }, lane) =>
              marks.map((mark, index) => (
                <g
                  key={`${key ?? ''} ${mark.id}`}
                  role="option"
                  aria-selected={here?.lane === lane && here.mark === index}
                  aria-label={markName(mark, label, say(mark.at))}
                  tabIndex={here?.lane === lane && here.mark === index ? 0 : -1}
                  data-place={`${lane}:${index}`}
                  className={styles.mark}
                  data-rung={mark.rung}
                  data-flagged={mark.flagged || undefined}
                  onFocus={() => setAt({ lane, mark: index })}
                  onClick={() => focus({ lane, mark: index })}
                  onPointerEnter={() => setHovered({ mark, lane: label })}
                  onPointerLeave={() => setHovered(undefined)}
                  onKeyDown={(event) => {
                    const to = nextMark(picture, { lane, mark: index }, event.key);
                    if (!to && !event.key.startsWith('Arrow')) return;
                    event.preventDefault();
                    event.stopPropagation();
                    focus(to);
                  }}
                >
                  <rect
                    className={styles.target}
                    x={mark.x - 12}
                    y={y - 12}
                    width={Math.max(24, mark.width + 14)}
                    height={24}
                  />
                  <MarkShape rung={mark.rung} x={mark.x} y={y} width={mark.width} flagged={mark.flagged} />
                  {mark.looks.length > 1 && (
                    <text className={styles.number} x={mark.x} y={y - 10} textAnchor="middle">
                      {mark.looks.length}
                    </text>
                  )}
                </g>
              )),
            )}
          </g>
        )}
      </svg>
      <p className={styles.told} aria-hidden="true">
        {told === undefined
          ? 'Nothing chosen'
          : 'mark' in told
            ? markName(told.mark, told.lane, say(told.mark.at))
            : `${told.says}, ${say(told.at)}`}
      </p>
      {picture.outside > 0 && <p className={styles.hint}>{picture.outside} more before or after these times.</p>}
    </>
  );
};

const LABEL_LETTERS = 20;
const LaneLabel = ({ label, y, beside }: { readonly label: string; readonly y: number; readonly beside: boolean }) => (
  <text className={styles.label} x={0} y={beside ? y + 4 : y - 20}>
    {label.length <= LABEL_LETTERS || !beside ? label : `${label.slice(0, 10)}…${label.slice(-7)}`}
    <title>{label}</title>
  </text>
);

/** Each rung has a form of its own; colour only repeats it. */
export const MarkShape = ({
  rung,
  x,
  y,
  width,
  flagged,
}: {
  readonly rung: Rung;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly flagged: boolean;
}) => (
  <>
    {rung === 'played' && (
      <rect className={styles.solid} x={x - 5} y={y - 5} width={Math.max(10, width)} height={10} rx={3} />
    )}
    {rung === 'listed' && <circle className={styles.hollow} cx={x} cy={y} r={5} />}
    {rung === 'opened' && (
      <>
        <circle className={styles.hollow} cx={x} cy={y} r={5} />
        <path className={styles.solid} d={`M${x} ${y - 5}a5 5 0 0 1 0 10z`} />
      </>
    )}
    {rung === 'refused' && <path className={styles.cross} d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`} />}
    {flagged && <path className={styles.flag} d={`M${x} ${y + 11}V${y - 12}h8l-2.5 3.5l2.5 3.5h-8`} />}
  </>
);

const StepGlyph = ({ kind, x }: { readonly kind: StepLine['kind']; readonly x: number }) => {
  const path = {
    page: `M${x - 6} 17h12l-2 -3v-4a4 4 0 0 0 -8 0v4zM${x - 2} 19h4`,
    acknowledge: `M${x - 6} 12l4 5l8 -10`,
    contain: `M${x - 5} 7h10v10h-10z`,
    other: `M${x} 8a4 4 0 1 0 0.01 0`,
  }[kind];
  return <path className={styles.glyph} d={path} />;
};

const LEGEND: readonly { readonly rung: Rung; readonly says: string; readonly flagged?: true }[] = [
  { rung: 'listed', says: 'listed' },
  { rung: 'opened', says: 'opened' },
  { rung: 'played', says: 'bytes left' },
  { rung: 'refused', says: 'refused' },
  { rung: 'opened', says: 'flagged', flagged: true },
];

const Legend = () => (
  <ul className={styles.legend} aria-label="What the marks mean">
    {LEGEND.map(({ rung, says, flagged }) => (
      <li key={says}>
        <svg
          className={styles.mark}
          data-rung={rung}
          data-flagged={flagged}
          width={22}
          height={26}
          aria-hidden="true"
          focusable="false"
        >
          <MarkShape rung={rung} x={9} y={14} width={0} flagged={flagged ?? false} />
        </svg>
        {says}
      </li>
    ))}
    <li>
      <svg className={styles.step} data-kind="page" width={20} height={24} aria-hidden="true" focusable="false">
        <StepGlyph kind="page" x={10} />
      </svg>
      paged
    </li>
    <li>
      <svg className={styles.step} data-kind="acknowledge" width={20} height={24} aria-hidden="true" focusable="false">
        <StepGlyph kind="acknowledge" x={10} />
      </svg>
      acknowledged
    </li>
    <li>
      <svg className={styles.step} data-kind="contain" width={20} height={24} aria-hidden="true" focusable="false">
        <StepGlyph kind="contain" x={10} />
      </svg>
      contained
    </li>
  </ul>
);

/** As a field of date and time has it, in the browser's zone or in UTC. */
const asField = (at: number, timeZone: string): string => {
  const utc = timeZone === 'UTC' ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - utc).toISOString().slice(0, 19);
};
const fromField = (value: string, timeZone: string): number => Date.parse(timeZone === 'UTC' ? `${value}Z` : value);

type SpanProps = {
  readonly span: Span;
  readonly whole: Span;
  readonly isWhole: boolean;
  readonly timeZone: string;
  readonly onSpan: (span: Span | undefined) => void;
};

/** What a drag does, without one (WCAG 2.5.7). */
const SpanFields = ({ span, whole, isWhole, timeZone, onSpan }: SpanProps) => {
  const change = (side: 'from' | 'until') => (event: React.ChangeEvent<HTMLInputElement>) => {
    const at = fromField(event.target.value, timeZone);
    const next = { ...span, [side]: at };
    if (Number.isFinite(at) && next.until - next.from >= FEW_TO_CHOOSE_SPAN) onSpan(next);
  };
  const field = (side: 'from' | 'until', label: string) => (
    <label className={styles.field}>
      {label}
      <input
        type="datetime-local"
        step={1}
        value={asField(span[side], timeZone)}
        min={asField(whole.from, timeZone)}
        max={asField(whole.until, timeZone)}
        onChange={change(side)}
      />
    </label>
  );
  return (
    <div className={styles.span}>
      {field('from', 'From')}
      {field('until', 'Until')}
      <button type="button" className={styles.reset} disabled={isWhole} onClick={() => onSpan(undefined)}>
        Whole time
      </button>
    </div>
  );
};

const MOST_ROWS = 500;

const ExposureTable = ({
  looks,
  steps,
  timeZone,
  link,
}: Pick<Props, 'looks' | 'steps' | 'link'> & { readonly timeZone: string }) => {
  const say = useMemo(() => timeOf(timeZone), [timeZone]);
  const rows = useMemo(
    () => [...looks, ...steps].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    [looks, steps],
  );
  const id = (kind: 'viewer' | 'patient' | 'recording', value: string | undefined) =>
    value === undefined ? '' : (link?.(kind, value) ?? <code>{value}</code>);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section data-scrolls className={styles.scroll} tabIndex={0} aria-label="Exposure timeline as a table">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">Viewer</th>
            <th scope="col">Patient</th>
            <th scope="col">Recording</th>
            <th scope="col">Played</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((row) => (
            <tr key={row.id} data-step={'says' in row || undefined}>
              <th scope="row">{say(row.at)}</th>
              {'says' in row ? (
                <td colSpan={5}>{row.says}</td>
              ) : (
                <>
                  <td>
                    {row.rung}
                    {row.flagged && <strong className={styles.flagged}> flagged</strong>}
                  </td>
                  <td>{id('viewer', row.viewerId)}</td>
                  <td>{id('patient', row.patientId)}</td>
                  <td>{id('recording', row.recordingId)}</td>
                  <td>{row.seconds === undefined ? '' : `${Math.round(row.seconds)} s`}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS && (
        <p className={styles.hint}>and {rows.length - MOST_ROWS} more: choose a shorter time to see them.</p>
      )}
    </section>
  );
};

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Picture } from './picture.tsx';
import styles from './pictures.module.css';
import { useWidth } from './use-width.ts';

export type Series = {
  readonly label: string;
  /** One for each time; null: not known. */
  readonly values: readonly (number | null)[];
};

type Props = {
  readonly title: string;
  readonly hint?: string;
  /** In seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly unit: string;
  readonly utc: boolean;
  /** Values with none beside them, which a line alone would not show. */
  readonly dots?: boolean;
};

/** Lines are told apart by their dashes too. */
const DASHES = [undefined, [7, 4], [2, 3], [10, 3, 2, 3]];
const COLOURS = ['--accent', '--critical', '--good', '--review'];
const HEIGHT = 168;

/** A few lines over time on a canvas, and the same numbers as a table. */
export const Chart = ({ title, hint, times, series, unit, utc, dots = false }: Props) => (
  <Picture
    title={title}
    {...(hint !== undefined && { hint })}
    picture={
      <>
        <Lines title={title} times={times} series={series} unit={unit} utc={utc} dots={dots} />
        <ul className={styles.legend}>
          {series.map(({ label, values }, index) => (
            <li key={label}>
              <svg width={26} height={10} aria-hidden="true" focusable="false">
                <path
                  className={styles.sample}
                  data-series={index % COLOURS.length}
                  d="M0 5h26"
                  strokeDasharray={DASHES[index % DASHES.length]?.join(' ')}
                />
              </svg>
              {label}: {values.findLast((value) => value !== null) ?? 'not known'} {unit}
            </li>
          ))}
        </ul>
      </>
    }
    table={<Numbers title={title} times={times} series={series} unit={unit} utc={utc} />}
  />
);

const Lines = ({ title, times, series, utc, dots = false }: Props) => {
  const [measure, width] = useWidth();
  const at = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const labels = series.map(({ label }) => label).join('\n');

  useEffect(() => {
    const element = at.current;
    if (!element || width === 0) return undefined;
    const draw = () => {
      plot.current?.destroy();
      const style = getComputedStyle(element);
      const colour = (name: string) => inkOf(element, name);
      const axis = {
        stroke: colour('--quiet'),
        grid: { stroke: colour('--line'), width: 1 },
        ticks: { show: false },
        font: `12px ${style.fontFamily}`,
      };
      plot.current = new uPlot(
        {
          width,
          height: HEIGHT,
          cursor: { show: false },
          legend: { show: false },
          ...(utc && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'UTC') }),
          scales: {
            y: { range: (_: uPlot, __: number, most: number): uPlot.Range.MinMax => [0, Math.max(1, most * 1.1)] },
          },
          axes: [
            { ...axis, values: hours(utc) },
            { ...axis, size: 44 },
          ],
          series: [
            {},
            ...labels.split('\n').map((label, index) => {
              const dash = DASHES[index % DASHES.length];
              return {
                label,
                stroke: colour(COLOURS[index % COLOURS.length] ?? '--ink'),
                width: 2,
                points: { show: dots },
                ...(dash && { dash }),
              };
            }),
          ],
        },
        latest.current,
        element,
      );
    };
    draw();
    // A canvas does not follow the theme by itself.
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    dark.addEventListener('change', draw);
    return () => {
      theme.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [width, labels, utc, dots]);
  useEffect(() => plot.current?.setData(latest.current), [times, series]);

  return (
    <div ref={measure} className={styles.canvas}>
      <div
        ref={at}
        role="img"
        aria-label={`${title}, as lines over time. The table has the numbers.`}
        className={styles.plot}
      />
    </div>
  );
};

/** The colour that a property has on an element in the theme that is on: `light-dark()` is no colour that a canvas takes. */
const inkOf = (element: HTMLElement, property: string): string => {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

const clock = (utc: boolean) =>
  new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(utc && { timeZone: 'UTC' }),
  });

const hours = (utc: boolean) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(utc && { timeZone: 'UTC' }),
  });
  return (_: uPlot, seconds: number[]) => seconds.map((each) => format.format(each * 1000));
};

const Numbers = ({ title, times, series, unit, utc }: Props) => {
  const format = clock(utc);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section data-scrolls className={styles.scroll} tabIndex={0} aria-label={`${title} as a table`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ label }) => (
              <th key={label} scope="col" data-align="end">
                {label}, {unit}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{format.format(time * 1000)}</th>
              {series.map(({ label, values }) => (
                <td key={label} data-align="end">
                  {values[index] ?? 'not known'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

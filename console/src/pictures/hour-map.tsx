import { useMemo } from 'react';
import { hoursOf, WEEKDAYS } from './hours-layout.ts';
import styles from './pictures.module.css';
import { useWidth } from './use-width.ts';

type Props = { readonly title: string; readonly times: readonly number[]; readonly timeZone: string };

const ALL_HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const HOURS_ACROSS = 560;
const two = (hour: number) => String(hour).padStart(2, '0');

/** How often in each hour of the week. It is a table: each shade has its number on it. */
export const HourMap = ({ title, times, timeZone }: Props) => {
  const [measure, width] = useWidth();
  const hours = useMemo(() => hoursOf(times, timeZone), [times, timeZone]);
  const cell = (day: number, hour: number) => {
    const { count, level } = hours.cells[day]?.[hour] ?? { count: 0, level: 0 };
    return (
      <td key={`${day} ${hour}`} data-level={level}>
        {count === 0 ? <span className={styles.unseen}>0</span> : count}
      </td>
    );
  };
  const across = width === 0 || width >= HOURS_ACROSS;
  return (
    <div ref={measure} className={styles.canvas}>
      <table className={styles.hours}>
        <caption className={styles.unseen}>{title}</caption>
        <thead>
          <tr>
            <td className={styles.corner} />
            {across
              ? ALL_HOURS.map((hour) => (
                  <th key={hour} scope="col">
                    {two(hour)}
                  </th>
                ))
              : WEEKDAYS.map((day) => (
                  <th key={day} scope="col">
                    {day}
                  </th>
                ))}
          </tr>
        </thead>
        <tbody>
          {across
            ? WEEKDAYS.map((name, day) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {ALL_HOURS.map((hour) => cell(day, hour))}
                </tr>
              ))
            : ALL_HOURS.map((hour) => (
                <tr key={hour}>
                  <th scope="row">{two(hour)}</th>
                  {WEEKDAYS.map((_, day) => cell(day, hour))}
                </tr>
              ))}
        </tbody>
      </table>
      <p className={styles.hint}>
        {hours.total} in all, by the clocks of {timeZone}.
      </p>
    </div>
  );
};

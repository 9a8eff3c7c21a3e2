import { useNow } from './now.ts';
import styles from './parts.module.css';
import { inUtc } from './time.tsx';
import { clockLength } from './words.ts';

/** The time left until a moment, second by second, and that it is over. Screen readers read it when they come to it, not each second. */
export const Clock = ({
  until,
  from,
  over = 'over by',
}: {
  readonly until: string;
  readonly from?: string;
  readonly over?: string;
}) => {
  const left = Date.parse(until) - useNow();
  const whole = from === undefined ? undefined : Date.parse(until) - Date.parse(from);
  const done = whole === undefined || whole <= 0 ? undefined : Math.min(1, Math.max(0, 1 - left / whole));
  return (
    <span className={styles.clock} data-over={left <= 0 || undefined}>
      <time dateTime={until} title={inUtc(until)}>
        {left <= 0 ? `${over} ${clockLength(left)}` : clockLength(left)}
      </time>
      {done !== undefined && (
        <span className={styles.bar} aria-hidden="true">
          <span style={{ inlineSize: `${done * 100}%` }} />
        </span>
      )}
    </span>
  );
};

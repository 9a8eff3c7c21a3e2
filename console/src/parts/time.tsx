import { useNow } from './now.ts';
import styles from './parts.module.css';
import { zone } from './preferences.ts';
import { useStored } from './store.ts';
import { length } from './words.ts';

type Zone = 'local' | 'utc';
const formats = (of: Zone) => {
  const timeZone = of === 'utc' ? 'UTC' : undefined;
  const hours = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone } as const;
  return {
    time: new Intl.DateTimeFormat('en-GB', hours),
    dayAndTime: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...hours }),
    whole: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', ...hours }),
    day: new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeZone }),
  };
};
const of = { local: formats('local'), utc: formats('utc') };

/** As short as it can be told apart today. */
const short = (at: Date, inZone: Zone, now = new Date()): string => {
  const { time, dayAndTime, whole, day } = of[inZone];
  if (day.format(at) === day.format(now)) return time.format(at);
  return (at.getUTCFullYear() === now.getUTCFullYear() ? dayAndTime : whole).format(at);
};

/** In full, for titles and files: `27 Nov 2026, 17:18:05 UTC`. */
export const inUtc = (at: string): string => `${of.utc.whole.format(new Date(at))} UTC`;
const inLocal = (at: string): string => `${of.local.whole.format(new Date(at))} here`;

/** A moment in the viewer's zone and in UTC: `both` shows the two beside each other, else the second is in the title and the switch of the help swaps them. */
export const Time = ({ at, both = false }: { readonly at: string; readonly both?: boolean }) => {
  const chosen = useStored(zone);
  const moment = new Date(at);
  const other = chosen === 'utc' ? inLocal(at) : inUtc(at);
  return (
    <time dateTime={at} title={other} className={styles.time}>
      {short(moment, chosen)}
      {chosen === 'utc' && ' UTC'}
      {both && chosen === 'local' && <span className={styles.quiet}> · {short(moment, 'utc')} UTC</span>}
    </time>
  );
};

/** How long ago, new each second. */
export const Age = ({ since }: { readonly since: string }) => {
  const now = useNow();
  return (
    <time dateTime={since} title={inUtc(since)} className={styles.time}>
      {length(Math.max(1_000, now - Date.parse(since)))}
    </time>
  );
};

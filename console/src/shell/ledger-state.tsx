import { useQuery } from '@tanstack/react-query';
import { accessMonitor, playback, schedule } from '../api/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { counted } from '../parts/words.ts';
import styles from './shell.module.css';

/** The state of the ledger at a glance: whether playback is halted, whether views are judged, and who is on call. */
export const LedgerState = () => {
  const halt = useQuery(playback);
  const monitor = useQuery(accessMonitor);
  const onCall = useQuery(schedule);
  const people = (onCall.data?.schedules ?? []).flatMap(({ personId }) => (personId === null ? [] : [personId]));
  const releases = halt.data?.releases.length ?? 0;
  return (
    <ul className={styles.state} aria-label="State of the ledger">
      {(halt.data?.halted === true || releases > 0) && (
        <li data-tone="critical">
          <Icon name="halted" size={14} />
          {halt.data?.halted === true ? 'Playback halted' : `Playback halted for ${counted(releases, 'release')}`}
        </li>
      )}
      {halt.data !== undefined && !halt.data.halted && releases === 0 && <li data-tone="good">Playback on</li>}
      {monitor.data?.available === false && <li data-tone="critical">Monitor away</li>}
      {monitor.data?.available === true && (
        <li data-tone={monitor.data.parked > 0 ? 'review' : 'good'}>
          {monitor.data.parked > 0
            ? `${counted(monitor.data.parked, 'view')} parked`
            : `Monitor: ${monitor.data.waiting} waiting`}
        </li>
      )}
      {people.length > 0 && <li data-tone="quiet">On call: {people.join(', ')}</li>}
    </ul>
  );
};

import { useQuery } from '@tanstack/react-query';
import { answered, api, type Schemas } from '../api/client.ts';
import { Panel } from '../parts/page.tsx';
import { zone } from '../parts/preferences.ts';
import { EmptyState, Shown } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Time } from '../parts/time.tsx';
import { Chart } from '../pictures/chart.tsx';
import styles from './operations.module.css';

const EVERY_MS = 15_000;

type Minute = Schemas['AccessMonitorMinutes']['minutes'][number];

/** How many views the second key judged, and how fast flagged ones became alerts: the last hour, minute by minute. */
export const Monitor = () => {
  const query = useQuery({
    queryKey: ['access-monitor', 'minutes'],
    queryFn: () => answered(api.GET('/v1/access-monitor/minutes')),
    refetchInterval: EVERY_MS,
  });
  const utc = useStored(zone) === 'utc';
  return (
    <Panel title="Verdicts and alerts">
      <Shown query={query} what="verdicts and alerts">
        {({ since, minutes }) => {
          const times = minutes.map(({ at }) => Date.parse(at) / 1_000);
          const of = (pick: (minute: Minute) => number | null | undefined) =>
            minutes.map((minute) => pick(minute) ?? null);
          return (
            <div className={styles.stack}>
              <p className={styles.quiet}>
                Of all instances, as this one has heard of them since <Time at={since} both />.
              </p>
              {minutes.some(({ cleared, flagged }) => cleared + flagged > 0) ? (
                <Chart
                  title="Verdicts"
                  hint="Views that the second key judged, in each minute."
                  times={times}
                  series={[
                    { label: 'Cleared', values: of(({ cleared }) => cleared) },
                    { label: 'Flagged', values: of(({ flagged }) => flagged) },
                  ]}
                  unit="views"
                  dots
                  utc={utc}
                />
              ) : (
                <EmptyState title="No view was judged in the last hour" />
              )}
              {minutes.some(({ verdictMs, alertMs }) => verdictMs !== null || alertMs !== null) && (
                <Chart
                  title="Alert latency"
                  hint="From the record of a view to that of its verdict, and to that of its breach, which on-call is shown. A minute without either has no point."
                  times={times}
                  series={[
                    { label: 'Verdict, mean', values: of(({ verdictMs }) => verdictMs?.mean) },
                    { label: 'Alert, mean', values: of(({ alertMs }) => alertMs?.mean) },
                    { label: 'Alert, slowest', values: of(({ alertMs }) => alertMs?.slowest) },
                  ]}
                  unit="ms"
                  dots
                  utc={utc}
                />
              )}
            </div>
          );
        }}
      </Shown>
    </Panel>
  );
};

import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { accessMonitor, playback, queryClient, schedule } from '../api/queries.ts';
import { type Act, ReasonDialog } from '../history/reason-dialog.tsx';
import { say } from '../parts/announcer.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { zone } from '../parts/preferences.ts';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Time } from '../parts/time.tsx';
import { count, length, words } from '../parts/words.ts';
import { Chart } from '../pictures/chart.tsx';
import { InUse } from '../releases/in-use.tsx';
import { useHasRole } from '../shell/role.ts';
import { Drills } from './drills.tsx';
import { Monitor } from './monitor.tsx';
import styles from './operations.module.css';
import { NO_SAMPLES, type Samples, sampled } from './samples.ts';
import { Webhooks } from './webhooks.tsx';

type Reactor = Schemas['Reactor'];

/** Whether the ledger does its work: views judged, events acted on, people paged, backends told. */
export const OperationsPage = () => {
  const mayConfigure = useHasRole('compliance');
  return (
    <Page title="Operations">
      <Playback />
      <Monitor />
      <Reactors />
      <Pager />
      <Drills />
      {mayConfigure && <Webhooks />}
    </Page>
  );
};

const Playback = () => {
  const query = useQuery(playback);
  const [act, setAct] = useState<Act>();
  const onDone = () => void queryClient.invalidateQueries({ queryKey: playback.queryKey });
  const halt: Act = {
    title: 'Halt all playback',
    act: 'Halt',
    danger: true,
    does: [
      'No instance sends a byte of any recording to anyone, until playback is resumed.',
      'Transfers under way are cut within a second, and views that are asked for are refused.',
      'Booking, joining and uploading go on.',
    ],
    preview: <InUse />,
    done: 'All playback is halted.',
    run: (reason) => answered(api.POST('/v1/playback/halt', { body: { reason } })),
    onDone,
  };
  const resume = (release?: string): Act => ({
    title: release === undefined ? 'Resume playback' : `Resume ${release}`,
    act: 'Resume',
    does: [
      release === undefined
        ? 'All instances play recordings again to those who may see them.'
        : `Instances that run ${release} play recordings again to those who may see them.`,
      'Views that were revoked stay revoked, and suspended viewers stay suspended.',
    ],
    done: 'Playback is resumed.',
    run: (reason) => answered(api.POST('/v1/playback/resume', { body: { reason, ...(release && { release }) } })),
    onDone,
  });
  return (
    <Panel title="Playback">
      <Shown query={query} what="the switch of playback">
        {({ halted, releases }) => (
          <div className={styles.switch}>
            <StatusBadge code="playback" tone={halted ? 'critical' : 'good'}>
              {halted ? 'Halted everywhere' : 'On'}
            </StatusBadge>
            {halted ? (
              <Button onPress={() => setAct(resume())}>Resume …</Button>
            ) : (
              <Button look="danger" onPress={() => setAct(halt)}>
                Halt all playback …
              </Button>
            )}
            {releases.map((release) => (
              <span key={release} className={styles.switch}>
                <StatusBadge code="halted" tone="critical">
                  {release} halted
                </StatusBadge>
                <Button onPress={() => setAct(resume(release))} aria-label={`Resume ${release}`}>
                  Resume …
                </Button>
              </span>
            ))}
          </div>
        )}
      </Shown>
      {act && <ReasonDialog act={act} onClose={() => setAct(undefined)} />}
    </Panel>
  );
};

const EVERY_MS = 5_000;

const reactors = {
  queryKey: ['reactors'],
  queryFn: () => answered(api.GET('/v1/reactors')),
  refetchInterval: EVERY_MS,
} as const;

/** The groups that are worth a line: those with something to wait for, or all where none has. */
const MOST_LINES = 4;

const Reactors = () => {
  const query = useQuery(reactors);
  const utc = useStored(zone) === 'utc';
  const [samples, setSamples] = useState<Samples>(NO_SAMPLES);
  const { data, dataUpdatedAt } = query;
  useEffect(() => {
    if (!data) return;
    const waiting = Object.fromEntries(data.reactors.map(({ name, waiting: events }) => [name, events]));
    setSamples((before) => sampled(before, Math.round(dataUpdatedAt / 1_000), waiting));
  }, [data, dataUpdatedAt]);
  const busiest = Object.entries(samples.values)
    .map(([label, values]) => ({ label, values, most: Math.max(...values.map((value) => value ?? 0)) }))
    .sort((a, b) => b.most - a.most || (a.label < b.label ? -1 : 1))
    .slice(0, MOST_LINES);
  return (
    <Panel title="What acts on events">
      <Shown query={query} what="what acts on events">
        {({ reactors: all }) => (
          <div className={styles.stack}>
            <DataTable label="What acts on events" rows={all} keyOf={({ name }) => name} columns={columns} />
            {samples.times.length > 1 && (
              <Chart
                title="Events that wait"
                hint={`Read every ${EVERY_MS / 1_000} seconds while this page is open.`}
                times={samples.times}
                series={busiest}
                unit="events"
                utc={utc}
              />
            )}
          </div>
        )}
      </Shown>
    </Panel>
  );
};

const columns: readonly Column<Reactor>[] = [
  { key: 'name', header: 'Name', names: true, cell: ({ name }) => words(name) },
  {
    key: 'state',
    header: 'State',
    cell: ({ available, why }) => (
      <>
        <StatusBadge code="state" tone={available ? 'good' : 'critical'}>
          {available ? 'Receives' : 'Receives nothing'}
        </StatusBadge>
        {why && <span className={styles.quiet}> {why}</span>}
      </>
    ),
  },
  { key: 'waiting', header: 'Waiting', align: 'end', cell: ({ waiting }) => count(waiting) },
  { key: 'parked', header: 'Parked', align: 'end', cell: ({ parked }) => count(parked) },
  { key: 'acts', header: 'Acts', unseenHeader: true, cell: (reactor) => <Replay reactor={reactor} /> },
];

/** Parked events, once more. */
const Replay = ({ reactor: { name, parked } }: { readonly reactor: Reactor }) => {
  const [asking, setAsking] = useState(false);
  const replay = useMutation({
    mutationFn: () => answered(api.POST('/v1/reactors/{name}/replay', { params: { path: { name } } })),
    onSuccess: () => {
      say('The parked events are handed out once more.');
      setAsking(false);
      void queryClient.invalidateQueries({ queryKey: reactors.queryKey });
      void queryClient.invalidateQueries({ queryKey: accessMonitor.queryKey });
    },
  });
  if (parked === 0) return null;
  return (
    <>
      <Button onPress={() => setAsking(true)} aria-label={`Replay the parked events of ${words(name)}`}>
        Replay parked …
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Replay what ${words(name)} parked`}
          act="Replay"
          onClose={() => setAsking(false)}
          onConfirm={() => replay.mutate()}
          busy={replay.isPending}
          error={replay.error}
        >
          <p>
            {count(parked)} parked: each is acted on as if it had just happened. Fix what made it fail first, or it is
            parked again.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
};

type Channel = Schemas['PagingTest']['channels'][number];

const Pager = () => {
  const query = useQuery({
    queryKey: ['escalation'],
    queryFn: () => answered(api.GET('/v1/escalation')),
    refetchInterval: 15_000,
  });
  const onCall = useQuery(schedule);
  const test = useMutation({
    mutationFn: () => answered(api.POST('/v1/paging/test')),
    onSuccess: ({ channels }) => {
      const taken = channels.filter(({ outcome }) => outcome === 'taken').length;
      say(`The test page was taken by ${taken} of ${channels.length} channels.`);
      void queryClient.invalidateQueries({ queryKey: ['escalation'] });
    },
  });
  return (
    <Panel
      title="Pager"
      acts={
        <Button onPress={() => test.mutate()} isPending={test.isPending}>
          {test.isPending ? 'Sending …' : 'Send a test page'}
        </Button>
      }
    >
      {test.error && (
        <p role="alert" className={styles.problem}>
          {problemText(test.error)}
        </p>
      )}
      <Shown query={query} what="the pager">
        {({ channels, policy, due }) => (
          <div className={styles.stack}>
            {channels.length === 0 ? (
              <EmptyState title="No channel is set up">
                Incidents are on the board and on sockets alone. PAGERDUTY_ROUTING_KEY sets the first one up.
              </EmptyState>
            ) : (
              <DataTable label="Channels" rows={channels} keyOf={({ name }) => name} columns={channelColumns} />
            )}
            <Facts
              of={[
                ['Policy', policy.name],
                [
                  'On call now',
                  (onCall.data?.schedules ?? [])
                    .map(({ name, personId }) => `${name}: ${personId ?? 'no one'}`)
                    .join(', ') || 'no schedule',
                ],
                [
                  'A critical incident pages',
                  policy.critical
                    .map(
                      ({ afterMs, targets }) =>
                        `${targets.join(', ')} ${afterMs === 0 ? 'at once' : `after ${length(afterMs)}`}`,
                    )
                    .join(', then '),
                ],
                [
                  'Steps due next',
                  due.length === 0 ? 'none' : due.map(({ incidentId, at }) => <Time key={incidentId} at={at} />),
                ],
              ]}
            />
          </div>
        )}
      </Shown>
      {test.data && (
        <section aria-label="The last test page" className={styles.stack}>
          <h3>The last test page</h3>
          <DataTable
            label="The last test page"
            rows={test.data.channels}
            keyOf={({ channel }) => channel}
            columns={testColumns}
          />
        </section>
      )}
    </Panel>
  );
};

/** Why a receiver did not take it, as far as it said. */
const because = ({ why, code, status }: { why?: string; code?: string; status?: number }): string =>
  [why && words(why), status, code].filter((part) => part !== undefined && part !== '').join(', ');

const OUTCOMES: Readonly<Record<Channel['outcome'], Tone>> = { taken: 'good', refused: 'critical', failed: 'critical' };

type StandingChannel = Schemas['Escalation']['channels'][number];
const channelColumns: readonly Column<StandingChannel>[] = [
  { key: 'name', header: 'Channel', names: true, cell: ({ name }) => name },
  { key: 'kind', header: 'Kind', cell: ({ kind }) => words(kind) },
  {
    key: 'state',
    header: 'State',
    cell: (channel) => (
      <>
        <StatusBadge code={channel.state} tone={channel.state === 'healthy' ? 'good' : 'critical'} />
        <span className={styles.quiet}> {because(channel)}</span>
      </>
    ),
  },
  { key: 'since', header: 'Since', cell: ({ since }) => since && <Time at={since} /> },
];

const testColumns: readonly Column<Channel>[] = [
  { key: 'channel', header: 'Channel', names: true, cell: ({ channel }) => channel },
  { key: 'kind', header: 'Kind', cell: ({ kind }) => words(kind) },
  { key: 'outcome', header: 'Outcome', cell: ({ outcome }) => <StatusBadge code={outcome} tone={OUTCOMES[outcome]} /> },
  { key: 'why', header: 'Why', cell: because },
];

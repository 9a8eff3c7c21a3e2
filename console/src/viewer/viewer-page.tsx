import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { answered, api, LedgerProblem } from '../api/client.ts';
import { historyOf, onRecord } from '../history/asked.ts';
import styles from '../history/history.module.css';
import { HistoryTable } from '../history/history-table.tsx';
import { linkOf, PatientId, ViewerId } from '../history/ids.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { controlsIn, looksOf } from '../history/looks.ts';
import type { HistoryRow } from '../history/question.ts';
import { type Act, ReasonDialog } from '../history/reason-dialog.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, count, counted, sentence } from '../parts/words.ts';
import { ExposureTimeline } from '../pictures/exposure-timeline.tsx';
import { HourMap } from '../pictures/hour-map.tsx';
import { useTimeZone } from '../pictures/zone.ts';
import { useHasRole } from '../shell/role.ts';

const PAGE = 500;

/** One person as a viewer: what they were shown, opened and played, when, and what stops them. */
export const ViewerPage = () => {
  const { viewerId } = useParams({ from: '/shell/viewers/$viewerId' });
  const mayRead = useHasRole('compliance');
  return (
    <Page title="Viewer">
      {mayRead ? (
        <>
          <Seen viewerId={viewerId} key={viewerId} />
          <KnownFacts personId={viewerId} key={`facts ${viewerId}`} />
        </>
      ) : (
        <Standing viewerId={viewerId} rows={undefined} key={viewerId} />
      )}
    </Page>
  );
};

type StandingProps = {
  readonly viewerId: string;
  /** The newest first; undefined where they may not be read, or not yet. */
  readonly rows: readonly HistoryRow[] | undefined;
  /** Whether there are no older ones. */
  readonly areAll?: boolean;
};

/** The newest suspension or its end says how the person stands. A person who may not read the history can do both all the same. */
const Standing = ({ viewerId, rows, areAll = false }: StandingProps) => {
  const [act, setAct] = useState<Act>();
  const [done, setDone] = useState<boolean>();
  const row = rows?.find(({ kind }) => kind === 'suspended' || kind === 'reinstated');
  const isSuspended = done ?? (row === undefined ? (areAll ? false : undefined) : row.kind === 'suspended');
  const path = { params: { path: { viewerId } } };
  const suspend: Act = {
    title: `Suspend ${viewerId}`,
    act: 'Suspend',
    danger: true,
    does: [
      'This person can open no recording, on any instance, until they are reinstated.',
      'What they are watching now is cut within a second.',
      'Lists of their own consultations stay open to them.',
    ],
    done: 'The viewer is suspended.',
    run: (reason) => answered(api.POST('/v1/viewers/{viewerId}/suspend', { ...path, body: { reason } })),
    onDone: () => setDone(true),
  };
  const reinstate: Act = {
    title: `Reinstate ${viewerId}`,
    act: 'Reinstate',
    does: [
      'This person can open again what they take part in.',
      'Views that were revoked meanwhile stay revoked: they have to be opened anew.',
      'No one reinstates themselves.',
    ],
    done: 'The viewer is reinstated.',
    run: (reason) => answered(api.POST('/v1/viewers/{viewerId}/reinstate', { ...path, body: { reason } })),
    onDone: () => setDone(false),
  };
  return (
    <Panel
      title="Standing"
      acts={
        <span className={styles.acts}>
          {isSuspended !== true && (
            <Button look="danger" onPress={() => setAct(suspend)}>
              Suspend …
            </Button>
          )}
          {isSuspended !== false && <Button onPress={() => setAct(reinstate)}>Reinstate …</Button>}
        </span>
      }
    >
      <Facts
        of={[
          ['Person', <CopyId key="id" id={viewerId} of="viewer" whole />],
          [
            'Viewing',
            isSuspended === undefined ? (
              'not known here'
            ) : (
              <StatusBadge key="standing" code="standing" tone={isSuspended ? 'critical' : 'good'}>
                {isSuspended ? 'Suspended' : 'Not suspended'}
              </StatusBadge>
            ),
          ],
          // A step of a moment ago is not among the rows: they are not asked for again by themselves.
          ...(row && done === undefined
            ? ([
                [sentence(row.kind), <Time key="at" at={row.at} both />],
                ['By', <code key="by">{row.actorId}</code>],
                ['Reason', row.reason],
              ] as const)
            : []),
        ]}
      />
      {act && <ReasonDialog act={act} onClose={() => setAct(undefined)} />}
    </Panel>
  );
};

const Seen = ({ viewerId }: { readonly viewerId: string }) => {
  const query = useInfiniteQuery(historyOf({ viewerId }, PAGE));
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  return (
    <>
      <Standing viewerId={viewerId} rows={query.data && rows} areAll={query.data && !query.hasNextPage} />
      <Shown query={query} what="what this person saw">
        {() =>
          rows.length === 0 ? (
            <Panel title="What this person saw">
              <EmptyState title="Nothing is on record of this person">
                Ids are compared whole. A person who was shown nothing has no history.
              </EmptyState>
            </Panel>
          ) : (
            <>
              <Pictures rows={rows} />
              <Panel
                title="All of it"
                acts={
                  <Link to="/history" search={{ viewerId }}>
                    Ask further
                  </Link>
                }
              >
                <HistoryTable label="What this person saw" rows={rows} without={['viewer', 'now']} />
                <LoadMore query={query} so={`${counted(rows.length, 'row')}, the newest.`} />
              </Panel>
            </>
          )
        }
      </Shown>
    </>
  );
};

const of = (rows: readonly HistoryRow[], kind: HistoryRow['kind']) => rows.filter((row) => row.kind === kind);

const Pictures = ({ rows }: { readonly rows: readonly HistoryRow[] }) => {
  const timeZone = useTimeZone();
  const looks = useMemo(() => looksOf(rows), [rows]);
  const steps = useMemo(() => controlsIn(rows), [rows]);
  const opened = useMemo(
    () => looks.filter(({ rung }) => rung === 'opened' || rung === 'played').map(({ at }) => at),
    [looks],
  );
  const patients = new Set(looks.flatMap(({ patientId }) => patientId ?? []));
  const [first] = patients;
  return (
    <>
      <Panel title="What this person saw">
        <div className={styles.stack}>
          <Facts
            of={[
              ['Patients', patients.size === 1 && first ? <PatientId key="one" id={first} /> : count(patients.size)],
              ['Listed', count(of(rows, 'shown').length)],
              ['Opened', count(of(rows, 'opened').length)],
              ['Flagged', count(looks.filter(({ flagged }) => flagged).length)],
              ['Refused', count(of(rows, 'refused').length)],
              ['Bytes that left', bytes(rows.reduce((sum, { bytesServed = 0 }) => sum + bytesServed, 0))],
            ]}
          />
          <ExposureTimeline looks={looks} steps={steps} timeZone={timeZone} link={linkOf} />
        </div>
      </Panel>
      <Panel title="Hours">
        {opened.length === 0 ? (
          <EmptyState title="This person opened nothing" />
        ) : (
          <HourMap title="Recordings opened, by weekday and hour" times={opened} timeZone={timeZone} />
        )}
      </Panel>
    </>
  );
};

/** What a service stated about the person: what the rules compare. */
const KnownFacts = ({ personId }: { readonly personId: string }) => {
  const query = useQuery({
    queryKey: ['facts', personId],
    queryFn: async () => {
      try {
        return await answered(api.GET('/v1/people/{personId}/facts', { params: { path: { personId } } }));
      } catch (error) {
        if (error instanceof LedgerProblem && error.status === 404) return null;
        throw error;
      }
    },
    ...onRecord,
  });
  return (
    <Panel title="Known facts">
      <Shown query={query} what="facts about this person">
        {(person) => {
          if (person === null)
            return (
              <EmptyState title="No service stated facts about this person">
                Rules that compare them find nothing.
              </EmptyState>
            );
          const { employment, asPatientId, kinOf = [], guardianOf = [], vip, deceasedAt, dischargedAt } = person.facts;
          const shown: (readonly [string, React.ReactNode])[] = [['As of', <Time key="as-of" at={person.asOf} both />]];
          const add = (name: string, value: React.ReactNode) => value !== undefined && shown.push([name, value]);
          add('Department', employment?.departmentKey);
          add('Manager', employment?.managerId && <ViewerId key="manager" id={employment.managerId} />);
          add('Employed from', employment?.startedAt && <Time key="from" at={employment.startedAt} />);
          add('Employed until', employment?.endedAt && <Time key="until" at={employment.endedAt} />);
          add('As a patient', asPatientId && <PatientId key="patient" id={asPatientId} />);
          if (kinOf.length > 0)
            add(
              'Related to',
              kinOf.map((id) => <PatientId key={id} id={id} />),
            );
          if (guardianOf.length > 0)
            add(
              'Guardian of',
              guardianOf.map((id) => <PatientId key={id} id={id} />),
            );
          add('Known to many', vip ? `yes, ${vip}` : undefined);
          add('Deceased', deceasedAt && <Time key="deceased" at={deceasedAt} />);
          add('Discharged', dischargedAt && <Time key="discharged" at={dischargedAt} />);
          return <Facts of={shown} />;
        }}
      </Shown>
    </Panel>
  );
};

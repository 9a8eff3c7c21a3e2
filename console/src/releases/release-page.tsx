import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { playback, queryClient } from '../api/queries.ts';
import { ForCompliance } from '../history/for-compliance.tsx';
import styles from '../history/history.module.css';
import { linkOf, PatientId, ViewerId } from '../history/ids.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { type Act, ReasonDialog } from '../history/reason-dialog.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, count, counted, length } from '../parts/words.ts';
import type { Pair } from '../pictures/blast-layout.ts';
import { BlastRadius } from '../pictures/blast-radius.tsx';
import { InUse } from './in-use.tsx';
import { exposureOf } from './queries.ts';

type Exposure = Schemas['ReleaseExposure'];
type Item = Exposure['items'][number];

/** What one release showed to whom, apart for those who take part and those who do not. */
export const ReleasePage = () => {
  const { version } = useParams({ from: '/shell/releases/$version' });
  return (
    <Page title={`Release ${version}`}>
      <ForCompliance>
        <Exposed version={version} key={version} />
      </ForCompliance>
    </Page>
  );
};

const Exposed = ({ version }: { readonly version: string }) => {
  const { kind } = useSearch({ from: '/shell/releases/$version' });
  const query = useInfiniteQuery(exposureOf(version, kind));
  const exposure = query.data?.pages[0];
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return (
    <Shown query={query} what={`what ${version} exposed`}>
      {() =>
        exposure === undefined ? null : (
          <>
            <Panel title="Exposure" acts={exposure.kind === 'ledger' ? <Halt version={version} /> : undefined}>
              <div className={styles.stack}>
                <Facts
                  of={[
                    ['Release of', exposure.kind === 'ledger' ? 'the ledger' : 'an app'],
                    ['First seen', <Time key="first" at={exposure.firstSeen} both />],
                    ['Last seen', <Time key="last" at={exposure.lastSeen} both />],
                    [
                      'All of it',
                      <Link key="history" to="/history" search={{ release: version }}>
                        in the access history
                      </Link>,
                    ],
                  ]}
                />
                <Figures of={exposure} />
              </div>
            </Panel>
            <Panel title="Who does not take part">
              {items.length === 0 ? (
                <EmptyState title="Everything went to people who take part">
                  No list and no view of this release was of a consultation that its viewer takes no part in.
                </EmptyState>
              ) : (
                <NotEntitled version={version} items={items} />
              )}
              <LoadMore query={query} so={`${counted(items.length, 'pair')} so far`} />
            </Panel>
          </>
        )
      }
    </Shown>
  );
};

const rungOf = ({ played, opened }: Item): Pair['rung'] => {
  if (played > 0) return 'played';
  return opened > 0 ? 'opened' : 'shown';
};

const NotEntitled = ({ version, items }: { readonly version: string; readonly items: readonly Item[] }) => {
  const navigate = useNavigate();
  const pairs = useMemo(
    () =>
      items.map((item): Pair => {
        const { viewerId, patientId, flagged } = item;
        return { viewerId, patientId, rung: rungOf(item), flagged: flagged > 0 };
      }),
    [items],
  );
  return (
    <div className={styles.stack}>
      <BlastRadius
        release={version}
        pairs={pairs}
        link={linkOf}
        onOpen={(kind, id) =>
          kind === 'viewer'
            ? void navigate({ to: '/viewers/$viewerId', params: { viewerId: id } })
            : void navigate({ to: '/patients/$patientId', params: { patientId: id } })
        }
      />
      <DataTable
        label="Pairs of viewer and patient"
        rows={items}
        keyOf={({ viewerId, patientId }) => `${viewerId} ${patientId}`}
        columns={columnsFor(version)}
      />
    </div>
  );
};

const columnsFor = (release: string): readonly Column<Item>[] => [
  { key: 'viewer', header: 'Viewer', names: true, cell: ({ viewerId }) => <ViewerId id={viewerId} /> },
  { key: 'patient', header: 'Patient', cell: ({ patientId }) => <PatientId id={patientId} /> },
  { key: 'shown', header: 'Shown', align: 'end', cell: ({ shown }) => count(shown) },
  { key: 'opened', header: 'Opened', align: 'end', cell: ({ opened }) => count(opened) },
  { key: 'bytes', header: 'Bytes left', align: 'end', cell: ({ bytesServed }) => bytes(bytesServed) },
  { key: 'seconds', header: 'Media', align: 'end', cell: ({ secondsPlayed }) => length(secondsPlayed * 1_000) },
  {
    key: 'flagged',
    header: 'Flagged',
    cell: ({ flagged, emergencies }) => (
      <>
        {flagged > 0 && (
          <StatusBadge code="flagged" tone="critical">
            {counted(flagged, 'view')}
          </StatusBadge>
        )}
        {emergencies > 0 && <StatusBadge code="review">{counted(emergencies, 'emergency', 'emergencies')}</StatusBadge>}
      </>
    ),
  },
  { key: 'first', header: 'First', cell: ({ firstAt }) => <Time at={firstAt} /> },
  {
    key: 'rows',
    header: 'Rows',
    cell: ({ viewerId, patientId }) => (
      <Link to="/history" search={{ viewerId, patientId, release }} aria-label={`Rows of ${viewerId} and ${patientId}`}>
        Rows
      </Link>
    ),
  },
];

type Group = Exposure['entitled'];
type Difference = NonNullable<Exposure['before']>['difference']['entitled'];

const FIGURES: readonly (readonly [
  label: string,
  of: (group: Group | Difference) => number,
  as?: (n: number) => string,
])[] = [
  ['Patients', ({ patients }) => patients],
  ['Viewers', ({ viewers }) => viewers],
  ['Patients shown on a list', ({ shown }) => shown.patients],
  ['Patients whose recording was opened', ({ opened }) => opened.patients],
  ['Patients of whom bytes left', ({ played }) => played.patients],
  ['Recordings', ({ recordings }) => recordings],
  ['Bytes left', ({ bytesServed }) => bytesServed, bytes],
  ['Media', ({ secondsPlayed }) => secondsPlayed, (seconds) => length(seconds * 1_000)],
  ['Emergencies', ({ emergencies }) => emergencies],
  ['Views that a service reported', ({ witnessed }) => witnessed],
];

type Row = (typeof FIGURES)[number];

/** `+12`, `−3`, `as before`; a rise is said by its sign, not by colour. */
const signed = (n: number, as: (n: number) => string): string => {
  if (n === 0) return 'as before';
  return `${n > 0 ? '+' : '−'}${as(Math.abs(n))}`;
};

const Figures = ({ of }: { readonly of: Exposure }) => {
  const { before } = of;
  const group = (key: 'entitled' | 'notEntitled', header: string): readonly Column<Row>[] => [
    { key, header, align: 'end', cell: ([, pick, as = count]) => as(pick(of[key])) },
    ...(before
      ? [
          {
            key: `${key} before`,
            header: `against ${before.version}`,
            align: 'end' as const,
            cell: ([, pick, as = count]: Row) => signed(pick(before.difference[key]), as),
          },
        ]
      : []),
  ];
  return (
    <>
      <DataTable
        label="Figures"
        rows={FIGURES}
        keyOf={([label]) => label}
        columns={[
          { key: 'label', header: 'How many', names: true, cell: ([label]) => label },
          ...group('notEntitled', 'Do not take part'),
          ...group('entitled', 'Take part'),
        ]}
      />
      {before === null && <p className={styles.quiet}>No release of this kind was seen before it.</p>}
    </>
  );
};

const Halt = ({ version }: { readonly version: string }) => {
  const { data } = useQuery(playback);
  const [act, setAct] = useState<Act>();
  const isHalted = data?.releases.includes(version) ?? false;
  const onDone = () => void queryClient.invalidateQueries({ queryKey: ['playback'] });
  const halt: Act = {
    title: `Halt ${version}`,
    act: 'Halt',
    danger: true,
    does: [
      `No instance that runs ${version} of the ledger plays any recording, until it is resumed.`,
      'Transfers under way there are cut, and every view that is asked for is refused.',
      'Instances of other releases go on.',
    ],
    preview: <InUse release={version} />,
    done: `Playback of ${version} is halted.`,
    run: (reason) => answered(api.POST('/v1/playback/halt', { body: { reason, release: version } })),
    onDone,
  };
  const resume: Act = {
    title: `Resume ${version}`,
    act: 'Resume',
    does: [
      `Instances that run ${version} play recordings again to those who may see them.`,
      'Views that were revoked meanwhile stay revoked, and suspended viewers stay suspended.',
    ],
    done: `Playback of ${version} is resumed.`,
    run: (reason) => answered(api.POST('/v1/playback/resume', { body: { reason, release: version } })),
    onDone,
  };
  if (data === undefined) return null;
  return (
    <span className={styles.acts}>
      {isHalted && <StatusBadge code="halted" tone="critical" />}
      {isHalted ? (
        <Button onPress={() => setAct(resume)}>Resume …</Button>
      ) : (
        <Button look="danger" onPress={() => setAct(halt)}>
          Halt this release …
        </Button>
      )}
      {act && <ReasonDialog act={act} onClose={() => setAct(undefined)} />}
    </span>
  );
};

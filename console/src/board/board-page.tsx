import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { Checkbox, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { answered, api } from '../api/client.ts';
import { useAct } from '../incident/acts.ts';
import { ContainDialog } from '../incident/contain-dialog.tsx';
import { IncidentLink, incidentName, isOver } from '../incident/naming.tsx';
import { connection, type Incident, incidents } from '../live/on-call.ts';
import { say } from '../parts/announcer.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Clock } from '../parts/countdown.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Page } from '../parts/page.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { EmptyState, Loading, problemText, Shown } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Age, Time } from '../parts/time.tsx';
import { bytes, count, counted } from '../parts/words.ts';
import { useSession } from '../shell/role.ts';
import styles from './board.module.css';
import { byUrgency, type Filter, passes } from './order.ts';

const FILTERS: readonly { readonly id: Filter | 'ended'; readonly title: string }[] = [
  { id: 'all', title: 'All open' },
  { id: 'critical', title: 'Critical' },
  { id: 'unacknowledged', title: 'Not acknowledged' },
  { id: 'mine', title: 'Mine' },
  { id: 'ended', title: 'Closed' },
];

/** The open incidents as they are now. Their order stays until a person asks for the next: what comes in moves nothing. */
export const BoardPage = () => {
  const { show = 'all' } = useSearch({ from: '/shell/' });
  const navigate = useNavigate();
  return (
    <Page title="Incidents">
      <ToggleButtonGroup
        className={styles.filters}
        aria-label="Which incidents"
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[show]}
        onSelectionChange={(chosen) => {
          const [next] = [...chosen] as (Filter | 'ended')[];
          void navigate({ to: '/', search: next === undefined || next === 'all' ? {} : { show: next } });
        }}
      >
        {FILTERS.map(({ id, title }) => (
          <ToggleButton key={id} id={id} className={styles.filter}>
            {title}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {show === 'ended' ? <Ended /> : <Open filter={show} key={show} />}
    </Page>
  );
};

const Open = ({ filter }: { readonly filter: Filter }) => {
  const all = useStored(incidents);
  const { personId } = useSession();
  if (all === undefined) return <Loading what={connection.get().is === 'lost' ? 'the connection' : 'the incidents'} />;
  return <Rows all={all} filter={filter} personId={personId} />;
};

type RowsProps = { readonly all: ReadonlyMap<string, Incident>; readonly filter: Filter; readonly personId: string };

const Rows = ({ all, filter, personId }: RowsProps) => {
  const waits = useMemo(
    () => [...all.values()].filter((one) => !isOver(one)).filter(passes(filter, personId)),
    [all, filter, personId],
  );
  /** The incidents on the page, in the order of their coming there; incidents that ended stay where they are, quieter. */
  const [order, setOrder] = useState<readonly string[]>(() =>
    waits.toSorted(byUrgency).map(({ incidentId }) => incidentId),
  );
  const [current, setCurrent] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [containing, setContaining] = useState<Incident>();
  /** As they were last: one that the server no longer lists is over. */
  const last = useRef(new Map<string, Incident>());
  const navigate = useNavigate();
  const acknowledge = useAct('acknowledge');
  const [failed, setFailed] = useState<readonly string[]>([]);

  const shown = useMemo(() => new Set(order), [order]);
  const fresh = waits.filter(({ incidentId }) => !shown.has(incidentId));
  const showAll = () => {
    const next = waits.toSorted(byUrgency).map(({ incidentId }) => incidentId);
    setOrder(next);
    setSelected(new Set([...selected].filter((id) => next.includes(id))));
    say(fresh.length === 0 ? 'Nothing new' : `${counted(fresh.length, 'incident')} added`);
  };
  // There is nothing that a row could move: the first ones need no one's leave.
  if (order.length === 0 && fresh.length > 0) setOrder(waits.toSorted(byUrgency).map(({ incidentId }) => incidentId));

  const rows = order.flatMap((incidentId) => {
    const now = all.get(incidentId);
    if (now) last.current.set(incidentId, now);
    const known = now ?? last.current.get(incidentId);
    return known === undefined ? [] : [now === undefined ? { ...known, status: 'closed' as const } : known];
  });
  const at = rows.findIndex(({ incidentId }) => incidentId === current);
  const here = rows[at];
  const step = (by: number) =>
    setCurrent(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.incidentId ?? null);
  const toggle = (incidentId: string) => {
    const next = new Set(selected);
    if (!next.delete(incidentId)) next.add(incidentId);
    setSelected(next);
  };
  const acknowledgeAll = async (which: readonly Incident[]) => {
    setFailed([]);
    const failures: string[] = [];
    for (const { incidentId, ...one } of which)
      await acknowledge
        .mutateAsync({ incidentId, body: undefined })
        .catch((error: unknown) => failures.push(`${incidentName(one)}: ${problemText(error)}`));
    setFailed(failures);
    setSelected(new Set());
  };
  const chosen = rows.filter((one) => selected.has(one.incidentId) && !isOver(one));

  useShortcuts('Incidents', {
    j: { does: 'Next incident', run: () => step(1) },
    k: { does: 'Previous incident', run: () => step(-1) },
    Enter: {
      does: 'Open it',
      run: () => here && void navigate({ to: '/incidents/$incidentId', params: { incidentId: here.incidentId } }),
    },
    a: { does: 'Acknowledge it', run: () => here && !isOver(here) && void acknowledgeAll([here]) },
    c: { does: 'Contain it', run: () => here && !isOver(here) && setContaining(here) },
    x: { does: 'Select it', run: () => here && toggle(here.incidentId) },
    A: { does: 'Acknowledge all that are selected', run: () => void acknowledgeAll(chosen) },
    '.': { does: 'Show new incidents', run: showAll },
  });

  return (
    <>
      {(fresh.length > 0 || chosen.length > 0) && (
        <div className={styles.tools}>
          {fresh.length > 0 && (
            <Button look="primary" shortcut="." onPress={showAll}>
              {count(fresh.length)} new
            </Button>
          )}
          {chosen.length > 0 && (
            <Button shortcut="A" isPending={acknowledge.isPending} onPress={() => void acknowledgeAll(chosen)}>
              Acknowledge {counted(chosen.length, 'incident')}
            </Button>
          )}
        </div>
      )}
      {failed.length > 0 && (
        <ul role="alert" className={styles.failed}>
          {failed.map((why) => (
            <li key={why}>{why}</li>
          ))}
        </ul>
      )}
      {rows.length === 0 ? (
        <EmptyState title={filter === 'all' ? 'No incident is open' : 'None of the open incidents is of this kind'}>
          New ones appear here by themselves, within a second of what caused them.
        </EmptyState>
      ) : (
        <DataTable
          label="Open incidents"
          rows={rows}
          keyOf={keyOf}
          columns={columnsOf(selected, toggle)}
          current={current}
          onCurrent={setCurrent}
          isOver={isOver}
        />
      )}
      {containing && <ContainDialog incident={containing} onClose={() => setContaining(undefined)} />}
    </>
  );
};

const keyOf = ({ incidentId }: Incident) => incidentId;

const columnsOf = (
  selected: ReadonlySet<string>,
  toggle: (incidentId: string) => void,
): readonly Column<Incident>[] => [
  {
    key: 'select',
    header: 'Select',
    unseenHeader: true,
    cell: (one) => (
      <Checkbox
        className={styles.checkbox}
        aria-label={`Select ${incidentName(one)}`}
        isSelected={selected.has(one.incidentId)}
        onChange={() => toggle(one.incidentId)}
      >
        <span aria-hidden="true" />
      </Checkbox>
    ),
  },
  ...WHAT,
  {
    key: 'escalation',
    header: 'Next page in',
    align: 'end',
    cell: ({ nextEscalationAt }) =>
      nextEscalationAt === undefined ? <None /> : <Clock until={nextEscalationAt} over="due" />,
  },
];

const None = () => (
  <span className={styles.none}>
    <span aria-hidden="true">–</span>
    <span className={styles.unseen}>none</span>
  </span>
);

const WHAT: readonly Column<Incident>[] = [
  {
    key: 'name',
    header: 'Incident',
    names: true,
    cell: (one) => (
      <span className={styles.name}>
        <IncidentLink incident={one} />
        <span className={styles.id}>
          <CopyId id={one.incidentId} of="incident" />
          {one.drillId !== undefined && <StatusBadge code="drill" tone="accent" />}
        </span>
      </span>
    ),
  },
  { key: 'severity', header: 'Severity', cell: ({ severity }) => <StatusBadge code={severity} /> },
  {
    key: 'status',
    header: 'Status',
    cell: ({ status, acknowledgedBy }) => (
      <span className={styles.name}>
        <StatusBadge code={status} />
        {acknowledgedBy !== undefined && <span className={styles.by}>by {acknowledgedBy}</span>}
      </span>
    ),
  },
  { key: 'age', header: 'Age', align: 'end', cell: ({ openedAt }) => <Age since={openedAt} /> },
  { key: 'breaches', header: 'Breaches', align: 'end', cell: ({ breaches }) => count(breaches) },
  { key: 'people', header: 'People', align: 'end', cell: ({ people }) => count(people) },
  {
    key: 'bytes',
    header: 'Data left',
    align: 'end',
    cell: ({ bytesServed }) =>
      bytesServed === null ? (
        'not known'
      ) : bytesServed === 0 ? (
        'none'
      ) : (
        <strong className={styles.left}>{bytes(bytesServed)}</strong>
      ),
  },
  {
    key: 'release',
    header: 'Release',
    cell: ({ releases }) =>
      releases.length === 0 ? (
        <None />
      ) : (
        <code>
          {releases.slice(0, 2).join(', ')}
          {releases.length > 2 ? ` and ${releases.length - 2} more` : ''}
        </code>
      ),
  },
];

const ENDED: readonly Column<Incident>[] = [
  ...WHAT.filter(({ key }) => key !== 'age'),
  {
    key: 'resolution',
    header: 'Turned out',
    cell: ({ resolution }) => (resolution === undefined ? <None /> : <StatusBadge code={resolution} tone="quiet" />),
  },
  {
    key: 'closed',
    header: 'Closed',
    align: 'end',
    cell: ({ closedAt }) => (closedAt === undefined ? <None /> : <Time at={closedAt} />),
  },
];

const Ended = () => {
  const query = useInfiniteQuery({
    queryKey: ['incidents', 'closed'],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET('/v1/incidents', {
          params: { query: { status: 'closed', limit: 50, ...(pageParam !== '' && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  return (
    <Shown query={query} what="closed incidents">
      {({ pages }) => {
        const rows = pages.flatMap(({ items }) => items);
        return rows.length === 0 ? (
          <EmptyState title="No incident was closed yet" />
        ) : (
          <>
            <DataTable label="Closed incidents" rows={rows} keyOf={keyOf} columns={ENDED} />
            {query.hasNextPage && (
              <p>
                <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
                  Show older ones
                </Button>
              </p>
            )}
          </>
        );
      }}
    </Shown>
  );
};

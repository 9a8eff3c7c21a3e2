import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { LoadMore } from '../history/load-more.tsx';
import { say } from '../parts/announcer.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/fields.tsx';
import { Panel } from '../parts/page.tsx';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, length, words } from '../parts/words.ts';
import { useSession } from '../shell/role.ts';
import styles from './operations.module.css';

type Drill = Schemas['Drill'];

const BUSY_MS = 3_000;
const TONES: Readonly<Record<Drill['status'], Tone>> = {
  ...{ requested: 'review', running: 'accent', passed: 'good', failed: 'critical' },
};

/** Breaches that are made to happen to no one, and how they went. */
export const Drills = () => {
  const [asking, setAsking] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['drills'],
    queryFn: ({ pageParam }) =>
      answered(api.GET('/v1/drills', { params: { query: { limit: 10, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(({ status }) => status === 'running')) ? BUSY_MS : false,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title="Drills" acts={<Button onPress={() => setAsking(true)}>Ask for a drill …</Button>}>
      <Shown query={query} what="the drills">
        {() =>
          rows.length === 0 ? (
            <EmptyState title="No drill was held yet">
              A drill shows how soon a breach is noticed, before there is one.
            </EmptyState>
          ) : (
            <>
              <DataTable label="Drills" rows={rows} keyOf={({ drillId }) => drillId} columns={columns} />
              <LoadMore query={query} />
            </>
          )
        }
      </Shown>
      {asking && <Ask onClose={() => setAsking(false)} />}
    </Panel>
  );
};

const changed = () => void queryClient.invalidateQueries({ queryKey: ['drills'] });

const Ask = ({ onClose }: { readonly onClose: () => void }) => {
  const [patients, setPatients] = useState('20');
  const [minutes, setMinutes] = useState('60');
  const ask = useMutation({
    mutationFn: () =>
      answered(api.POST('/v1/drills', { body: { patients: Number(patients), limitMinutes: Number(minutes) } })),
    onSuccess: () => {
      say('The drill is asked for. Another person begins it.');
      changed();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Ask for a drill"
      act="Ask"
      onClose={onClose}
      onConfirm={() => ask.mutate()}
      busy={ask.isPending}
      error={ask.error}
    >
      <p>
        One viewer opens recordings of synthetic patients, as a faulty release would let them. The person on call is
        paged, and the clock runs until it is contained. Another person begins it.
      </p>
      <TextField label="Synthetic patients" type="number" required value={patients} onChange={setPatients} />
      <TextField
        label="Minutes until it has to be contained"
        type="number"
        required
        value={minutes}
        onChange={setMinutes}
      />
    </ConfirmDialog>
  );
};

const Begin = ({ drill: { drillId, status, requestedBy } }: { readonly drill: Drill }) => {
  const { personId } = useSession();
  const begin = useMutation({
    mutationFn: () => answered(api.POST('/v1/drills/{drillId}/begin', { params: { path: { drillId } } })),
    onSuccess: () => {
      say('The drill runs.');
      changed();
    },
  });
  if (status !== 'requested') return null;
  if (requestedBy === personId) return <span className={styles.quiet}>Another person begins it</span>;
  return (
    <span className={styles.acts}>
      <Button onPress={() => begin.mutate()} isPending={begin.isPending} aria-label={`Begin drill ${drillId}`}>
        Begin
      </Button>
      {begin.error && (
        <span role="alert" className={styles.problem}>
          {problemText(begin.error)}
        </span>
      )}
    </span>
  );
};

const columns: readonly Column<Drill>[] = [
  { key: 'id', header: 'Drill', names: true, cell: ({ drillId }) => <CopyId id={drillId} of="drill" /> },
  {
    key: 'status',
    header: 'State',
    cell: ({ status, report }) => (
      <>
        <StatusBadge code={status} tone={TONES[status]} />
        {report && report.reasons.length > 0 && (
          <span className={styles.quiet}> {report.reasons.map(words).join(', ')}</span>
        )}
      </>
    ),
  },
  { key: 'asked', header: 'Asked for', cell: ({ requestedAt }) => <Time at={requestedAt} /> },
  {
    key: 'noticed',
    header: 'Noticed after',
    align: 'end',
    cell: ({ report }) => report?.detectionMs !== undefined && length(report.detectionMs),
  },
  {
    key: 'paged',
    header: 'Paged after',
    align: 'end',
    cell: ({ report }) => report?.pageMs !== undefined && length(report.pageMs),
  },
  {
    key: 'contained',
    header: 'Contained after',
    align: 'end',
    cell: ({ report }) => report?.containmentSeconds !== undefined && length(report.containmentSeconds * 1_000),
  },
  { key: 'leaked', header: 'Bytes that left', align: 'end', cell: ({ report }) => report && bytes(report.bytesLeaked) },
  {
    key: 'incident',
    header: 'Incident',
    cell: ({ report }) =>
      report?.incidentId && (
        <Link to="/incidents/$incidentId" params={{ incidentId: report.incidentId }}>
          Open
        </Link>
      ),
  },
  { key: 'acts', header: 'Acts', unseenHeader: true, cell: (drill) => <Begin drill={drill} /> },
];

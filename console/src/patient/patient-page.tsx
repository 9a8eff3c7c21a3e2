import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api, LedgerProblem, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { historyOf, onRecord } from '../history/asked.ts';
import { ForCompliance } from '../history/for-compliance.tsx';
import styles from '../history/history.module.css';
import { PatientId, RecordingId, ReleaseName, ViewerId } from '../history/ids.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { say } from '../parts/announcer.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Select, TextField } from '../parts/fields.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, sentence, words } from '../parts/words.ts';

type Access = Schemas['Access'];
type Hold = Schemas['AccessHold'];

/** Who looked at a patient's consultations, in the words in which the patient is told of it. */
export const PatientPage = () => {
  const { patientId } = useParams({ from: '/shell/patients/$patientId' });
  return (
    <Page title="Patient">
      <ForCompliance>
        <Person patientId={patientId} key={`person ${patientId}`} />
        <Accesses patientId={patientId} key={`accesses ${patientId}`} />
        <Erased patientId={patientId} key={`erased ${patientId}`} />
        <Holds patientId={patientId} key={`holds ${patientId}`} />
      </ForCompliance>
    </Page>
  );
};

const Person = ({ patientId }: { readonly patientId: string }) => {
  const query = useQuery({
    queryKey: ['identity', patientId],
    queryFn: async () => {
      try {
        return await answered(api.GET('/v1/patients/{patientId}/identity', { params: { path: { patientId } } }));
      } catch (error) {
        if (error instanceof LedgerProblem && error.status === 404) return null;
        throw error;
      }
    },
    ...onRecord,
  });
  return (
    <Panel
      title="Person"
      acts={
        <Link to="/history" search={{ patientId }}>
          In the access history
        </Link>
      }
    >
      <Shown query={query} what="the ids of this person">
        {(identity) => (
          <Facts
            of={[
              ['Patient', <CopyId key="id" id={patientId} of="patient" whole />],
              [
                'Other ids of this person',
                identity?.mergedInto ? (
                  <PatientId key="into" id={identity.mergedInto} />
                ) : identity?.merged.length ? (
                  identity.merged.map((id) => <PatientId key={id} id={id} />)
                ) : (
                  'none'
                ),
              ],
            ]}
          />
        )}
      </Shown>
    </Panel>
  );
};

const PAGE = 50;

const Accesses = ({ patientId }: { readonly patientId: string }) => {
  const query = useInfiniteQuery({
    queryKey: ['accesses', patientId],
    queryFn: ({ pageParam, signal }) =>
      answered(
        api.GET('/v1/patients/{patientId}/accesses', {
          params: { path: { patientId }, query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    ...onRecord,
  });
  const rows = (query.data?.pages.flatMap(({ items }) => items) ?? []).map((access, index) => ({ ...access, index }));
  return (
    <Panel title="Who looked">
      <p className={styles.quiet}>In the words of the patient’s own list. That you read it is on that list, too.</p>
      <Shown query={query} what="who looked">
        {() =>
          rows.length === 0 ? (
            <EmptyState title="No one looked yet">
              The list begins with the first time that a consultation of this patient is shown or opened.
            </EmptyState>
          ) : (
            <div className={styles.rows}>
              <DataTable label="Who looked" rows={rows} keyOf={({ index }) => String(index)} columns={columns} />
              <LoadMore query={query} />
            </div>
          )
        }
      </Shown>
    </Panel>
  );
};

/** How far it got, in a word: a flagged view is one that the patient was told was not theirs to see. */
const outcome = (access: Access): React.ReactNode => {
  if (access.kind === 'opened' && access.verdict === 'flagged') return <StatusBadge code="flagged" tone="critical" />;
  if (access.kind === 'opened')
    return <StatusBadge code={access.verdict} tone={access.verdict === 'cleared' ? 'good' : 'review'} />;
  if (access.kind === 'played') return bytes(access.bytesServed);
  return access.kind === 'refused' ? words(access.reasonCode) : '';
};

const columns: readonly Column<Access & { readonly index: number }>[] = [
  { key: 'at', header: 'When', names: true, cell: ({ at }) => <Time at={at} /> },
  {
    key: 'who',
    header: 'Who',
    cell: ({ who, viewerId, automated }) => (
      <>
        {viewerId === undefined ? who : <ViewerId id={viewerId} />}
        {automated && <span className={styles.quiet}> by itself</span>}
      </>
    ),
  },
  { key: 'kind', header: 'What', cell: ({ kind }) => sentence(kind) },
  { key: 'reason', header: 'Told as', cell: ({ reason }) => <div className={styles.told}>{reason}</div> },
  {
    key: 'recording',
    header: 'Recording',
    cell: (access) => ('recordingId' in access && access.recordingId ? <RecordingId id={access.recordingId} /> : ''),
  },
  {
    key: 'outcome',
    header: 'Outcome',
    cell: (access) => (
      <>
        {outcome(access)}{' '}
        {access.held && (
          <StatusBadge code="held" tone="review">
            Kept from the patient
          </StatusBadge>
        )}
      </>
    ),
  },
  {
    key: 'release',
    header: 'Release',
    cell: ({ clientRelease, appVersion }) => <ReleaseName name={clientRelease ?? appVersion} />,
  },
];

/** A question of its own, and asked when a person asks it: the visit is on the patient's list once. */
const Erased = ({ patientId }: { readonly patientId: string }) => {
  const [asked, setAsked] = useState(false);
  const query = useInfiniteQuery({
    ...historyOf({ patientId }, PAGE, ['erased', 'quarantined', 'released']),
    enabled: asked,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  if (!asked)
    return (
      <Panel title="Quarantined and erased">
        <p className={styles.acts}>
          <Button onPress={() => setAsked(true)}>Show what became of recordings</Button>
          <span className={styles.quiet}>That you read it is put on record.</span>
        </p>
      </Panel>
    );
  return (
    <Panel title="Quarantined and erased">
      <Shown query={query} what="what became of recordings">
        {() =>
          rows.length === 0 ? (
            <EmptyState title="No recording was quarantined or erased" />
          ) : (
            <>
              <DataTable
                label="Quarantined and erased"
                rows={rows}
                keyOf={({ eventId }) => eventId}
                columns={[
                  { key: 'at', header: 'When', names: true, cell: ({ at }) => <Time at={at} both /> },
                  { key: 'kind', header: 'What', cell: ({ kind }) => sentence(kind) },
                  {
                    key: 'recording',
                    header: 'Recording',
                    cell: ({ recordingId }) => recordingId && <RecordingId id={recordingId} />,
                  },
                  { key: 'reason', header: 'Reason', cell: ({ reason }) => reason },
                  { key: 'by', header: 'By', cell: ({ actorId }) => <code>{actorId}</code> },
                ]}
              />
              <LoadMore query={query} />
            </>
          )
        }
      </Shown>
    </Panel>
  );
};

const REASONS = {
  'law-enforcement': 'Law enforcement',
  'health-oversight': 'Health oversight',
  'vital-interests': 'Vital interests of a person',
} as const satisfies Record<Hold['reason'], string>;

const Holds = ({ patientId }: { readonly patientId: string }) => {
  const [placing, setPlacing] = useState(false);
  const query = useQuery({
    queryKey: ['holds', patientId],
    queryFn: () => answered(api.GET('/v1/patients/{patientId}/access-holds', { params: { path: { patientId } } })),
  });
  return (
    <Panel title="Holds" acts={<Button onPress={() => setPlacing(true)}>Keep accesses back …</Button>}>
      <Shown query={query} what="the holds">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="Nothing is kept from this patient" />
          ) : (
            <DataTable label="Holds" rows={items} keyOf={({ holdId }) => holdId} columns={holdColumns} />
          )
        }
      </Shown>
      {placing && <PlaceHold patientId={patientId} onClose={() => setPlacing(false)} />}
    </Panel>
  );
};

const Lift = ({ hold: { patientId, holdId, status } }: { readonly hold: Hold }) => {
  const lift = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/v1/patients/{patientId}/access-holds/{holdId}/lift', { params: { path: { patientId, holdId } } }),
      ),
    onSuccess: () => {
      say('The hold is lifted.');
      void queryClient.invalidateQueries({ queryKey: ['holds', patientId] });
    },
  });
  if (status !== 'in-force') return null;
  return (
    <>
      <Button isPending={lift.isPending} onPress={() => lift.mutate()} aria-label={`Lift hold ${holdId}`}>
        Lift
      </Button>
      {lift.error && (
        <span role="alert" className={styles.problem}>
          {problemText(lift.error)}
        </span>
      )}
    </>
  );
};

const holdColumns: readonly Column<Hold>[] = [
  { key: 'id', header: 'Hold', names: true, cell: ({ holdId }) => <CopyId id={holdId} of="hold" /> },
  {
    key: 'status',
    header: 'State',
    cell: ({ status }) => <StatusBadge code={status} tone={status === 'in-force' ? 'review' : 'quiet'} />,
  },
  {
    key: 'viewer',
    header: 'Of',
    cell: ({ viewerId }) => (viewerId === undefined ? 'all viewers' : <ViewerId id={viewerId} />),
  },
  { key: 'reason', header: 'For', cell: ({ reason, request }) => `${REASONS[reason]}, ${request} request` },
  { key: 'until', header: 'Until', cell: ({ until }) => <Time at={until} both /> },
  { key: 'by', header: 'By', cell: ({ placedBy }) => <code>{placedBy}</code> },
  { key: 'lift', header: 'Acts', unseenHeader: true, cell: (hold) => <Lift hold={hold} /> },
];

const PlaceHold = ({ patientId, onClose }: { readonly patientId: string; readonly onClose: () => void }) => {
  const [reason, setReason] = useState<Hold['reason']>('law-enforcement');
  const [request, setRequest] = useState<Hold['request']>('written');
  const [viewerId, setViewerId] = useState('');
  const [until, setUntil] = useState('');
  const place = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/v1/patients/{patientId}/access-holds', {
          params: { path: { patientId } },
          body: {
            ...{ reason, request, until: new Date(until).toISOString() },
            ...(viewerId.trim() !== '' && { viewerId: viewerId.trim() }),
          },
        }),
      ),
    onSuccess: () => {
      say('The hold is in force.');
      void queryClient.invalidateQueries({ queryKey: ['holds', patientId] });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Keep accesses from this patient"
      act="Keep back"
      onClose={onClose}
      onConfirm={() => place.mutate()}
      busy={place.isPending}
      disabled={until === ''}
      error={place.error}
    >
      <ul className={styles.does}>
        <li>The patient’s list leaves out what the hold covers, until its time or until it is lifted.</li>
        <li>Nothing is removed: afterwards the list shows it all.</li>
        <li>Officers see these rows, marked as kept back.</li>
      </ul>
      <Select
        label="For"
        value={reason}
        onChange={setReason}
        options={(Object.keys(REASONS) as Hold['reason'][]).map((value) => ({ value, label: REASONS[value] }))}
      />
      <Select
        label="Request"
        value={request}
        onChange={setRequest}
        options={[
          { value: 'written', label: 'In writing' },
          { value: 'oral', label: 'By word of mouth, 30 days at most' },
        ]}
      />
      <TextField label="Of one viewer alone" value={viewerId} onChange={setViewerId} hint="Empty: of all viewers." />
      <TextField label="Until" type="datetime-local" value={until} onChange={setUntil} required />
    </ConfirmDialog>
  );
};

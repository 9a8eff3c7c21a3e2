import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { onRecord } from '../history/asked.ts';
import { say } from '../parts/announcer.tsx';
import { Button } from '../parts/button.tsx';
import { CodeField } from '../parts/code-field.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { words } from '../parts/words.ts';
import styles from './review.module.css';

type Row = Schemas['HistoryRow'];
type Held = Row & { readonly patientId: string; readonly consultationId: string; readonly recordingId: string };

const KEY = ['quarantined'];
const LATEST = 500;

/** The recordings whose last step of custody is a quarantine, of the latest steps there were. */
const heldIn = (rows: readonly Row[]): readonly Held[] => {
  const last = new Map<string, Row>();
  for (const row of rows)
    if (row.recordingId !== undefined && !last.has(row.recordingId)) last.set(row.recordingId, row);
  return [...last.values()].filter(
    (row): row is Held => row.kind === 'quarantined' && row.patientId !== undefined && row.consultationId !== undefined,
  );
};

export const Quarantined = () => {
  const [releasing, setReleasing] = useState<Held>();
  const query = useQuery({
    queryKey: KEY,
    queryFn: () =>
      answered(
        api.GET('/v1/access-history', {
          params: { query: { kind: 'quarantined,released,erased', limit: LATEST, order: 'newest' } },
        }),
      ),
    ...onRecord,
  });
  return (
    <Shown query={query} what="the history of recordings">
      {({ items }) => {
        const held = heldIn(items);
        return (
          <>
            {held.length === 0 ? (
              <EmptyState title="No recording is quarantined">
                Of the last {LATEST} steps of custody, each quarantine has ended.
              </EmptyState>
            ) : (
              <DataTable
                label="Quarantined recordings"
                rows={held}
                keyOf={({ recordingId }) => recordingId}
                columns={columnsOf(setReleasing)}
              />
            )}
            <p className={styles.quiet}>That the history was read is on record.</p>
            {releasing && <ReleaseDialog held={releasing} onClose={() => setReleasing(undefined)} />}
          </>
        );
      }}
    </Shown>
  );
};

const columnsOf = (release: (held: Held) => void): readonly Column<Held>[] => [
  {
    key: 'recording',
    header: 'Recording',
    names: true,
    cell: ({ recordingId }) => <CopyId id={recordingId} of="recording" />,
  },
  { key: 'patient', header: 'Patient', cell: ({ patientId }) => <CopyId id={patientId} of="patient" /> },
  { key: 'reason', header: 'Reason', cell: ({ reason }) => words(reason ?? 'none given') },
  { key: 'by', header: 'By', cell: ({ actorId }) => actorId ?? '' },
  { key: 'at', header: 'Since', align: 'end', cell: ({ at }) => <Time at={at} /> },
  {
    key: 'act',
    header: 'Decision',
    align: 'end',
    unseenHeader: true,
    cell: (held) => <Button onPress={() => release(held)}>Release …</Button>,
  },
];

const ReleaseDialog = ({ held, onClose }: { readonly held: Held; readonly onClose: () => void }) => {
  const [reason, setReason] = useState('');
  const { patientId, consultationId, recordingId } = held;
  const act = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/release', {
          params: { path: { patientId, consultationId, recordingId } },
          body: { reason },
        }),
      ),
    onSuccess: async () => {
      say('Released');
      onClose();
      await queryClient.invalidateQueries({ queryKey: KEY });
    },
  });
  return (
    <ConfirmDialog
      title="Release from quarantine"
      act="Release"
      onClose={onClose}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate()}
    >
      <p>
        The people who take part in the consultation can watch it again. The person who uploaded it cannot release it.
      </p>
      <CodeField
        label="Reason"
        value={reason}
        onChange={setReason}
        required
        autoFocus
        often={['provenance-shown', 'checked-with-clinic', 'quarantined-by-mistake']}
      />
    </ConfirmDialog>
  );
};

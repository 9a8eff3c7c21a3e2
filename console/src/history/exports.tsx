import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { download } from '../api/download.ts';
import { queryClient } from '../api/queries.ts';
import { say } from '../parts/announcer.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Select, TextField } from '../parts/fields.tsx';
import { Panel } from '../parts/page.tsx';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, counted, sentence } from '../parts/words.ts';
import { useSession } from '../shell/role.ts';
import styles from './history.module.css';
import { exportFilter, isPosition, type Question } from './question.ts';

type Export = Schemas['Export'];

const FORMATS = {
  csv: 'CSV, for a spreadsheet',
  ndjson: 'NDJSON, for programs',
  parquet: 'Parquet, for analysis',
  fhir: 'FHIR AuditEvents, for an audit repository',
  accounting: 'Accounting of disclosures of one patient (45 CFR 164.528)',
} as const satisfies Record<Export['format'], string>;

const PURPOSES = {
  audit: 'Audit',
  oversight: 'Oversight by an authority',
  legal: 'Legal proceedings',
  'patient-request': 'Request of the patient',
  operations: 'Operations',
  treatment: 'Treatment',
  'public-health': 'Public health',
  research: 'Research',
} as const satisfies Record<Export['purpose'], string>;

const optionsOf = <T extends string>(labels: Readonly<Record<T, string>>) =>
  (Object.keys(labels) as T[]).map((value) => ({ value, label: labels[value] }));

type DialogProps = {
  readonly question: Question;
  readonly position: number | undefined;
  readonly onClose: () => void;
};

/** Has the rows of the question made into a file, as of the position that the page shows. */
export const ExportDialog = ({ question, position, onClose }: DialogProps) => {
  const [format, setFormat] = useState<Export['format']>('csv');
  const [purpose, setPurpose] = useState<Export['purpose']>('audit');
  const [recipient, setRecipient] = useState('');
  const asked = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/v1/exports', {
          body: {
            format,
            purpose,
            filter: exportFilter(question),
            ...(position !== undefined && { asOf: position }),
            ...(recipient.trim() !== '' && { recipient: { name: recipient.trim() } }),
          },
        }),
      ),
    onSuccess: ({ status }) => {
      say(status === 'awaiting-approval' ? 'The export waits for a second officer.' : 'The export is being made.');
      void queryClient.invalidateQueries({ queryKey: ['exports'] });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Export these rows"
      act="Export"
      onClose={onClose}
      onConfirm={() => asked.mutate()}
      busy={asked.isPending}
      error={asked.error}
    >
      <p>
        All rows of this question, not only those on the page, {asOfWords(question, position)}. A file about many people
        waits for a second officer. It is kept for seven days, and who fetches it is on record.
      </p>
      <Select label="As" value={format} onChange={setFormat} options={optionsOf(FORMATS)} />
      <Select label="For" value={purpose} onChange={setPurpose} options={optionsOf(PURPOSES)} />
      <TextField
        label="Given to"
        value={recipient}
        onChange={setRecipient}
        maxLength={200}
        hint="An authority or another organisation, where it leaves yours."
      />
    </ConfirmDialog>
  );
};

const asOfWords = ({ asOf }: Question, position: number | undefined): string => {
  if (asOf !== undefined && !isPosition(asOf)) return `as it was known at ${asOf}`;
  return position === undefined ? 'as it is known now' : `as of position ${position}`;
};

const BUSY_MS = 1_500;
const isBusy = ({ status }: Export): boolean => status === 'queued' || status === 'awaiting-approval';

const TONES: Readonly<Record<Export['status'], Tone>> = {
  ...{ 'awaiting-approval': 'review', queued: 'accent', made: 'good', failed: 'critical' },
  ...{ cancelled: 'quiet', expired: 'quiet' },
};

/** The files that were asked for, by whichever officer. */
export const Exports = () => {
  const query = useQuery({
    queryKey: ['exports'],
    queryFn: () => answered(api.GET('/v1/exports', { params: { query: { limit: 20 } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(isBusy) ? BUSY_MS : false),
  });
  return (
    <Panel title="Exports">
      <Shown query={query} what="the exports">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No file was asked for yet">“Export these” makes one of the rows above.</EmptyState>
          ) : (
            <DataTable label="Exports" rows={items} keyOf={({ exportId }) => exportId} columns={columns} />
          )
        }
      </Shown>
    </Panel>
  );
};

const Acts = ({ of }: { readonly of: Export }) => {
  const { personId } = useSession();
  const changed = () => void queryClient.invalidateQueries({ queryKey: ['exports'] });
  const path = { params: { path: { exportId: of.exportId } } };
  const approve = useMutation({
    mutationFn: () => answered(api.POST('/v1/exports/{exportId}/approve', path)),
    onSuccess: changed,
  });
  const cancel = useMutation({
    mutationFn: () => answered(api.POST('/v1/exports/{exportId}/cancel', path)),
    onSuccess: changed,
  });
  const fetched = useMutation({
    mutationFn: () => download(of.contentUrl ?? '', `${of.exportId}.${of.format}`),
    onSuccess: changed,
  });
  const error = approve.error ?? cancel.error ?? fetched.error;
  return (
    <span className={styles.acts}>
      {of.status === 'made' && (
        <Button onPress={() => fetched.mutate()} isPending={fetched.isPending} aria-label={`Download ${of.exportId}`}>
          Download
        </Button>
      )}
      {of.status === 'awaiting-approval' &&
        (of.requestedBy === personId ? (
          <span className={styles.quiet}>A second officer approves it</span>
        ) : (
          <Button onPress={() => approve.mutate()} isPending={approve.isPending} aria-label={`Approve ${of.exportId}`}>
            Approve
          </Button>
        ))}
      {isBusy(of) && (
        <Button look="plain" onPress={() => cancel.mutate()} aria-label={`Cancel ${of.exportId}`}>
          Cancel
        </Button>
      )}
      {error && (
        <span role="alert" className={styles.problem}>
          {problemText(error)}
        </span>
      )}
    </span>
  );
};

const columns: readonly Column<Export>[] = [
  { key: 'id', header: 'Export', cell: ({ exportId }) => <CopyId id={exportId} of="export" />, names: true },
  {
    key: 'status',
    header: 'State',
    cell: ({ status, progress, reason }) => (
      <>
        <StatusBadge code={status} tone={TONES[status]} />
        {progress && (
          <progress
            className={styles.progress}
            value={progress.rows}
            max={Math.max(1, progress.of)}
            aria-label="Rows written"
          />
        )}
        {reason && <span className={styles.quiet}> {sentence(reason)}</span>}
      </>
    ),
  },
  { key: 'format', header: 'As', cell: ({ format }) => format },
  {
    key: 'what',
    header: 'What',
    cell: ({ rows, people, bytes: size }) =>
      [counted(rows, 'row'), counted(people, 'patient'), size !== undefined && bytes(size)].filter(Boolean).join(', '),
  },
  { key: 'who', header: 'Asked by', cell: ({ requestedBy }) => <code>{requestedBy}</code> },
  { key: 'when', header: 'When', cell: ({ requestedAt }) => <Time at={requestedAt} /> },
  { key: 'acts', header: 'Acts', unseenHeader: true, cell: (row) => <Acts of={row} /> },
];

import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, length, sentence, words } from '../parts/words.ts';
import styles from './history.module.css';
import { PatientId, RecordingId, ReleaseName, ViewerId } from './ids.tsx';
import type { HistoryRow } from './question.ts';

type Verdict = NonNullable<HistoryRow['verdictThen'] | HistoryRow['verdictNow']>;

const TONES: Readonly<Record<Verdict, Tone>> = {
  ...{ cleared: 'good', flagged: 'critical', pending: 'review', unknown: 'review' },
};

const Verdict = ({ is }: { readonly is: Verdict | undefined }) =>
  is === undefined ? null : (
    <StatusBadge code={is} tone={TONES[is]}>
      {sentence(is)}
    </StatusBadge>
  );

/** What else a row says, in a few words. */
const more = ({ purpose, reason, rule, outcome, bytesServed, secondsPlayed, source }: HistoryRow): string =>
  [
    purpose && words(purpose),
    rule && `rule ${words(rule)}`,
    reason && words(reason),
    bytesServed !== undefined && bytes(bytesServed),
    secondsPlayed !== undefined && `${length(secondsPlayed * 1_000)} of media`,
    outcome && words(outcome),
    source === 'witnessed' && 'reported by a service',
  ]
    .filter(Boolean)
    .join(' · ');

type Key = 'at' | 'kind' | 'viewer' | 'patient' | 'recording' | 'then' | 'now' | 'release' | 'more';

const columns: readonly (Column<HistoryRow> & { readonly key: Key })[] = [
  { key: 'at', header: 'Recorded', cell: ({ at }) => <Time at={at} />, names: true },
  { key: 'kind', header: 'What', cell: ({ kind }) => sentence(kind) },
  { key: 'viewer', header: 'Viewer', cell: ({ viewerId }) => viewerId && <ViewerId id={viewerId} /> },
  { key: 'patient', header: 'Patient', cell: ({ patientId }) => patientId && <PatientId id={patientId} /> },
  {
    key: 'recording',
    header: 'Recording',
    cell: ({ recordingId, recordingIds, consultationId }) => {
      if (recordingId) return <RecordingId id={recordingId} />;
      const [only] = recordingIds ?? [];
      if (only && recordingIds?.length === 1) return <RecordingId id={only} />;
      if (only) return `${recordingIds?.length} recordings`;
      return consultationId && <CopyId id={consultationId} of="consultation" />;
    },
  },
  { key: 'then', header: 'Verdict then', cell: ({ verdictThen }) => <Verdict is={verdictThen} /> },
  { key: 'now', header: 'By the rules now', cell: ({ verdictNow }) => <Verdict is={verdictNow} /> },
  {
    key: 'release',
    header: 'Release',
    cell: ({ clientRelease, appVersion }) => {
      const name = clientRelease ?? appVersion;
      return name && <ReleaseName name={name} />;
    },
  },
  { key: 'more', header: 'More', cell: more },
];

type Props = {
  readonly label: string;
  readonly rows: readonly HistoryRow[];
  /** Columns that say the same in each row here. */
  readonly without?: readonly Key[];
};

/** Rows of the access history. */
export const HistoryTable = ({ label, rows, without = [] }: Props) => (
  <div className={styles.rows}>
    <DataTable
      label={label}
      rows={rows}
      keyOf={({ position, part }) => `${position}.${part}`}
      columns={columns.filter(({ key }) => !without.includes(key))}
    />
  </div>
);

import type { AuditorEvent } from '../events/auditor-events.ts';
import { auditorStreams } from '../events/categories.ts';
import type { Appended, Recorded } from '../events/event.ts';
import { projection } from './projection.ts';

type HistoryRead = Extract<AuditorEvent, { type: 'HistoryRead' }>;

/** One reading of a breach file: as of a position of the log, at which the file is the same for ever. */
export type FileReading = {
  readonly readId: string;
  /** Record time, ISO-8601 UTC. */
  readonly at: string;
  readonly readerId: string;
  readonly position: number;
  readonly format: 'json' | 'csv' | 'pdf';
};

/** Older readings stay in the ledger. */
const READINGS_KEPT = 500;

/** Who was given the breach file of each incident, as of when and in which form; the oldest first. */
export const fileReadings = projection({
  name: 'file-readings-v1',
  categories: [auditorStreams],
  keysOf: ({ data }) => ('incidentId' in data && data.incidentId !== undefined ? [data.incidentId] : []),
  initial: (): readonly FileReading[] => [],
  on: { HistoryRead: (readings, event) => withReading(readings, event) },
  ignores: [
    'NameAsked',
    'BacktestRun',
    'RehearsalRun',
    'ExportRequested',
    'ExportApproved',
    'ExportCancelled',
    'ExportMade',
    'ExportFailed',
    'ExportDownloaded',
    'ExportExpired',
  ],
});

/** The events of a long list of patients are one reading. */
const withReading = (
  readings: readonly FileReading[] = [],
  { data, recordedAt: at }: Appended<HistoryRead> & Pick<Recorded, 'recordedAt'>,
): readonly FileReading[] => {
  const { readId, auditorId: readerId, asOf: position, format } = data;
  if (format !== 'json' && format !== 'csv' && format !== 'pdf') return readings;
  return readings.some((one) => one.readId === readId)
    ? readings
    : [...readings, { readId, at, readerId, position, format }].slice(-READINGS_KEPT);
};

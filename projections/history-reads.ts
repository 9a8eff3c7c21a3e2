import { auditorStreams } from '../events/categories.ts';
import { type Recorded, releasesOf } from '../events/event.ts';
import { projection } from './projection.ts';

/** One reading of a patient's history by a compliance officer, or of the list of accesses by a service or a guardian. */
export type HistoryReading = {
  /** Ids of events carry the time they were made at: newer ones are greater. */
  readonly eventId: string;
  readonly at: string;
  readonly readerId: string;
  readonly roles: readonly string[];
  /** Whom it was read for, where the reader named a person. */
  readonly onBehalfOf?: string;
  readonly appVersion: string;
  readonly clientRelease?: string;
};

/** Older readings stay in the ledger. */
const READINGS_KEPT = 500;

/** Who read the history of each patient, the oldest first. */
export const historyReads = projection({
  name: 'history-reads-v2',
  categories: [auditorStreams],
  keysOf: ({ data }) => ('patientIds' in data ? data.patientIds : []),
  initial: (): readonly HistoryReading[] => [],
  on: {
    HistoryRead: (readings, event) => withReading(readings, event, event.data.auditorId, event.data.onBehalfOf),
    // A file of it left.
    ExportDownloaded: (readings, event) => withReading(readings, event, event.data.downloadedBy),
  },
  ignores: [
    'NameAsked',
    'BacktestRun',
    'RehearsalRun',
    'ExportRequested',
    'ExportApproved',
    'ExportCancelled',
    'ExportMade',
    'ExportFailed',
    'ExportExpired',
  ],
});

const withReading = (
  readings: readonly HistoryReading[] = [],
  { id: eventId, recordedAt: at, metadata }: Recorded,
  readerId: string,
  onBehalfOf?: string,
): readonly HistoryReading[] =>
  readings.some((one) => one.eventId === eventId)
    ? readings
    : [
        ...readings,
        {
          ...{ eventId, at, readerId, roles: metadata.actor.roles },
          ...(onBehalfOf !== undefined && { onBehalfOf }),
          ...releasesOf({ metadata }),
        },
      ].slice(-READINGS_KEPT);

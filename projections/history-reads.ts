import { auditorStreams } from '../events/categories.ts';
import { releasesOf } from '../events/event.ts';
import { projection } from './projection.ts';

/** One reading of a patient's history by a compliance officer, or of the list of accesses by a service. */
export type HistoryReading = {
  /** Ids of events carry the time they were made at: newer ones are greater. */
  readonly eventId: string;
  readonly at: string;
  readonly readerId: string;
  readonly roles: readonly string[];
  readonly appVersion: string;
  readonly clientRelease?: string;
};

/** Older readings stay in the ledger. */
const READINGS_KEPT = 500;

/** Who read the history of each patient, the oldest first. */
export const historyReads = projection({
  name: 'history-reads-v1',
  categories: [auditorStreams],
  keysOf: ({ data }) => data.patientIds,
  initial: (): readonly HistoryReading[] => [],
  on: {
    HistoryRead: (readings = [], { id: eventId, recordedAt: at, data, metadata }) =>
      readings.some((one) => one.eventId === eventId)
        ? readings
        : [
            ...readings,
            { eventId, at, readerId: data.auditorId, roles: metadata.actor.roles, ...releasesOf({ metadata }) },
          ].slice(-READINGS_KEPT),
  },
  ignores: [],
});

import type { GroupOptions } from '../ledger/persistent-group.ts';

/** What the access monitor is handed out by the store. */
export const MONITOR_GROUP: GroupOptions = {
  name: 'access-monitor',
  eventTypes: [
    'RecordingViewed',
    'RecordingTransferBegan',
    'RecordingPlayed',
    'RecordingQuarantined',
    'EgressPrevented',
    'ViewReported',
    'ProbingDetected',
  ],
  /**
   * One verdict is two durable appends at once, about a millisecond; judged one after the other a burst of views would wait for each
   * other's disk. Verdicts do not depend on each other (each is as of its own revision), so this many may be under way at once.
   */
  maxInFlight: 128,
};

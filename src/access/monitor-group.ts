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
   * other's disk. So this many may be under way at once; verdicts on one person are recorded together.
   */
  maxInFlight: 128,
};

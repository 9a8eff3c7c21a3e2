import { MONITOR } from '../access/monitor/monitor-group.ts';
import type { GroupPlan } from '../ledger/react/plan.ts';

/** From what the store hands out breaches are opened, beside flagged views, which the second key tells. */
export const OPENER = {
  name: 'breach-opener',
  version: 1,
  types: [
    'RecordingTransferBegan',
    'RecordingPlayed',
    'RecordingQuarantined',
    'EgressPrevented',
    'ViewReported',
    'ProbingDetected',
  ],
  maxInFlight: 128,
  // The second key's group received all of these.
  succeeds: [{ name: MONITOR.name, version: 1 }],
} as const satisfies GroupPlan;

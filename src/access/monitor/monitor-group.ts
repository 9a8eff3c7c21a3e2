import type { GroupPlan } from '../../ledger/react/plan.ts';

/** What the second key is handed out by the store. Up to version 1 it opened every breach as well (`breaches/opener-group.ts`). */
export const MONITOR = {
  name: 'access-monitor',
  version: 2,
  types: ['RecordingViewed'],
  /**
   * One verdict is two durable appends at once, about a millisecond; judged one after the other a burst of views would wait for each
   * other's disk. So this many may be under way at once; verdicts on one person are recorded together.
   */
  maxInFlight: 128,
} as const satisfies GroupPlan;

import type { BreachEvent } from '../events/breach-events.ts';
import { BreachClosed, BreachNotFound } from './errors.ts';
import type { Breach, BreachState } from './evolve.ts';

export const breachActions = [
  'acknowledge',
  'contain',
  'dismiss',
  'notify-patient',
  'notify-regulator',
  'close',
] as const;
export type BreachAction = (typeof breachActions)[number];

type Step = {
  readonly type: Exclude<
    BreachEvent['type'],
    'BreachFlagged' | 'BreachTransferBegan' | 'BreachBytesServed' | 'JustificationRead' | 'OnCallNotified'
  >;
  readonly isDone: (breach: Breach) => boolean;
};

/** What each action leads to, and when there is nothing left to do. */
const steps: Readonly<Record<BreachAction, Step>> = {
  acknowledge: {
    type: 'BreachAcknowledged',
    isDone: ({ status }) => status === 'acknowledged' || status === 'contained',
  },
  contain: { type: 'BreachContained', isDone: ({ status }) => status === 'contained' },
  dismiss: { type: 'BreachDismissed', isDone: ({ resolution }) => resolution === 'dismissed' },
  'notify-patient': { type: 'PatientNotified', isDone: ({ patientNotified }) => patientNotified },
  'notify-regulator': { type: 'RegulatorNotified', isDone: ({ regulatorNotified }) => regulatorNotified },
  close: { type: 'BreachClosed', isDone: ({ resolution }) => resolution === 'handled' },
};

/**
 * One step in the life of an incident. What is done already changes nothing.
 * @param reason a code, kept with the step
 * @throws BreachNotFound, BreachClosed
 */
export function takeStep(
  breach: BreachState,
  { breachId, action, reason }: { breachId: string; action: BreachAction; reason?: string | undefined },
): BreachEvent[] {
  if (!breach) throw new BreachNotFound();
  const { type, isDone } = steps[action];
  if (isDone(breach)) return [];
  if (breach.status === 'closed') throw new BreachClosed(breach.resolution);
  return [{ type, data: { breachId, ...(reason !== undefined && { reason }) } }];
}

import type { BreachEvent } from '../../events/breach-events.ts';
import type { Breach, BreachState } from '../../projections/breach.ts';
import { OwnCase } from '../access/errors.ts';
import { BreachIsClosed, BreachNotFound, ContainmentNeeded } from './errors.ts';

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
 * Whether a person at the desk may handle a breach: neither its viewer nor its patient.
 * @throws BreachNotFound, OwnCase
 */
export function notTheirs(breach: BreachState, by: string): Breach {
  if (!breach) throw new BreachNotFound();
  if (by === breach.viewerId || by === breach.patientId) throw new OwnCase('this breach is about you');
  return breach;
}

/**
 * One step in the life of a breach. A step that was already taken changes nothing.
 * @param reason a code, kept with the step
 * @param by who takes it
 * @throws BreachNotFound, OwnCase, BreachIsClosed, ContainmentNeeded
 */
export function takeStep(
  state: BreachState,
  { breachId, action, reason, by }: { breachId: string; action: BreachAction; reason?: string | undefined; by: string },
): BreachEvent[] {
  const breach = notTheirs(state, by);
  const { type, isDone } = steps[action];
  if (isDone(breach)) return [];
  if (breach.status === 'closed') throw new BreachIsClosed(breach.resolution);
  const mustSayWhy = action === 'dismiss' || (action === 'close' && breach.status !== 'contained');
  if (breach.severity === 'critical' && mustSayWhy && reason === undefined) throw new ContainmentNeeded(action);
  return [{ type, data: { breachId, ...(reason !== undefined && { reason }) } }];
}

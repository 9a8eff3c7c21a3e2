import type { BreachEvent } from '../events/breach-events.ts';
import type { Appended } from '../events/event.ts';

export type BreachStatus = 'open' | 'acknowledged' | 'contained' | 'closed';

/** An incident as commands decide on it. */
export type Breach = {
  readonly status: BreachStatus;
  /** How a closed one ended. */
  readonly resolution?: 'handled' | 'dismissed';
  readonly patientNotified: boolean;
  readonly regulatorNotified: boolean;
};

/** Undefined: there is no such incident. */
export type BreachState = Breach | undefined;

export const noBreach = (): BreachState => undefined;

export function evolveBreach(breach: BreachState, { type }: Pick<Appended<BreachEvent>, 'type'>): BreachState {
  if (type === 'BreachFlagged') return breach ?? { status: 'open', patientNotified: false, regulatorNotified: false };
  if (!breach) return undefined;
  switch (type) {
    case 'BreachAcknowledged':
      return { ...breach, status: 'acknowledged' };
    case 'BreachContained':
      return { ...breach, status: 'contained' };
    case 'BreachDismissed':
      return { ...breach, status: 'closed', resolution: 'dismissed' };
    case 'BreachClosed':
      return { ...breach, status: 'closed', resolution: 'handled' };
    case 'PatientNotified':
      return { ...breach, patientNotified: true };
    case 'RegulatorNotified':
      return { ...breach, regulatorNotified: true };
    case 'BreachTransferBegan':
    case 'BreachBytesServed':
    case 'JustificationRead':
    case 'OnCallNotified':
      return breach;
  }
}

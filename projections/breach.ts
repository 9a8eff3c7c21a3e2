import type { BreachEvent } from '../events/breach-events.ts';
import type { Appended } from '../events/event.ts';
import type { Severity } from '../events/values.ts';

export type BreachStatus = 'open' | 'acknowledged' | 'contained' | 'closed';

/** A breach as commands decide on it. */
export type Breach = {
  readonly status: BreachStatus;
  readonly severity: Severity;
  /** Whom it is about; undefined where the event that opened it does not say. */
  readonly viewerId: string | undefined;
  readonly patientId: string | undefined;
  /** Where the flagged view stands on the patient's stream; older breaches do not say. */
  readonly viewRevision: number | undefined;
  /** How a closed one ended. */
  readonly resolution?: 'handled' | 'dismissed';
  readonly patientNotified: boolean;
  readonly regulatorNotified: boolean;
};

/** Undefined: there is no such breach. */
export type BreachState = Breach | undefined;

export const noBreach = (): BreachState => undefined;

export function evolveBreach(breach: BreachState, { type, data }: Appended<BreachEvent>): BreachState {
  if (type === 'BreachFlagged') {
    const { severity, viewerId, patientId, viewRevision } = data;
    const about = { severity, viewerId, patientId, viewRevision };
    return breach ?? { status: 'open', ...about, patientNotified: false, regulatorNotified: false };
  }
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

import type { TrackedBreach } from '../../projections/breach-board.ts';
import { Change, handles } from '../command-path/change.ts';
import { Breaches, type BreachStep, type Justification } from './breaches.ts';
import type { BreachAction } from './decide.ts';

/** A step in the life of a breach. */
export class StepOfBreach extends Change<Omit<BreachStep, 'action'>, TrackedBreach> {}

export class AcknowledgeBreach extends StepOfBreach {}
export class ContainBreach extends StepOfBreach {}
export class DismissBreach extends StepOfBreach {}
export class NotifyPatient extends StepOfBreach {}
export class NotifyRegulator extends StepOfBreach {}
export class CloseBreach extends StepOfBreach {}
/** Reading leaves a fact behind: it is asked for like any other change. */
export class ReadJustification extends Change<{ readonly breachId: string }, Justification> {}

const step =
  (action: BreachAction) =>
  (breaches: Breaches, { input, cause, ifMatch }: StepOfBreach) =>
    breaches.take({ ...input, action }, cause, ifMatch);

export const breachCommands = [
  handles(AcknowledgeBreach, Breaches, step('acknowledge')),
  handles(ContainBreach, Breaches, step('contain')),
  handles(DismissBreach, Breaches, step('dismiss')),
  handles(NotifyPatient, Breaches, step('notify-patient')),
  handles(NotifyRegulator, Breaches, step('notify-regulator')),
  handles(CloseBreach, Breaches, step('close')),
  handles(ReadJustification, Breaches, (breaches, { input, cause }) => breaches.justification(input.breachId, cause)),
];

import { Change, handles } from '../command-path/change.ts';
import { type ChosenNotifications, type HoldRef, type HoldWanted, Privacy, type ToldHold } from './privacy.ts';

type Choice = { readonly patientId: string; readonly notify: boolean };

export class ChooseAccessNotifications extends Change<Choice, ChosenNotifications> {}
export class PlaceAccessHold extends Change<HoldWanted, ToldHold> {}
export class LiftAccessHold extends Change<HoldRef, ToldHold> {}

export const privacyCommands = [
  handles(ChooseAccessNotifications, Privacy, (privacy, { input, cause }) =>
    privacy.choose(input.patientId, input.notify, cause),
  ),
  handles(PlaceAccessHold, Privacy, (privacy, { input, cause }) => privacy.place(input, cause)),
  handles(LiftAccessHold, Privacy, (privacy, { input, cause }) => privacy.lift(input, cause)),
];

import type { TrackedDrill } from '../../projections/drill.ts';
import { Change, handles } from '../command-path/change.ts';
import { Drills, type DrillWanted } from './drills.ts';

export class RequestDrill extends Change<DrillWanted, TrackedDrill> {}
export class BeginDrill extends Change<{ readonly drillId: string }, TrackedDrill> {}

export const drillCommands = [
  handles(RequestDrill, Drills, (drills, { input, cause }) => drills.request(input, cause)),
  handles(BeginDrill, Drills, (drills, { input, cause }) => drills.begin(input.drillId, cause)),
];

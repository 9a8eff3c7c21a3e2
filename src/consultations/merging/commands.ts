import { Change, handles } from '../../command-path/change.ts';
import type { IdsOfOnePerson, Unmerging } from './decide.ts';
import { Merging, type PatientIdentity } from './merging.ts';

export class MergePatients extends Change<IdsOfOnePerson, PatientIdentity> {}
export class UnmergePatients extends Change<Unmerging, PatientIdentity> {}

export const mergingCommands = [
  handles(MergePatients, Merging, (its, change) => its.merge(change)),
  handles(UnmergePatients, Merging, (its, change) => its.unmerge(change)),
];

import { Change, handles } from '../command-path/change.ts';
import { type FactsGiven, People, type Person } from './people.ts';

export class StatePersonFacts extends Change<FactsGiven, Person> {}

export const peopleCommands = [
  handles(StatePersonFacts, People, (people, { input, cause }) => people.state(input, cause)),
];

import { Change, handles } from '../command-path/change.ts';
import { Reactors } from '../ledger/react/reactors.ts';

export class ReplayParked extends Change<{ readonly reactors: readonly string[] }, void> {}

export const operationsCommands = [
  handles(ReplayParked, Reactors, async (reactors, { input }) => {
    for (const name of input.reactors) await reactors.replayParked(name);
  }),
];

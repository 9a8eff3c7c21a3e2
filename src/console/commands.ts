import type { AccountEvent } from '../../events/account-events.ts';
import { Change, handles } from '../command-path/change.ts';
import { Accounts, type SessionsOf } from './accounts.ts';

export class BeginSession extends Change<Extract<AccountEvent, { type: 'SessionBegan' }>['data'], void> {}
export class EndSessions extends Change<SessionsOf, void> {}

export const consoleCommands = [
  handles(BeginSession, Accounts, (accounts, { input, cause }) => accounts.begin(input, cause)),
  handles(EndSessions, Accounts, (accounts, { input, cause }) => accounts.end(input, cause)),
];

import { isSession, readSession, signOut } from '../api/client.ts';
import { resolveInterruption } from '../api/interruption.ts';
import { askAgain, queryClient, session } from '../api/queries.ts';
import { say } from '../parts/announcer.tsx';

const channel = new BroadcastChannel('ledger-console');

/** Of whom the pages of this tab are. */
let personId: string | undefined;

/** Reads the session again: the same person continues where they were, another one begins anew, and nothing of the first stays on the page. */
export const sessionChanged = async (): Promise<void> => {
  const read = await readSession();
  const next = isSession(read) ? read.personId : undefined;
  if (personId !== undefined && next !== personId) {
    window.location.assign('/console');
    return;
  }
  personId = next;
  queryClient.setQueryData(session.queryKey, read);
  if (next !== undefined) {
    resolveInterruption(true);
    await askAgain();
  }
};

/** Remembers of whom this tab is, once it is known. */
export const tabIsOf = (id: string): void => {
  personId = id;
};

channel.onmessage = ({ data }) => {
  if (data === 'signed-in') void sessionChanged().catch(() => say('The session could not be read.'));
  if (data === 'signed-out') window.location.assign('/console');
};

export const tellOtherTabs = {
  signedIn: (): void => channel.postMessage('signed-in'),
  /** Signs out here and in the other tabs. */
  leave: async (): Promise<void> => {
    await signOut();
    channel.postMessage('signed-out');
    window.location.assign('/console');
  },
};

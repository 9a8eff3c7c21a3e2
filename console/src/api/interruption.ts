import { stored } from '../parts/store.ts';

/** What stands between a person and an act: the session is over, or the act needs a sign-in of the last minutes. */
export type Interruption = 'session-ended' | 'step-up';

type Waiting = { readonly what: Interruption; readonly resolve: (goOn: boolean) => void };

/** What the person is asked for now; the shell shows it over the page. */
export const interruption = stored<Interruption | null>(null);

let waiting: readonly Waiting[] = [];

/** Asks the person, once for all requests that wait. @returns whether to send the request again */
export const untilResolved = (what: Interruption): Promise<boolean> =>
  new Promise((resolve) => {
    waiting = [...waiting, { what, resolve }];
    // Who is not signed in cannot confirm: the end of the session comes first.
    if (interruption.get() !== 'session-ended') interruption.set(what);
  });

/** The person signed in again, or gave it up. */
export const resolveInterruption = (goOn: boolean): void => {
  const all = waiting;
  waiting = [];
  interruption.set(null);
  for (const { resolve } of all) resolve(goOn);
};

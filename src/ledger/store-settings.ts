import { ConfigError } from '../config/config.ts';
import { EventStore } from './event-store.ts';

/** How long a start waits to hear that the store refuses its settings. One that is only away is waited for later, in readiness. */
const FIRST_WORD_MS = 3_000;

const USER = 'the name and password in esdb://user:password@…';

/** What the client says of a wrong setting, and what to set. All else is an outage, which passes without a change of settings. */
const faults: readonly (readonly [RegExp, string])[] = [
  [/Failed to load certificate file/, 'names a tlsCAFile that cannot be read'],
  [
    /UNAUTHENTICATED|Wrong user name or password|not-authenticated/i,
    `has a user whom the store does not know: check ${USER}`,
  ],
  [
    /PERMISSION_DENIED|access[- ]?denied/i,
    `has a user who may not read $all, or none: check ${USER}, and see docs/cluster.md for its rights`,
  ],
  [
    /wrong version number|packet length too long/i,
    'asks for TLS and the store speaks plain text: set tls=false, or turn its TLS on',
  ],
  [
    /unable to verify|self[- ]signed certificate|unable to get (local )?issuer/i,
    'leads to a server whose certificate no authority in tlsCAFile has signed: set tlsCAFile to the file of its authority',
  ],
  [
    /does not match certificate's altnames/i,
    "has a host name that is not in the server's certificate: use one of the names there",
  ],
];

/** Which part of the connection string is wrong, where an error says that one is. */
const settingAtFault = (error: unknown): string | undefined => {
  const said = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error);
  return faults.find(([pattern]) => pattern.test(said))?.[1];
};

/**
 * A connection to a store that this application does not run.
 * @param setting where the connection string was given
 * @param timeoutMs as `EventStore` takes it
 * @throws ConfigError where the store, or the file system, says that the connection string is wrong
 */
export const openStore = async (
  storeUrl: string,
  setting = 'STORE_URL',
  timeoutMs?: number | undefined,
): Promise<EventStore> => {
  const store = told(setting, () => new EventStore(storeUrl, timeoutMs));
  try {
    await store.probe(FIRST_WORD_MS);
  } catch (error) {
    const wrong = settingAtFault(error);
    if (wrong === undefined) return store;
    await store.close();
    throw new ConfigError([{ setting, message: wrong }]);
  }
  return store;
};

const told = (setting: string, open: () => EventStore): EventStore => {
  try {
    return open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ setting, message: settingAtFault(error) ?? `is refused by the client: ${reason}` }]);
  }
};

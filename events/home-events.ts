import { z } from 'zod';
import type { EventOf } from './event.ts';

/** Hosts or a folder, never a user or a password. */
const Place = z.string().min(1).max(1_000);

/** Where the ledger lives, on `ledger-home`: the last one says whether this store may be written to. */
export const homeEvents = {
  /** The ledger is being copied into this store, and is not whole yet. */
  LedgerArriving: z.object({ from: Place }),
  LedgerArrived: z.object({ from: Place }),
  /** Everything was copied to another store; an event written here from now on would be lost to it. */
  LedgerMoved: z.object({ to: Place }),
  /** The move was taken back. */
  LedgerReopened: z.object({}),
};

export type HomeEvent = EventOf<typeof homeEvents>;

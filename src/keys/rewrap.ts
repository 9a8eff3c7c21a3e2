import type { KeyRow, KeyRows } from './key-rows.ts';
import { type Kms, newestKek } from './kms.ts';

export type Rewrapped = {
  /** Under the newest key-encryption key by now. */
  rewrapped: number;
  /** Were there before: by an earlier run that was stopped, or wrapped since. */
  earlier: number;
  /** Destroyed, also while this ran. */
  destroyed: number;
};

/**
 * Wraps every key anew that is not under the newest key-encryption key. It reads no data, can be stopped at any moment and continues where the
 * rows say it ended; the application may run meanwhile.
 * @param from what unwraps a row, by its kind
 * @throws KeysUnavailable, KeyStoreUnavailable
 */
export const rewrapAll = async (
  rows: KeyRows,
  to: Kms,
  from: (row: KeyRow) => Kms,
  progress: () => void = () => {},
): Promise<Rewrapped> => {
  const newest = await newestKek(to);
  const done = { rewrapped: 0, earlier: 0, destroyed: 0 };
  for await (const row of rows.all()) {
    if (row.shreddedAt !== undefined) done.destroyed += 1;
    else if (row.kek === newest) done.earlier += 1;
    else {
      const key = await from(row).unwrap(row, row);
      try {
        if (await rows.rewrap({ ...row, ...(await to.wrap(key, row)) })) done.rewrapped += 1;
        else done.destroyed += 1;
      } finally {
        key.fill(0);
      }
    }
    progress();
  }
  return done;
};

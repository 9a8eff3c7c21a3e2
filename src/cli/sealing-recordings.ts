import { randomUUID } from 'node:crypto';
import { Clock } from '../clock.ts';
import { readConfig } from '../config/config.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { EventSeals, ringOf } from '../keys/event-seals.ts';
import { openKeys } from '../keys/opened.ts';
import { lastWord } from '../ledger/home.ts';
import { Ledger } from '../ledger/ledger.ts';
import { LiveFeed } from '../ledger/live-feed.ts';
import { nothingFiled, readFiling } from '../recordings/moving.ts';
import { inClear, removeClear, resealAll } from '../recordings/resealing.ts';
import { recordingsOf } from './migrate-places.ts';
import { grouped, showing } from './progress.ts';
import { openRunning } from './reading.ts';

/** @throws ConfigError, KeysUnavailable, RecordingStoreUnavailable, and why the store does not answer; an Error where a recording is damaged */
export const sealRecordings = async (given: string | undefined): Promise<void> => {
  const config = readConfig();
  await prepareDataDir(config);
  const keys = await openKeys(config, new Clock());
  if (!keys) throw new Error('KEYS_KMS is not set: use the settings that the application runs with');
  const [place, recordings] = await Promise.all([openRunning(given, config), recordingsOf(config)]);
  try {
    const last = await lastWord(place.store);
    if (last?.type === 'LedgerMoved' || last?.type === 'LedgerArriving')
      throw new Error(`the ledger does not live in ${place.name}: seal the recordings where it does`);
    const filing = nothingFiled();
    const filed = [...(await readFiling(place.store, filing)).values()];
    const clear = inClear(filed);
    const total = clear.reduce((sum, { bytes }) => sum + bytes, 0);
    let bytes = 0;
    const ledger = new Ledger(
      place.store,
      new LiveFeed(place.store, () => {}),
      config.appVersion,
      new EventSeals(ringOf(keys)),
    );
    const cause = { actor: { id: 'recordings-seal', roles: [] }, requestId: randomUUID() };
    const { sealed, overtaken, problems } = await showing(
      {
        what: 'sealing',
        done: () => (total === 0 ? 1 : Math.min(1, bytes / total)),
        count: () => bytes,
        unit: 'bytes',
      },
      () =>
        resealAll(clear, { store: recordings.store, keys, ledger, cause }, (count) => {
          bytes += count;
        }),
    );
    // What an earlier run sealed, and was stopped before it removed.
    const removed = await removeClear((await readFiling(place.store, filing)).values(), recordings.store);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.stdout.write(
      `${grouped(sealed)} recordings of ${recordings.name} were sealed, ${grouped(filed.length - clear.length)} were before, ` +
        `${grouped(overtaken)} were erased or sealed meanwhile; ${grouped(removed)} objects in clear were left over and are removed\n`,
    );
    if (problems.length > 0)
      throw new Error(`${problems.length} recordings are not what the ledger says was stored, and stay as they are`);
  } finally {
    await place.close();
    recordings.store.close();
    await keys.close();
  }
};

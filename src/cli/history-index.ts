import { historyFolder } from '../compliance/history/access-history.ts';
import { HistoryInUse } from '../compliance/history/errors.ts';
import { HistoryFile } from '../compliance/history/history-file.ts';
import { HistoryIndex } from '../compliance/history/history-index.ts';
import { verifyHistory } from '../compliance/history/verify.ts';
import { type Config, readConfig } from '../config/config.ts';
import { LiveFeed } from '../ledger/live-feed.ts';
import { openPlace, type Place, placeOf } from './migrate-places.ts';
import { grouped, showing } from './progress.ts';

const SHOWN_DIFFERENCES = 50;
const HOURS_24 = 86_400_000;
const STOP_IT = 'the application has the index open: stop it first';

const inStore = async <T>(work: (place: Place, config: Config) => Promise<T>): Promise<T> => {
  const config = readConfig();
  const place = await openPlace(placeOf(config), 'STORE_URL', false);
  try {
    return await work(place, config);
  } finally {
    await place.close();
  }
};

/** @throws ConfigError, HistoryInUse, and why the store does not answer */
export const rebuildHistory = (): Promise<void> =>
  inStore(async ({ store, name }, config) => {
    const dir = historyFolder(config.dataDir);
    // Refused while the application has it open.
    await HistoryFile.open(dir, config.history).then(
      (file) => file.close(),
      (error: unknown) => {
        if (error instanceof HistoryInUse) throw new Error(STOP_IT, { cause: error });
      },
    );
    HistoryFile.discard(dir);
    const end = await store.lastPosition();
    const last = end === 'start' ? 0n : end.commit;
    const feed = new LiveFeed(store, () => {});
    await feed.start();
    let told = '';
    // It is tried again until it succeeds: why it has not is to be seen meanwhile, once.
    const tell = (failure: string) => {
      if (failure !== told) process.stderr.write(`${failure}\n`);
      told = failure;
    };
    const index = new HistoryIndex(store, feed, { dir, memoryMb: config.history.memoryMb }, (what) => {
      if (what.kind === 'unusable' || what.kind === 'lost') tell(what.why);
      if (what.kind === 'unreadable') tell(`revision ${what.revision} of ${what.stream} cannot be read`);
    });
    index.start();
    let rows = 0;
    try {
      const done = () => (last === 0n ? 1 : Math.min(1, Number(index.position) / Number(last)));
      await showing({ what: 'building', done, count: () => index.rows, unit: 'rows' }, () => index.current(HOURS_24));
      rows = index.rows;
    } finally {
      await index.stop();
      await feed.stop();
    }
    process.stdout.write(`the access history of ${name} has ${grouped(rows)} rows, in ${dir}\n`);
  });

/** @throws ConfigError, HistoryInUse, HistoryUnusable, and why the store does not answer; an Error where it is not equal */
export const verifyHistoryHere = (): Promise<void> =>
  inStore(async ({ store, name }, config) => {
    const file = await HistoryFile.open(historyFolder(config.dataDir), config.history);
    try {
      const last = file.checkpoint?.commit;
      if (last === undefined) throw new Error('there is no index yet: history rebuild, or start the application');
      let position = 0n;
      const done = () => (last === 0n ? 1 : Number(position) / Number(last));
      const { rows, differences } = await showing(
        { what: 'comparing', done, count: () => Number(position), unit: 'positions' },
        () =>
          verifyHistory(file, store, (at) => {
            position = at;
          }),
      );
      if (differences.length === 0) {
        process.stdout.write(`all ${grouped(rows)} rows are what the log of ${name} says, up to position ${last}\n`);
        return;
      }
      for (const line of differences.slice(0, SHOWN_DIFFERENCES)) process.stdout.write(`${line}\n`);
      throw new Error(
        `${grouped(differences.length)} differences; keep the folder if you want to know why, and build it anew: history rebuild`,
      );
    } finally {
      await file.close();
    }
  });

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Moment, momentOf } from '../compliance/log/moment.ts';
import { StoredLog } from '../compliance/log/stored-log.ts';
import { RulesUnusable, ruleSetOf } from '../compliance/rules/rule-sets.ts';
import { type Config, readConfig } from '../config/config.ts';
import type { EventStore } from '../ledger/event-store.ts';
import { shown } from '../request/person-id.ts';
import { UsageError } from './command.ts';
import { openPlace, type Place, placeOf } from './migrate-places.ts';
import { speakOfPeople } from './people.ts';

/**
 * A store, while its application runs or not: of an embedded store that runs, the running node is asked.
 * @throws ConfigError, UsageError, and why the store does not answer
 */
export const openRunning = async (given: string | undefined, config: Config): Promise<Place> => {
  const setting = given === undefined ? 'STORE_URL' : '--store';
  const place = given ?? placeOf(config);
  const credentials = join(resolve(place), 'eventstore', 'access', 'credentials-admin.json');
  if (place.includes('://') || place.startsWith('@') || !existsSync(credentials))
    return openPlace(place, setting, false);
  try {
    // It is kept after the node has ended: then there is nothing behind it.
    return await openPlace(`@${credentials}`, setting, false);
  } catch {
    return openPlace(place, setting, false);
  }
};

/** Reads the log of a store, which is closed again whatever happens. */
export const withLog = async <T>(
  store: string | undefined,
  work: (log: StoredLog, config: Config, store: EventStore) => Promise<T>,
): Promise<T> => {
  const config = readConfig();
  speakOfPeople(config);
  const place = await openRunning(store, config);
  try {
    return await work(new StoredLog(place.store), config, place.store);
  } finally {
    await place.close();
  }
};

/** @throws UsageError */
export const momentGiven = (option: string, given: string | undefined): Moment | undefined => {
  if (given === undefined) return undefined;
  const moment = momentOf(given);
  if (!moment)
    throw new UsageError(`${option} is a position, or a time in UTC like 2026-01-31T09:30:00Z, not ${given}`);
  return moment;
};

/** @throws UsageError */
export const rulesGiven = async (option: string, given: string) => {
  try {
    return await ruleSetOf(given);
  } catch (error) {
    throw error instanceof RulesUnusable ? new UsageError(`${option}: ${error.message}`) : error;
  }
};

/** Positions are larger than a JSON number may be in other programs; those of the ledger are not. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(shown(value), (_, field) => (typeof field === 'bigint' ? Number(field) : field))}\n`;

/** Waits for a receiver that takes its time: an answer may be longer than memory. */
export const print = async (text: string): Promise<void> => {
  if (process.stdout.write(text)) return;
  await new Promise<void>((drained) => process.stdout.once('drain', drained));
};

/** Rows in columns, each as wide as its widest cell; the last is as wide as it is. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = shown(rows);
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd();
  return `${[head, ...cells].map(line).join('\n')}\n`;
};

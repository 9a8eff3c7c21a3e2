import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, Sha256Hex } from './values.ts';

/** So many patients are named by one event; a longer list takes several. */
export const PATIENTS_NAMED = 1_000;

/** What those who look at the record of others were given, on `auditor-<auditorId>`: written before the first row leaves. */
export const auditorEvents = {
  /** Rows of the access history were read. */
  HistoryRead: z.object({
    auditorId: Id,
    /** One reading; the events of a long list of patients share it. */
    readId: Id,
    /** SHA-256 of the question as it was understood. */
    question: Sha256Hex,
    /** The position of `$all` that the answer was made at. */
    asOf: z.int().nonnegative(),
    format: z.enum(['json', 'csv', 'ndjson', 'fhir']),
    /** How many rows leave, of all patients together. */
    rows: z.int().nonnegative(),
    /** Whose history is among them. */
    patientIds: z.array(Id).max(PATIENTS_NAMED),
  }),
  /** The history was judged by other rules, and the result is about to be shown. */
  BacktestRun: z.object({
    auditorId: Id,
    backtestId: Id,
    /** `name@version` of the rules, and of those they were compared with. */
    rules: z.string().max(200),
    against: z.string().max(200),
    /** Positions of `$all`: of the first view that was compared (0: none), and of the last event that was folded. */
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    events: z.int().nonnegative(),
    newlyFlagged: z.int().nonnegative(),
    noLongerFlagged: z.int().nonnegative(),
    /** SHA-256 of the result's canonical JSON. */
    digest: Sha256Hex,
  }),
};

export type AuditorEvent = EventOf<typeof auditorEvents>;

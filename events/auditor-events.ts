import { z } from 'zod';
import type { EventOf } from './event.ts';
import { SealedObject, sealed } from './sealed.ts';
import { Id, Purpose, RELEASE_NAME, Severity, Sha256Hex, UtcTime } from './values.ts';

/** So many patients are named by one event; a longer list takes several. */
export const PATIENTS_NAMED = 1_000;

export const ExportFormat = z.enum(['csv', 'ndjson', 'parquet', 'fhir', 'accounting']);
/** What an export is made for. */
export const ExportPurpose = z.enum([
  'audit',
  'patient-request',
  'operations',
  'treatment',
  'legal',
  'oversight',
  'public-health',
  'research',
]);
/**
 * An organisation or a person outside that an export is made for. An accounting of disclosures must name them with their address (45 CFR
 * 164.528(b)(2)(ii)), so that these two are kept as they were written.
 */
export const Recipient = z.object({ name: z.string().min(1).max(200), address: z.string().min(1).max(300).optional() });

export type ExportFormat = z.infer<typeof ExportFormat>;
export type ExportPurpose = z.infer<typeof ExportPurpose>;
export type Recipient = z.infer<typeof Recipient>;

/** `auditorId` is the officer who asked for the export, on whose stream all of it is decided. */
const job = { auditorId: Id, exportId: Id };

/** The question of an export as it was understood; a missing field is no restriction. */
const Filter = z.object({
  patientId: Id.optional(),
  viewerId: Id.optional(),
  recordingId: Id.optional(),
  consultationId: Id.optional(),
  release: z.string().regex(RELEASE_NAME).optional(),
  kind: z.array(Id).optional(),
  verdict: Id.optional(),
  severity: Severity.optional(),
  purpose: Purpose.optional(),
  from: UtcTime.optional(),
  to: UtcTime.optional(),
  entitled: z.boolean().optional(),
});

/** What those who look at the record of others asked for and were given, on `auditor-<auditorId>`: written before the first row leaves. */
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
    format: z.enum(['json', 'csv', 'ndjson', 'fhir', 'pdf']),
    /** Whose breach file it was, where it was one. */
    incidentId: Id.optional(),
    /** The person that a service read it for, or that a guardian did: the patient, or a guardian. Missing where the reader asked by themselves. */
    onBehalfOf: Id.optional(),
    /** How many rows leave, of all patients together. */
    rows: z.int().nonnegative(),
    /** Whose history is among them. */
    patientIds: z.array(Id).max(PATIENTS_NAMED),
  }),
  /** What a person is called was asked of the host app's own system: written before it was asked. */
  NameAsked: z.object({ auditorId: Id, personId: Id }),
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
  /** The questions of the history were put to a build before it is deployed, and the result is about to be shown. */
  RehearsalRun: z.object({
    auditorId: Id,
    rehearsalId: Id,
    /** The release whose code was asked. */
    build: z.string().max(200),
    /** Positions of `$all`: of the first and the last question (0: none). */
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    asked: z.int().nonnegative(),
    /** How many of them could be put again. */
    replayed: z.int().nonnegative(),
    denyToAllow: z.int().nonnegative(),
    listsWhatIsNotTheirs: z.int().nonnegative(),
    allowToDeny: z.int().nonnegative(),
    noLongerListed: z.int().nonnegative(),
    /** Whether it may be deployed, as far as these questions tell. */
    holds: z.boolean(),
  }),
  ExportRequested: z.object({
    ...job,
    format: ExportFormat,
    filter: Filter,
    /** The position of `$all` that it is made at, whenever that is. */
    asOf: z.int().nonnegative(),
    purpose: ExportPurpose,
    recipient: sealed(Recipient, 'auditorId').optional(),
    rows: z.int().nonnegative(),
    people: z.int().nonnegative(),
    /** Whether it is made only once a second officer has approved it. */
    needsApproval: z.boolean(),
  }),
  ExportApproved: z.object({ ...job, approvedBy: Id }),
  ExportCancelled: z.object({ ...job, cancelledBy: Id }),
  /** The file is whole, and the only one of this export. */
  ExportMade: z.object({
    ...job,
    /** Which try at it; names the object. */
    attemptId: Id,
    sha256: Sha256Hex,
    bytes: z.int().nonnegative(),
    /** How the file is sealed, under the officer's key. Missing where it is stored in clear. */
    sealed: SealedObject.optional(),
    /** Of the history, that went into it. */
    rows: z.int().nonnegative(),
    people: z.int().nonnegative(),
    /** Of the history, that a hold kept out of an accounting. Missing where there were none. */
    heldRows: z.int().positive().optional(),
  }),
  ExportFailed: z.object({ ...job, reason: Id }),
  /** The file was fetched; written before its first byte leaves. */
  ExportDownloaded: z.object({
    ...job,
    /** One download; the events of a long list of patients share it. */
    downloadId: Id,
    /** Which of them, from 0. */
    part: z.int().nonnegative(),
    downloadedBy: Id,
    format: ExportFormat,
    purpose: ExportPurpose,
    recipient: sealed(Recipient, 'auditorId').optional(),
    patientIds: z.array(Id).max(PATIENTS_NAMED),
  }),
  /** Its time is over; the file is removed. */
  ExportExpired: z.object(job),
};

export type AuditorEvent = EventOf<typeof auditorEvents>;

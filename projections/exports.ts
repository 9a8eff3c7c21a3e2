import type { AuditorEvent, ExportFormat, ExportPurpose, Recipient } from '../events/auditor-events.ts';
import { auditorStreams } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { Sealable } from '../events/sealed.ts';
import { projection } from './projection.ts';

export const exportStatuses = ['awaiting-approval', 'queued', 'made', 'failed', 'cancelled', 'expired'] as const;
export type ExportStatus = (typeof exportStatuses)[number];

type Requested = Extract<AuditorEvent, { type: 'ExportRequested' }>['data'];
type Made = Extract<AuditorEvent, { type: 'ExportMade' }>['data'];

/** One export, as its events add up. */
export type ExportJob = {
  readonly exportId: string;
  readonly status: ExportStatus;
  /** On whose stream it is decided. */
  readonly requestedBy: string;
  readonly format: ExportFormat;
  readonly filter: Requested['filter'];
  readonly asOf: number;
  readonly purpose: ExportPurpose;
  /** Sealed, or in clear in older events. */
  readonly recipient?: Sealable<Recipient>;
  /** The event that asked for it: its sealed fields open with its id alone. */
  readonly askedIn: string;
  /** As counted when it was asked for. */
  readonly rows: number;
  readonly people: number;
  readonly needsApproval: boolean;
  readonly approvedBy?: string;
  readonly cancelledBy?: string;
  /** Why it failed. */
  readonly reason?: string;
  readonly file?: Pick<Made, 'attemptId' | 'sha256' | 'bytes' | 'sealed'>;
  /** That a hold kept out of it. */
  readonly heldRows?: number;
};

/** An export as those who read are told of it, with times. */
export type TrackedExport = ExportJob & {
  readonly requestedAt: string;
  readonly madeAt?: string;
  readonly downloads: number;
};

type ExportEvent = Extract<AuditorEvent, { data: { exportId: string } }>;
export const isOfExport = (event: AuditorEvent): event is ExportEvent => 'exportId' in event.data;

/** An export after an event of it; events of one that was not asked for change nothing. */
export const exportAfter = (
  job: ExportJob | undefined,
  event: ExportEvent & { readonly id: string },
): ExportJob | undefined => {
  if (event.type === 'ExportRequested') {
    const { auditorId, needsApproval, ...asked } = event.data;
    const status = needsApproval ? 'awaiting-approval' : 'queued';
    return { ...asked, askedIn: event.id, requestedBy: auditorId, needsApproval, status };
  }
  if (!job) return job;
  switch (event.type) {
    case 'ExportApproved':
      return { ...job, status: 'queued', approvedBy: event.data.approvedBy };
    case 'ExportCancelled':
      return { ...job, status: 'cancelled', cancelledBy: event.data.cancelledBy };
    case 'ExportMade': {
      const { attemptId, sha256, bytes, sealed, heldRows } = event.data;
      const file = { attemptId, sha256, bytes, ...(sealed && { sealed }) };
      const made = { ...job, status: 'made', file } as const;
      return heldRows === undefined ? made : { ...made, heldRows };
    }
    case 'ExportFailed':
      return { ...job, status: 'failed', reason: event.data.reason };
    case 'ExportDownloaded':
      return job;
    case 'ExportExpired':
      return { ...job, status: 'expired' };
  }
};

const tracked = (before: TrackedExport | undefined, event: Recorded<ExportEvent>): TrackedExport | undefined => {
  const job = exportAfter(before, event);
  if (!job) return undefined;
  const { requestedAt = event.recordedAt, downloads = 0 } = before ?? {};
  return {
    ...{ ...job, requestedAt, downloads },
    ...(event.type === 'ExportMade' && { madeAt: event.recordedAt }),
  };
};

/** A download that names many patients has several events, and is one. */
const downloaded = (
  before: TrackedExport | undefined,
  { data: { part } }: Recorded<Extract<ExportEvent, { type: 'ExportDownloaded' }>>,
): TrackedExport | undefined => before && { ...before, downloads: before.downloads + (part === 0 ? 1 : 0) };

/** Every export by its id, of all officers. */
export const exportJobs = projection({
  name: 'exports-v3',
  categories: [auditorStreams],
  keysOf: ({ data }) => ('exportId' in data ? [data.exportId] : []),
  shelfOf: ({ status }: TrackedExport) => status,
  initial: (): TrackedExport | undefined => undefined,
  on: {
    ExportRequested: tracked,
    ExportApproved: tracked,
    ExportCancelled: tracked,
    ExportMade: tracked,
    ExportFailed: tracked,
    ExportDownloaded: downloaded,
    ExportExpired: tracked,
  },
  ignores: ['HistoryRead', 'NameAsked', 'BacktestRun', 'RehearsalRun'],
});

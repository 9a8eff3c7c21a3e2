import type { AuditorEvent } from '../../../events/auditor-events.ts';
import type { ExportJob } from '../../../projections/exports.ts';
import { ExportIsClosed, ExportIsExpired, ExportNotFound, ExportNotReady, OwnExport } from '../errors.ts';
import type { ExportsOfOfficer } from './evolve.ts';

type Of<T> = Extract<AuditorEvent, { type: T }>;

const known = (jobs: ExportsOfOfficer, exportId: string): ExportJob => {
  const job = jobs.get(exportId);
  if (!job) throw new ExportNotFound();
  return job;
};
const isOpen = ({ status }: ExportJob) => status === 'awaiting-approval' || status === 'queued';

/**
 * A second officer lets a large export be made. Approving again, or one that needs no approval, changes nothing.
 * @throws ExportNotFound, OwnExport, ExportIsClosed
 */
export const approve = (
  jobs: ExportsOfOfficer,
  { exportId, by }: { readonly exportId: string; readonly by: string },
): Of<'ExportApproved'>[] => {
  const { requestedBy, status } = known(jobs, exportId);
  if (by === requestedBy) throw new OwnExport();
  if (status === 'queued') return [];
  if (status !== 'awaiting-approval') throw new ExportIsClosed(status);
  return [{ type: 'ExportApproved', data: { auditorId: requestedBy, exportId, approvedBy: by } }];
};

/** @throws ExportNotFound, ExportIsClosed once it is made or has failed */
export const cancel = (
  jobs: ExportsOfOfficer,
  { exportId, by }: { readonly exportId: string; readonly by: string },
): Of<'ExportCancelled'>[] => {
  const job = known(jobs, exportId);
  if (job.status === 'cancelled') return [];
  if (!isOpen(job)) throw new ExportIsClosed(job.status);
  return [{ type: 'ExportCancelled', data: { auditorId: job.requestedBy, exportId, cancelledBy: by } }];
};

/** The first who has the file whole has made the export; for an instance that comes second, or after a cancellation, there is nothing to decide. */
export const make = (jobs: ExportsOfOfficer, made: Omit<Of<'ExportMade'>['data'], 'auditorId'>): Of<'ExportMade'>[] => {
  const { status, requestedBy } = known(jobs, made.exportId);
  return status === 'queued' ? [{ type: 'ExportMade', data: { ...made, auditorId: requestedBy } }] : [];
};

export const fail = (
  jobs: ExportsOfOfficer,
  { exportId, reason }: { readonly exportId: string; readonly reason: string },
): Of<'ExportFailed'>[] => {
  const { status, requestedBy } = known(jobs, exportId);
  return status === 'queued' ? [{ type: 'ExportFailed', data: { auditorId: requestedBy, exportId, reason } }] : [];
};

export const expire = (jobs: ExportsOfOfficer, exportId: string): Of<'ExportExpired'>[] => {
  const { status, requestedBy } = known(jobs, exportId);
  return status === 'made' ? [{ type: 'ExportExpired', data: { auditorId: requestedBy, exportId } }] : [];
};

/**
 * The file of an export, for who may fetch it now.
 * @throws ExportNotReady, ExportIsExpired
 */
export const fileOf = ({ status, file }: ExportJob): NonNullable<ExportJob['file']> => {
  if (status === 'expired') throw new ExportIsExpired();
  if (status !== 'made' || !file) throw new ExportNotReady(status);
  return file;
};

/** @throws ExportNotFound, ExportNotReady, ExportIsExpired */
export const download = (
  jobs: ExportsOfOfficer,
  parts: readonly Of<'ExportDownloaded'>['data'][],
): Of<'ExportDownloaded'>[] => {
  for (const { exportId } of parts) fileOf(known(jobs, exportId));
  return parts.map((data) => ({ type: 'ExportDownloaded', data }));
};

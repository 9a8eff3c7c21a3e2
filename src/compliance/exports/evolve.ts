import type { AuditorEvent } from '../../../events/auditor-events.ts';
import type { Appended } from '../../../events/event.ts';
import { type ExportJob, exportAfter, isOfExport } from '../../../projections/exports.ts';
import { PersistentMap } from '../../../projections/persistent.ts';

/** The exports that one officer asked for, by id. */
export type ExportsOfOfficer = PersistentMap<string, ExportJob>;

export const noExports = (): ExportsOfOfficer => PersistentMap.empty();

export const evolveExports = (jobs: ExportsOfOfficer, event: Appended<AuditorEvent>): ExportsOfOfficer => {
  if (!isOfExport(event)) return jobs;
  const { exportId } = event.data;
  const after = exportAfter(jobs.get(exportId), event);
  return after ? jobs.with(exportId, after) : jobs;
};

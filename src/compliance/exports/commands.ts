import type { TrackedExport } from '../../../projections/exports.ts';
import { Change, handles } from '../../command-path/change.ts';
import { type Download, type ExportRequest, Exports } from './exports.ts';

type Input = { readonly exportId: string };

export class RequestExport extends Change<ExportRequest, TrackedExport> {}
export class ApproveExport extends Change<Input, TrackedExport> {}
export class CancelExport extends Change<Input, TrackedExport> {}
/** Fetching leaves a fact behind: it is asked for like any other change. */
export class DownloadExport extends Change<Input, Download> {}

export const exportCommands = [
  handles(RequestExport, Exports, (exports, { input, cause }) => exports.request(input, cause)),
  handles(ApproveExport, Exports, (exports, { input, cause }) => exports.approve(input.exportId, cause)),
  handles(CancelExport, Exports, (exports, { input, cause }) => exports.cancel(input.exportId, cause)),
  handles(DownloadExport, Exports, (exports, { input, cause }) => exports.download(input.exportId, cause)),
];

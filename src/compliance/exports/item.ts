import type { z } from 'zod';
import type { TrackedExport } from '../../../projections/exports.ts';
import type { Exports } from './exports.ts';
import type { ExportMaker } from './maker.ts';
import type { ExportSchema } from './schemas.ts';

/** An export as officers are told of it, by GET and on the socket, without its recipient; how far it is only where this instance makes it. */
export const itemOf = (job: TrackedExport, exports: Exports, maker: ExportMaker): z.input<typeof ExportSchema> => {
  const { file, madeAt, askedIn: _, recipient: __, ...rest } = job;
  const expiresAt = exports.expiresAt(job);
  const progress = maker.progressOf(job.exportId);
  return {
    ...rest,
    ...(progress && job.status === 'queued' && { progress }),
    ...(madeAt !== undefined && { madeAt }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    ...(file && { bytes: file.bytes, sha256: file.sha256 }),
    ...(job.status === 'made' && { contentUrl: `/v1/exports/${job.exportId}/content` }),
  };
};

import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, Sha256Hex } from './values.ts';

/** Whose recordings have the same bytes, once for each patient, on `content-<sha256>`. */
export const contentEvents = {
  ContentFiled: z.object({ sha256: Sha256Hex, patientId: Id, consultationId: Id }),
};

export type ContentEvent = EventOf<typeof contentEvents>;

import { z } from 'zod';
import type { Anchor } from './event-store.ts';

/** An anchor in JSON that outlives the process: positions are larger than its numbers. */
export const KeptAnchor = z.object({
  stream: z.string(),
  revision: z.int().nonnegative(),
  id: z.string(),
  commit: z.string().transform(BigInt),
  prepare: z.string().transform(BigInt),
});

/** What `KeptAnchor` reads. */
export const keptAnchor = ({ commit, prepare, ...anchor }: Anchor): z.input<typeof KeptAnchor> => ({
  ...anchor,
  commit: String(commit),
  prepare: String(prepare),
});

import { erasureStreams } from '../events/categories.ts';
import type { ErasureEvent } from '../events/erasure-events.ts';
import type { Appended, Recorded } from '../events/event.ts';
import { projection } from './projection.ts';

export const erasureStatuses = ['requested', 'approved', 'cancelled', 'begun', 'erased'] as const;
export type ErasureStatus = (typeof erasureStatuses)[number];

type Erased = Extract<ErasureEvent, { type: 'SubjectErased' }>['data'];

/** One erasure, as its events add up. */
export type Erasure = {
  readonly erasureId: string;
  readonly patientId: string;
  readonly status: ErasureStatus;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  /** When it begins unless it is cancelled before. */
  readonly beginsAt?: string;
  readonly cancelledBy?: string;
  readonly cancelledAt?: string;
  readonly cancelReason?: string;
  readonly begunAt?: string;
  readonly erasedAt?: string;
  readonly keyIds?: Erased['keyIds'];
  readonly recordings?: Erased['recordings'];
  readonly keyBackupsUntil?: string;
  readonly digest?: string;
};

/** Undefined: there is no such erasure. */
export type ErasureState = Erasure | undefined;

export const evolveErasure = (erasure: ErasureState, { type, data }: Appended<ErasureEvent>): ErasureState => {
  if (type === 'SubjectErasureRequested') {
    const { at: requestedAt, ...requested } = data;
    return erasure ?? { ...requested, status: 'requested', requestedAt };
  }
  if (!erasure) return undefined;
  switch (type) {
    case 'SubjectErasureApproved': {
      const { approvedBy, at: approvedAt, beginsAt } = data;
      return { ...erasure, status: 'approved', approvedBy, approvedAt, beginsAt };
    }
    case 'SubjectErasureCancelled': {
      const { cancelledBy, at: cancelledAt, reason: cancelReason } = data;
      return { ...erasure, status: 'cancelled', cancelledBy, cancelledAt, cancelReason };
    }
    case 'SubjectErasureBegun':
      return { ...erasure, status: 'begun', begunAt: data.at };
    case 'SubjectErased': {
      const { keyIds, recordings, at: erasedAt, keyBackupsUntil, digest } = data;
      return { ...erasure, status: 'erased', keyIds, recordings, erasedAt, keyBackupsUntil, digest };
    }
  }
};

/** An erasure with its revision, as those who read are told of it. */
export type TrackedErasure = { readonly erasure: Erasure; readonly revision: number };

const track = (before: TrackedErasure | undefined, event: Recorded<ErasureEvent>): TrackedErasure | undefined => {
  if (before && event.revision <= before.revision) return before;
  const erasure = evolveErasure(before?.erasure, event);
  return erasure && { erasure, revision: event.revision };
};

/** Every erasure by its id, on the shelf of its status. */
export const erasureBoard = projection({
  name: 'erasures-v1',
  categories: [erasureStreams],
  initial: (): TrackedErasure | undefined => undefined,
  shelfOf: ({ erasure }: TrackedErasure) => erasure.status,
  on: {
    SubjectErasureRequested: track,
    SubjectErasureApproved: track,
    SubjectErasureCancelled: track,
    SubjectErasureBegun: track,
    SubjectErased: track,
  },
  ignores: [],
});

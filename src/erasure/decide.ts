import type { ErasureEvent } from '../../events/erasure-events.ts';
import type { Erasure, ErasureState } from '../../projections/erasure.ts';
import { OwnCase } from '../access/errors.ts';
import { ErasureIsClosed, ErasureNotFound } from './errors.ts';

type Of<T extends ErasureEvent['type']> = Extract<ErasureEvent, { type: T }>;
/** @param now milliseconds since the epoch */
type By = { readonly by: string; readonly now: number };

const iso = (ms: number): string => new Date(ms).toISOString();
const idsOf = ({ erasureId, patientId }: Erasure) => ({ erasureId, patientId });

/** @throws ErasureNotFound */
export const known = (erasure: ErasureState): Erasure => {
  if (!erasure) throw new ErasureNotFound();
  return erasure;
};

/** @throws OwnCase */
export const assertAnother = (patientId: string, by: string): void => {
  if (by === patientId) throw new OwnCase('the erasure of an officer’s own data is decided by others');
};

/** One that is there already is the one that was asked for. */
export const request = (
  erasure: ErasureState,
  data: Omit<Of<'SubjectErasureRequested'>['data'], 'requestedBy' | 'at'>,
  { by, now }: By,
): Of<'SubjectErasureRequested'>[] =>
  erasure ? [] : [{ type: 'SubjectErasureRequested', data: { ...data, requestedBy: by, at: iso(now) } }];

/**
 * A second officer lets it happen. The same officer again changes nothing.
 * @param holdMs for so long it can still be cancelled
 * @throws ErasureNotFound, OwnCase, ErasureIsClosed
 */
export const approve = (
  state: ErasureState,
  { by, now, holdMs }: By & { readonly holdMs: number },
): Of<'SubjectErasureApproved'>[] => {
  const erasure = known(state);
  assertAnother(erasure.patientId, by);
  if (by === erasure.requestedBy)
    throw new OwnCase('an erasure is approved by another officer than the one who asked for it');
  if (erasure.status === 'approved' && erasure.approvedBy === by) return [];
  if (erasure.status !== 'requested') throw new ErasureIsClosed(erasure.status);
  const times = { at: iso(now), beginsAt: iso(now + holdMs) };
  return [{ type: 'SubjectErasureApproved', data: { ...idsOf(erasure), approvedBy: by, ...times } }];
};

/** Until it has begun. @throws ErasureNotFound, OwnCase, ErasureIsClosed */
export const cancel = (
  state: ErasureState,
  { by, now, reason }: By & { readonly reason: string },
): Of<'SubjectErasureCancelled'>[] => {
  const erasure = known(state);
  assertAnother(erasure.patientId, by);
  if (erasure.status === 'cancelled') return [];
  if (erasure.status !== 'requested' && erasure.status !== 'approved') throw new ErasureIsClosed(erasure.status);
  return [{ type: 'SubjectErasureCancelled', data: { ...idsOf(erasure), cancelledBy: by, reason, at: iso(now) } }];
};

/** Whether it is to begin by then. */
export const isDue = ({ status, beginsAt }: Erasure, now: number): boolean =>
  status === 'approved' && beginsAt !== undefined && Date.parse(beginsAt) <= now;

/** Once its time has come, and it was not cancelled. */
export const begin = (state: ErasureState, now: number): Of<'SubjectErasureBegun'>[] =>
  state && isDue(state, now) ? [{ type: 'SubjectErasureBegun', data: { ...idsOf(state), at: iso(now) } }] : [];

/** The first who has seen all of it gone says so: there is one certificate. */
export const finish = (state: ErasureState, data: Of<'SubjectErased'>['data']): Of<'SubjectErased'>[] =>
  state?.status === 'begun' ? [{ type: 'SubjectErased', data }] : [];

import type { TrackedErasure } from '../../projections/erasure.ts';
import { Change, handles } from '../command-path/change.ts';
import { type CancelErasureOf, Erasures, type ErasureWanted } from './erasures.ts';

export class RequestErasure extends Change<ErasureWanted, TrackedErasure> {}
export class ApproveErasure extends Change<{ readonly erasureId: string }, TrackedErasure> {}
export class CancelErasure extends Change<CancelErasureOf, TrackedErasure> {}

export const erasureCommands = [
  handles(RequestErasure, Erasures, (erasures, { input, cause }) => erasures.request(input, cause)),
  handles(ApproveErasure, Erasures, (erasures, { input, cause }) => erasures.approve(input.erasureId, cause)),
  handles(CancelErasure, Erasures, (erasures, { input, cause }) => erasures.cancel(input, cause)),
];

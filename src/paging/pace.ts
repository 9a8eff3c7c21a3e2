import { type DeliverySettings, deliveryDefaults } from '../ledger/react/delivery/delivery.ts';

/** Nest token of the `Pace`. */
export const PAGING_PACE = Symbol('pace of paging');

export type Pace = DeliverySettings & {
  /** When an attempt without an outcome on record is given up for lost: more than an attempt can take. */
  readonly lateMs: number;
  /** How often a release that is to be contained while bytes flow is looked at. */
  readonly flowEveryMs: number;
  readonly heartbeatMs: number;
};

/** A pager is waited for less long than a backend, so that another channel takes over. */
export const pace: Pace = {
  ...deliveryDefaults,
  pausesMs: [1_000, 5_000, 30_000, 2 * 60_000, 5 * 60_000],
  connectMs: 3_000,
  answerMs: 7_000,
  lateMs: 15_000,
  flowEveryMs: 10_000,
  heartbeatMs: 60_000,
};

import { type DeliverySettings, deliveryDefaults } from '../ledger/react/delivery/delivery.ts';

/** Nest token of the `Pace`. */
export const PACE = Symbol('pace of webhooks');

export type Pace = DeliverySettings & {
  /** How late an instance may be with an attempt before another one may claim the delivery: more than twice as long as an attempt can take. */
  readonly lateMs: number;
};

/** A receiver that is away for a weekend is told everything on Monday; one that is back is tried within 15 minutes. */
export const pace: Pace = { ...deliveryDefaults, firstMs: 5_000, longestMs: 15 * 60_000, lateMs: 45_000 };

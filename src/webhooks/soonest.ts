export type Due = {
  readonly deliveryId: string;
  /** When this instance may make the next attempt, in milliseconds since the epoch. */
  readonly readyAt: number;
  /** Of the delivery's last event: what an older one said does not come back. */
  readonly revision: number;
};

/**
 * The deliveries of one webhook that this instance may attempt soonest. However many are due, it keeps a bounded number; of those that it
 * let go the caller is told when they are needed, and looks for them anew.
 */
export class Soonest {
  private readonly all: Due[] = [];
  private isWhole = false;

  constructor(private readonly most = 1_000) {}

  /** Whether there are deliveries that are not among those kept, and none of those is left. */
  get isToBeFilled(): boolean {
    return !this.isWhole && this.all.length === 0;
  }

  /** Everything that is due is about to be put in. */
  beginFilling(): void {
    this.isWhole = true;
  }

  get first(): Due | undefined {
    return this.all[0];
  }

  put(due: Due): void {
    const known = this.all.findIndex(({ deliveryId }) => deliveryId === due.deliveryId);
    if (known >= 0) {
      if ((this.all[known] as Due).revision > due.revision) return;
      this.all.splice(known, 1);
    }
    const after = this.all.findIndex(({ readyAt }) => readyAt > due.readyAt);
    // Later than all that are kept: one that was let go may come before it.
    if (after < 0 && !this.isWhole) return;
    this.all.splice(after < 0 ? this.all.length : after, 0, due);
    if (this.all.length <= this.most) return;
    this.all.pop();
    this.isWhole = false;
  }

  /** @param upTo an entry of a later event stays */
  remove(deliveryId: string, upTo: number): void {
    const known = this.all.findIndex((due) => due.deliveryId === deliveryId);
    if (known >= 0 && (this.all[known] as Due).revision <= upTo) this.all.splice(known, 1);
  }
}

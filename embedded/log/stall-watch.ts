const LOOK_EVERY_MS = 1_000;

/**
 * Says when something takes too long. It looks once in a while and counts the looks: one look follows however long the
 * process was suspended, since a machine that was paused says nothing about its disk.
 */
export class StallWatch {
  private onStalled: (() => void) | undefined;
  private looks = 0;
  private readonly timer: NodeJS.Timeout;

  /** @param allowed looks while one thing is under way; one in a second unless told */
  constructor(
    private readonly allowed: number,
    everyMs = LOOK_EVERY_MS,
  ) {
    this.timer = setInterval(() => this.look(), everyMs).unref();
  }

  begin(onStalled: () => void): void {
    this.looks = 0;
    this.onStalled = onStalled;
  }

  done(): void {
    this.onStalled = undefined;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.onStalled === undefined || ++this.looks < this.allowed) return;
    const stalled = this.onStalled;
    this.done();
    stalled();
  }
}

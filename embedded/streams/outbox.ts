import type { Writable } from 'node:stream';

/** Bytes handed to a call that its client hasn't taken yet; beyond, its reader is slow and has to be waited for. */
const IN_FLIGHT_BYTES = 256 * 1024;

/**
 * The way out to one reader. gRPC counts messages, and an event may weigh anything up to 16 MB, so this counts bytes:
 * a reader that stops reading holds a quarter of a megabyte (or one event), never more.
 */
export class Outbox {
  private inFlight = 0;
  private gone = false;
  private waiters: (() => void)[] = [];
  private closeListener: (() => void) | undefined;

  constructor(private readonly call: Writable) {
    const close = () => {
      if (this.gone) return;
      this.gone = true;
      this.wake();
      this.closeListener?.();
    };
    call.on('cancelled', close);
    call.on('close', close);
    call.on('error', close);
  }

  /** True once the client has left or the call has ended. */
  get closed(): boolean {
    return this.gone;
  }

  /** True while the client has to catch up before it is sent more. */
  get blocked(): boolean {
    return this.inFlight >= IN_FLIGHT_BYTES;
  }

  write(message: Buffer): void {
    if (this.gone) return;
    this.inFlight += message.length;
    this.call.write(message, () => {
      this.inFlight -= message.length;
      if (!this.blocked) this.wake();
    });
  }

  /** Calls the listener when the client leaves; the last one told counts, undefined takes it away. */
  onClose(listener: (() => void) | undefined): void {
    this.closeListener = listener;
  }

  /** Resolves when more may be written, or when the reader is gone. */
  async ready(): Promise<void> {
    if (this.gone || !this.blocked) return;
    await new Promise<void>((resolve) => {
      this.waiters.push(resolve);
    });
  }

  private wake(): void {
    const { waiters } = this;
    if (waiters.length === 0) return;
    this.waiters = [];
    for (const resume of waiters) resume();
  }
}

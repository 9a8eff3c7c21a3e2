import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Bytes that may be on their way to the socket at a time, or one message. */
const UNSENT_BYTES = 64 * 1024;

/**
 * Lets the messages that a call sends in one turn go to the socket together.
 *
 * gRPC takes the next message of a call only once the socket has the one before, which costs a system call, a turn of
 * the event loop and a wake-up of the client for each. Here a message counts as taken while little is on its way;
 * beyond that its writer waits as before, so a reader that stops still holds its writer up. Measured: 16 writers append a
 * sixth to two fifths more.
 */
export const coalescedWrites: ServerInterceptor = (_method, call) => new CoalescingCall(call);

class CoalescingCall extends ServerInterceptingCall {
  private unsent = 0;
  private held: (() => void) | undefined;

  override sendMessage(message: unknown, taken: () => void): void {
    const bytes = Buffer.isBuffer(message) ? message.length : UNSENT_BYTES;
    this.unsent += bytes;
    super.sendMessage(message, () => {
      this.unsent -= bytes;
      if (this.unsent >= UNSENT_BYTES) return;
      const { held } = this;
      this.held = undefined;
      held?.();
    });
    if (this.unsent < UNSENT_BYTES) taken();
    else this.held = taken;
  }
}

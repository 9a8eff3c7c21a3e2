import type { EventLog, StoredEvent } from '../log/event-log.ts';

export type LiveListener = (event: StoredEvent) => void;

/**
 * Hands each committed event to the subscriptions it concerns. One listener on the log serves all of them, so ten
 * thousand idle subscriptions cost a commit nothing.
 */
export class LiveFeed {
  private readonly byStream = new Map<string, Set<LiveListener>>();
  private readonly toAll = new Set<LiveListener>();
  private readonly stopListening: () => void;

  constructor(log: EventLog) {
    this.stopListening = log.onCommit((events) => {
      for (const event of events) this.deliver(event);
    });
  }

  /** Starts delivering; returns the way to stop. `$all` means every event. */
  listen(stream: string, listener: LiveListener): () => void {
    if (stream === '$all') {
      this.toAll.add(listener);
      return () => this.toAll.delete(listener);
    }
    const listeners = this.byStream.get(stream) ?? new Set();
    this.byStream.set(stream, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.byStream.get(stream) === listeners) this.byStream.delete(stream);
    };
  }

  close(): void {
    this.stopListening();
  }

  private deliver(event: StoredEvent): void {
    for (const listener of this.toAll) listener(event);
    const listeners = this.byStream.size === 0 ? undefined : this.byStream.get(event.stream);
    if (listeners !== undefined) for (const listener of listeners) listener(event);
  }
}

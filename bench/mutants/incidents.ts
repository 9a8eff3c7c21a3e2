import { EventStoreDBClient } from '@eventstore/db-client';

/** The incidents there are, from the streams themselves: a desk with a bug in it must not hide them. */
export class Incidents {
  private readonly client: EventStoreDBClient;

  constructor(connectionString: string) {
    this.client = EventStoreDBClient.connectionString(connectionString);
  }

  /** What each is about, by its id. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for await (const { event } of this.client.readAll()) {
      if (event?.type !== 'BreachFlagged') continue;
      const { breachId, rule, severity } = event.data as { breachId: string; rule: string; severity: string };
      found.set(breachId, `${severity} ${rule}`);
    }
    return found;
  }

  close(): Promise<void> {
    return this.client.dispose();
  }
}

import { EventStoreDBClient } from '@eventstore/db-client';

export type Incident = {
  readonly severity: string;
  readonly rule: string;
  readonly viewerId?: string;
  readonly recordingId?: string;
};

/** What there must be an incident about, as far as it matters. */
export type Due = Partial<Incident>;

export const nameOf = ({ severity, rule, viewerId, recordingId }: Due): string =>
  [severity, rule, viewerId && `of ${viewerId}`, recordingId && `about ${recordingId}`].filter(Boolean).join(' ');

export const isAbout = (incident: Incident, due: Due): boolean =>
  Object.entries(due).every(([field, value]) => incident[field as keyof Incident] === value);

/** The incidents there are, from the streams themselves: a desk with a bug in it must not hide them. */
export class Incidents {
  private readonly client: EventStoreDBClient;

  constructor(connectionString: string) {
    this.client = EventStoreDBClient.connectionString(connectionString);
  }

  /** What each is about, by its id. */
  async all(): Promise<ReadonlyMap<string, Incident>> {
    const found = new Map<string, Incident>();
    for await (const { event } of this.client.readAll())
      if (event?.type === 'BreachFlagged') {
        const { breachId, ...about } = event.data as Incident & { breachId: string };
        found.set(breachId, about);
      }
    return found;
  }

  close(): Promise<void> {
    return this.client.dispose();
  }
}

import { randomUUID } from 'node:crypto';
import { categories, type LedgerEvent, patientStreams, personStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PersonFacts } from '../../events/person-events.ts';
import type { AnomalyEvent } from '../../events/rule-events.ts';
import { pack } from '../../projections/rules/pack.ts';
import { neededFor, nothingWatched, takeIn, type WatchState } from '../../projections/rules/watch.ts';
import { EventSeals, ringOf } from '../../src/keys/event-seals.ts';
import { KnownFacts, openedBy } from '../../src/rules/known-facts.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

type Data<T> = Extract<LedgerEvent, { type: T }>['data'];
type More = { readonly appVersion?: string; readonly roles?: readonly string[] };

/** A log in memory that the pack follows as it is written, with the time that each event is given. */
export class Log {
  readonly found: AnomalyEvent[] = [];
  readonly state: WatchState = nothingWatched();
  readonly facts: KnownFacts;
  private readonly revisions = new Map<string, number>();
  /** Milliseconds since the epoch: a Tuesday, nine o'clock. */
  at = Date.parse('2026-03-03T09:00:00.000Z');

  constructor(
    readonly watching = { pack, idOf: (key: string) => key },
    readonly events: Recorded<LedgerEvent>[] = [],
  ) {
    const onStream = (stream: string) => this.events.filter((event) => event.stream === stream);
    this.facts = new KnownFacts({
      patient: async function* (patientId, from) {
        for (const event of onStream(patientStreams.of(patientId)))
          if (patientStreams.includes(event) && event.revision >= from) yield event;
      },
      person: async function* (personId) {
        for (const event of onStream(personStreams.of(personId))) if (personStreams.includes(event)) yield event;
      },
      opened: openedBy(new EventSeals(ringOf(undefined))),
    });
  }

  static async withRules(): Promise<Log> {
    const log = new Log();
    for (const { name, version } of pack) await log.append('RuleAdopted', { rule: name, version });
    return log;
  }

  later(ms: number): this {
    this.at += ms;
    return this;
  }

  async append<T extends LedgerEvent['type']>(
    type: T,
    data: Data<T>,
    { appVersion = '1.0.0', roles = [] }: More = {},
  ): Promise<void> {
    const event = { type, data } as unknown as LedgerEvent;
    const category = categories.find(({ catalogue }) => Object.hasOwn(catalogue, type));
    const stream = (category as { streamOf(event: LedgerEvent): string }).streamOf(event);
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    this.revisions.set(stream, revision);
    this.at += 1;
    const metadata = {
      actor: { id: 'app', roles },
      $correlationId: 'r',
      $causationId: 'r',
      requestId: 'r',
      appVersion,
    };
    const recorded = {
      ...{ ...event, id: randomUUID(), stream, revision, position: BigInt(this.events.length), metadata },
      recordedAt: new Date(this.at).toISOString(),
    } as Recorded<LedgerEvent>;
    this.events.push(recorded);
    this.found.push(...(await this.take(recorded)));
  }

  async take(event: Recorded<LedgerEvent>, state = this.state, facts = this.facts): Promise<readonly AnomalyEvent[]> {
    const needed = neededFor(state, event);
    const found = takeIn(
      state,
      event,
      this.watching,
      needed && (facts.atHand(needed) ?? (await facts.at(needed, event.position))),
    );
    facts.passed(event);
    return found;
  }

  book(
    patientId: string,
    clinicianId: string,
    { start = this.at, ...more }: { start?: number; consultationId?: string } = {},
  ) {
    const { consultationId = `con-${patientId}-${clinicianId}` } = more;
    return this.append('ConsultationBooked', {
      ...{ patientId, consultationId, clinicianId, medium: 'video' },
      scheduledStart: new Date(start).toISOString(),
      scheduledEnd: new Date(start + 30 * MINUTE_MS).toISOString(),
    });
  }

  store(patientId: string, clinicianId: string, recordingId = `rec-${patientId}`) {
    return this.append('RecordingStored', {
      ...{ patientId, consultationId: `con-${patientId}-${clinicianId}`, recordingId, mediaSessionId: 'room' },
      ...{ sha256: 'a'.repeat(64), bytes: 1_000, contentType: 'video/webm', durationSeconds: null },
    });
  }

  /** @param with whose consultation with the patient it is of */
  view(
    viewerId: string,
    patientId: string,
    {
      with: clinicianId = viewerId,
      roles = ['clinician'],
      purpose = 'treatment',
      recordingId = `rec-${patientId}`,
      appVersion = '1.0.0',
      viewId = randomUUID(),
    }: Partial<{
      with: string;
      roles: string[];
      purpose: Data<'RecordingViewed'>['purpose'];
      recordingId: string;
      appVersion: string;
      viewId: string;
    }> = {},
  ) {
    return this.append(
      'RecordingViewed',
      {
        ...{ patientId, consultationId: `con-${patientId}-${clinicianId}`, recordingId, viewId, viewerId },
        ...{ viewerRoles: roles, purpose, source: 'mediated' },
      },
      { appVersion },
    );
  }

  refuse(viewerId: string, patientId: string) {
    return this.append('RecordingViewRefused', {
      ...{ patientId, consultationId: 'con', recordingId: 'rec', viewId: randomUUID(), viewerId },
      ...{ viewerRoles: ['clinician'], purpose: 'treatment', reasonCode: 'not-a-participant' },
    });
  }

  stateFacts(personId: string, facts: PersonFacts) {
    return this.append('PersonFactsStated', { personId, asOf: new Date(this.at).toISOString(), facts });
  }

  /** Findings so far, as `rule severity (explanation)`; those that are named. */
  findings(...rules: string[]): string[] {
    return this.found.flatMap(({ type, data }) => {
      if (type !== 'AnomalyFound' || (rules.length > 0 && !rules.includes(data.rule))) return [];
      return [`${data.rule} ${data.severity}${data.explainedBy ? ` (${data.explainedBy.kind})` : ''}`];
    });
  }
}

import { breachStreams, incidentStreams, patientStreams, viewerStreams } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { IncidentEvent } from '../../../events/incident-events.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { Severity, ViewSource } from '../../../events/values.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { type TrackedBreach, track } from '../../../projections/breach-board.ts';
import type { Evidence } from '../../../projections/evidence.ts';
import { evolveIncident, type Incident, noIncident } from '../../../projections/incident.ts';
import { type ClockedIncident, clockedFold } from '../../../projections/incident-clocks.ts';
import { noAccess, type RecordingAccess, takeIn, tookPart } from '../../../projections/recording-access.ts';
import { latest } from '../../flow/latest.ts';
import { readEvidence } from '../../second-key/raw-event.ts';
import { IncidentNotFound } from '../errors.ts';
import type { LogAt } from './log-reader.ts';

/** One transfer under a view. */
export type Transfer = {
  readonly beganAt: string;
  /** Missing while its end is not on record. */
  readonly endedAt?: string;
  /** What left; undefined where that cannot be known. */
  readonly bytes?: number;
  readonly atMost?: number;
};

/** One breach of the incident, with what its patient's stream says of it. */
export type BreachSeen = {
  readonly breachId: string;
  readonly severity: Severity;
  readonly rule: string;
  readonly flaggedAt: string;
  readonly containedAt?: string;
  readonly contentReleased: boolean;
  readonly appVersion: string;
  readonly clientRelease?: string;
  /** Missing where it is about no view. */
  readonly view?: {
    readonly patientId: string;
    readonly viewerId: string;
    readonly recordingId: string;
    readonly source: ViewSource;
    readonly at: string;
    readonly transfers: readonly Transfer[];
    /** Of the whole recording, where it is on record. */
    readonly recordingBytes?: number;
    readonly durationSeconds?: number;
  };
};

/** A list that showed a consultation to a person who took no part in it then. */
export type Listing = {
  readonly patientId: string;
  readonly viewerId: string;
  readonly recordingIds: readonly string[];
  readonly at: string;
  readonly appVersion: string;
  readonly clientRelease?: string;
};

/** What the ledger holds of one incident, as of a position. */
export type IncidentEvidence = {
  readonly position: number;
  /** Record time of the event at that position: as of when clocks are told. */
  readonly at: string;
  readonly incident: Incident;
  readonly clocked: ClockedIncident;
  readonly events: readonly Recorded<IncidentEvent>[];
  readonly breaches: readonly BreachSeen[];
  readonly listings: readonly Listing[];
  readonly faults: readonly string[];
};

/**
 * Reads an incident, its breaches, and the streams of the people in them, as they were at a position.
 * @throws IncidentNotFound, LedgerUnavailable
 */
export const evidenceOf = async (log: LogAt, incidentId: string, at: string): Promise<IncidentEvidence> => {
  const events: Recorded<IncidentEvent>[] = [];
  let incident = noIncident();
  let clocked = clockedFold.initial();
  for await (const event of log.stream(incidentStreams.of(incidentId))) {
    events.push(event);
    incident = evolveIncident(incident, event);
    clocked = clockedFold.evolve(clocked, event);
  }
  if (!incident || !clocked) throw new IncidentNotFound();
  const tracked: TrackedBreach[] = [];
  for (const breachId of incident.breaches.keys()) {
    const breach = await breachAt(log, breachId);
    if (breach) tracked.push(breach);
    else log.fault(breachStreams.of(breachId), 0, 'the breach is part of the incident, and its flag is not on record');
  }
  const patients = new Patients(log);
  const breaches: BreachSeen[] = [];
  for (const breach of tracked) breaches.push(await seen(breach, patients));
  const listings = await listingsOf(log, incident, tracked, patients);
  return {
    ...{ position: Number(log.position), at, incident, clocked, events, breaches, listings },
    faults: [...log.faults].sort(),
  };
};

const breachAt = async (log: LogAt, breachId: string): Promise<TrackedBreach | undefined> => {
  let breach: TrackedBreach | undefined;
  for await (const event of log.stream(breachStreams.of(breachId))) breach = track(breach, event);
  return breach;
};

const PATIENTS_KEPT = 2_000;

type Recording = { readonly bytes: number; readonly durationSeconds: number | null };
type PatientSeen = {
  readonly access: RecordingAccess;
  readonly recordings: ReadonlyMap<string, Recording>;
  readonly transfers: ReadonlyMap<string, readonly Transfer[]>;
};

/** Each patient's stream is read once, if they are not too many. */
class Patients {
  private readonly known = latest<string, PatientSeen>(PATIENTS_KEPT);

  constructor(private readonly log: LogAt) {}

  async of(patientId: string): Promise<PatientSeen> {
    const known = this.known.get(patientId);
    if (known) return known;
    const seen = await this.read(patientId);
    this.known.set(patientId, seen);
    return seen;
  }

  private async read(patientId: string): Promise<PatientSeen> {
    const stream = patientStreams.of(patientId);
    const access = await this.accessTo(stream);
    const recordings = new Map<string, Recording>();
    const transfers = new Map<string, Map<string, Transfer>>();
    for await (const event of this.log.stream(stream)) {
      if (event.type === 'RecordingStored') {
        const { recordingId, bytes, durationSeconds } = event.data;
        if (!recordings.has(recordingId)) recordings.set(recordingId, { bytes, durationSeconds });
      }
      takeTransfer(transfers, event);
    }
    const byView = [...transfers].map(([viewId, all]) => [viewId, [...all.values()]] as const);
    return { access, recordings, transfers: new Map(byView) };
  }

  /** Who took part, as the second key reads it; as far as it believes the stream. */
  private async accessTo(stream: string): Promise<RecordingAccess> {
    const access = noAccess();
    for await (const stored of this.log.stored(stream))
      try {
        takeIn(access, readEvidence(stored) as Evidence<PatientEvent>);
      } catch (error) {
        this.log.fault(stream, stored.revision, error);
      }
    return access;
  }
}

const takeTransfer = (byView: Map<string, Map<string, Transfer>>, event: Recorded<PatientEvent>): void => {
  if (event.type !== 'RecordingTransferBegan' && event.type !== 'RecordingPlayed') return;
  const { viewId } = event.data;
  const transfers = byView.get(viewId) ?? new Map<string, Transfer>();
  byView.set(viewId, transfers);
  // Ends of older releases do not say which transfer they end.
  const transferId = event.data.transferId ?? event.id;
  const before = transfers.get(transferId);
  if (event.type === 'RecordingTransferBegan') {
    const [first, last] = event.data.range;
    if (!before) transfers.set(transferId, { beganAt: event.recordedAt, atMost: last - first + 1 });
    return;
  }
  if (before?.endedAt !== undefined) return;
  const { bytesServed, outcome } = event.data;
  const ended = { ...(before ?? { beganAt: event.recordedAt }), endedAt: event.recordedAt };
  // Sent to the store itself: what left there is never known.
  transfers.set(transferId, outcome === 'redirected' ? ended : { ...ended, bytes: bytesServed, atMost: bytesServed });
};

const seen = async ({ item }: TrackedBreach, patients: Patients): Promise<BreachSeen> => {
  const { breachId, severity, rule, flaggedAt, containedAt, contentReleased, appVersion, clientRelease } = item;
  const { patientId, viewerId, recordingId, source, viewedAt } = item;
  const breach = {
    ...{ breachId, severity, rule, flaggedAt, contentReleased, appVersion },
    ...(containedAt !== undefined && { containedAt }),
    ...(clientRelease !== undefined && { clientRelease }),
  };
  if (patientId === null || viewerId === null || recordingId === null || source === null) return breach;
  const { recordings, transfers } = await patients.of(patientId);
  const recording = recordings.get(recordingId);
  const view = {
    ...{ patientId, viewerId, recordingId, source, at: viewedAt ?? flaggedAt },
    transfers: transfers.get(breachId) ?? [],
    ...(recording && { recordingBytes: recording.bytes }),
    ...(recording && recording.durationSeconds !== null && { durationSeconds: recording.durationSeconds }),
  };
  return { ...breach, view };
};

type Listed = Extract<Recorded<ViewerEvent>, { type: 'ConsultationsListed' }>;

/**
 * What lists showed to people who took no part, under the releases of the incident: a list that shows a stranger's consultation is the fault
 * of a release. Of an incident of a release everyone's lists are looked at, of others those of its viewers.
 */
const listingsOf = async (
  log: LogAt,
  { kind }: Incident,
  tracked: readonly TrackedBreach[],
  patients: Patients,
): Promise<readonly Listing[]> => {
  const releases = new Set(tracked.map(({ item }) => item.appVersion));
  const ids = new Set(tracked.flatMap(({ item }) => item.viewerId ?? []));
  const lists: Listed[] = [];
  const keep = (event: Recorded) => {
    if (event.type === 'ConsultationsListed' && releases.has(event.metadata.appVersion)) lists.push(event as Listed);
  };
  if (kind === 'release') for await (const event of log.all({ types: ['ConsultationsListed'] })) keep(event);
  else
    for (const viewerId of [...ids].sort())
      for await (const event of log.stream(viewerStreams.of(viewerId))) keep(event);
  const found: Listing[] = [];
  for (const { data, recordedAt, metadata } of lists) {
    const { viewerId, shown } = data;
    // A service that lists a patient's consultations may list anyone's.
    if (metadata.actor.roles.includes('service')) continue;
    for (const { patientId, consultationId, recordingIds } of shown) {
      if (viewerId === patientId) continue;
      const { access } = await patients.of(patientId);
      if (tookPart(access, { patientId, consultationId }, viewerId, { time: Date.parse(recordedAt) })) continue;
      const { appVersion, clientRelease } = metadata;
      const release = { appVersion, ...(clientRelease !== undefined && { clientRelease }) };
      found.push({ patientId, viewerId, recordingIds, at: recordedAt, ...release });
    }
  }
  return found;
};

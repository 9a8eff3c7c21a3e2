import { patientStreams, viewerStreams } from '../../../events/categories.ts';
import type { Stream } from '../../../events/category.ts';
import type { DomainEvent, Recorded } from '../../../events/event.ts';
import { heldBy, recorded } from '../../../events/gate.ts';
import type { RuleSet, Verdict } from '../../../projections/access-rules.ts';
import { type HistoryRow, rowsOf } from '../../../projections/history.ts';
import {
  nothingReplayed,
  type ReplayedConsultation,
  type ReplayedParticipation,
  type ReplayedRecording,
  replay,
} from '../../../projections/replayed.ts';
import type { ViewerTimeline } from '../../../projections/viewer-timeline.ts';
import type { SessionOwner } from '../../second-key/evidence.ts';
import { isOnRecord, type Moment } from '../log/moment.ts';
import type { StoredLog } from '../log/stored-log.ts';
import {
  judgeAgain,
  type PatientEvidence,
  patientEvidence,
  sessionOf,
  sessionOwner,
  viewerTimeline,
} from './rejudging.ts';

export type ReplayQuestion =
  | { readonly patientId: string; readonly wholeLog: boolean }
  | { readonly recordingId: string }
  | { readonly viewerId: string };

export type ReplayOptions = {
  readonly asOf: Moment;
  readonly rules: RuleSet;
  /** How many different patients a clinician may open in emergencies of 24 hours. */
  readonly emergencyPatients: number;
  /** Hears how far the search of the log is, where it has to be searched. */
  readonly searched?: (position: bigint) => void;
};

type VerdictThen = {
  readonly verdict: 'cleared' | 'flagged' | 'pending';
  readonly severity?: string;
  readonly rule?: string;
};

/** One access, with what the second key said of it by then and what the rules say of it now. */
export type ReplayedAccess = HistoryRow & {
  readonly verdictThen?: VerdictThen;
  readonly verdictNow?: Verdict | { readonly verdict: 'unknown'; readonly why: string };
};

/** One patient's part of the answer. */
export type ReplayedPart = {
  readonly patientId: string;
  readonly consultations: readonly ReplayedConsultation[];
  readonly participations: readonly ReplayedParticipation[];
  readonly recordings: readonly ReplayedRecording[];
  /** Ids that name this one as the one that survives them. */
  readonly merged: readonly string[];
  /** The id that this one is merged into. */
  readonly mergedInto?: string;
  readonly accesses: readonly ReplayedAccess[];
  /** What could not be read or is not believed: the part is not complete. */
  readonly faults: readonly string[];
};

/** Of one patient: which of their accesses are asked for, and who else than those their stream names was shown something. */
type Part = {
  readonly patientId: string;
  readonly others: ReadonlySet<string>;
  readonly isWanted: (row: HistoryRow) => boolean;
};

const ACCESS_KINDS: ReadonlySet<HistoryRow['kind']> = new Set<HistoryRow['kind']>([
  'shown',
  'opened',
  'refused',
  'played',
  'egress-prevented',
]);

/** What a viewer's stream says of one patient or of all, with what bears on verdicts. */
type ViewerReading = {
  readonly rows: readonly HistoryRow[];
  readonly verdicts: ReadonlyMap<string, VerdictThen>;
  readonly timeline: ViewerTimeline | undefined;
  readonly faults: readonly string[];
};

/**
 * The bookings, the people who took part, the recordings and every access to them, as they were on record at a moment: from the log itself,
 * with no index between. A patient is answered from their stream and those of the viewers it names; a recording or a viewer has to be searched for first.
 */
export class Replaying {
  private readonly owners = new Map<string, SessionOwner | undefined>();

  constructor(
    private readonly log: StoredLog,
    private readonly options: ReplayOptions,
  ) {}

  /** One patient after the other. @throws LogCutShort, and what the store throws */
  async *parts(question: ReplayQuestion): AsyncGenerator<ReplayedPart> {
    if ('patientId' in question) {
      const { patientId, wholeLog } = question;
      const part = await this.whole(patientId, wholeLog);
      yield part;
      for (const mergedId of part.merged) {
        const merged = await this.whole(mergedId, wholeLog);
        if (merged.mergedInto === patientId) yield merged;
      }
    } else if ('recordingId' in question) yield* this.ofRecording(question.recordingId);
    else yield* this.ofViewer(question.viewerId);
  }

  private async whole(patientId: string, wholeLog: boolean): Promise<ReplayedPart> {
    const others = wholeLog ? await this.shownTo(patientId) : new Set<string>();
    return this.part({ patientId, others, isWanted: () => true }, (viewerId) => this.viewer(viewerId, patientId));
  }

  private async *ofRecording(recordingId: string): AsyncGenerator<ReplayedPart> {
    const types = { types: ['Recording', 'View', 'ConsultationsListed', 'EgressPrevented'] };
    const named = await this.search(types, recordingId);
    const others = new Set(named.flatMap((stream) => viewerStreams.idIn(stream) ?? []));
    const isWanted = (row: HistoryRow) =>
      row.recordingId === recordingId || (row.recordingIds?.includes(recordingId) ?? false);
    for (const stream of named) {
      const patientId = patientStreams.idIn(stream);
      if (patientId === undefined) continue;
      const part = await this.part({ patientId, others, isWanted }, (viewerId) => this.viewer(viewerId, patientId));
      const filed = part.recordings.filter((one) => one.recordingId === recordingId);
      const here = new Set([...filed, ...part.accesses].map(({ consultationId }) => consultationId));
      yield {
        ...part,
        recordings: filed,
        consultations: part.consultations.filter(({ consultationId }) => here.has(consultationId)),
        participations: part.participations.filter(({ consultationId }) => here.has(consultationId)),
      };
    }
  }

  private async *ofViewer(viewerId: string): AsyncGenerator<ReplayedPart> {
    const named = await this.search({ streams: '^patient-' }, viewerId);
    // Once, and of all patients: it may be long.
    const reading = await this.viewer(viewerId);
    const byPatient = new Map<string, HistoryRow[]>();
    for (const stream of named) byPatient.set(patientStreams.idIn(stream) ?? '', []);
    for (const row of reading.rows) {
      const { patientId = '' } = row;
      const rows = byPatient.get(patientId) ?? [];
      byPatient.set(patientId, rows);
      rows.push(row);
    }
    const isWanted = (row: HistoryRow) => row.viewerId === viewerId;
    const none: ViewerReading = { rows: [], verdicts: new Map(), timeline: undefined, faults: [] };
    for (const [patientId, rows] of byPatient) {
      const viewerOf = async (id: string) => (id === viewerId ? { ...reading, rows } : none);
      const part = await this.part({ patientId, others: new Set([viewerId]), isWanted }, viewerOf);
      const theirs = new Set([
        ...part.participations.flatMap((one) => (one.personId === viewerId ? one.consultationId : [])),
        ...part.accesses.map(({ consultationId }) => consultationId),
      ]);
      const isTheirs = ({ consultationId }: { readonly consultationId: string }) => theirs.has(consultationId);
      yield {
        ...part,
        consultations: part.consultations.filter(isTheirs),
        participations: part.participations.filter((one) => one.personId === viewerId),
        recordings: part.recordings.filter(isTheirs),
      };
    }
  }

  private async part(
    { patientId, others, isWanted }: Part,
    viewerOf: (viewerId: string) => Promise<ViewerReading>,
  ): Promise<ReplayedPart> {
    const faults: string[] = [];
    const patient = nothingReplayed();
    const rows: HistoryRow[] = [];
    const people = new Set(others);
    const stream = patientStreams.of(patientId);
    for await (const stored of this.log.stream(stream)) {
      const event = this.gate(stream, stored, faults);
      if (!event || !this.isKnown(event)) continue;
      replay(patient, event);
      for (const row of rowsOf(event)) {
        rows.push(row);
        if (row.viewerId !== undefined) people.add(row.viewerId);
      }
    }
    for (const { personId } of patient.participations) people.add(personId);
    const evidence = await patientEvidence(this.log, patientId).catch((error: unknown) => fault(error, faults));
    const readings = new Map<string, ViewerReading>();
    for (const viewerId of [...people].sort()) {
      const reading = await viewerOf(viewerId);
      readings.set(viewerId, reading);
      rows.push(...reading.rows);
      faults.push(...reading.faults);
    }
    const wanted = rows
      .filter((row) => ACCESS_KINDS.has(row.kind) && isWanted(row))
      .sort((a, b) => Number(a.position - b.position) || a.part - b.part);
    const accesses: ReplayedAccess[] = [];
    for (const row of wanted) accesses.push(await this.judged(row, evidence, readings.get(row.viewerId ?? '')));
    return {
      patientId,
      consultations: [...patient.consultations.values()],
      participations: patient.participations,
      recordings: [...patient.recordings.values()],
      merged: [...patient.merged].sort(),
      ...(patient.mergedInto !== undefined && { mergedInto: patient.mergedInto }),
      accesses,
      faults: [...new Set(faults)],
    };
  }

  private async judged(
    row: HistoryRow,
    evidence: PatientEvidence | undefined,
    reading: ViewerReading | undefined,
  ): Promise<ReplayedAccess> {
    if (row.kind !== 'opened' || row.viewId === undefined) return row;
    const verdictThen = reading?.verdicts.get(row.viewId) ?? { verdict: 'pending' as const };
    const view = evidence?.views.get(row.viewId);
    // Of a consultation that the ledger does not know there is nothing to judge it by.
    if (evidence && !view) return { ...row, verdictThen };
    if (!evidence || !view || !reading?.timeline)
      return { ...row, verdictThen, verdictNow: { verdict: 'unknown', why: 'the evidence is not believed' } };
    const session = sessionOf(evidence.access, view);
    const owner = session === undefined ? undefined : await this.ownerOf(session);
    return { ...row, verdictThen, verdictNow: judgeAgain(evidence, reading.timeline, view, owner, this.options) };
  }

  private async ownerOf(session: string): Promise<SessionOwner | undefined> {
    if (!this.owners.has(session)) this.owners.set(session, await sessionOwner(this.log, session));
    return this.owners.get(session);
  }

  /** @param patientId keeps rows of this patient alone */
  private async viewer(viewerId: string, patientId?: string): Promise<ViewerReading> {
    const faults: string[] = [];
    const rows: HistoryRow[] = [];
    const verdicts = new Map<string, VerdictThen>();
    const stream = viewerStreams.of(viewerId);
    for await (const stored of this.log.stream(stream)) {
      const event = this.gate(stream, stored, faults);
      if (!event || !this.isKnown(event)) continue;
      for (const row of rowsOf(event)) {
        if (patientId !== undefined && row.patientId !== patientId) continue;
        if (row.kind === 'cleared' || row.kind === 'flagged') addVerdict(verdicts, row);
        else if (ACCESS_KINDS.has(row.kind)) rows.push(row);
      }
    }
    const timeline = await viewerTimeline(this.log, viewerId).catch((error: unknown) => fault(error, faults));
    return { rows, verdicts, timeline, faults };
  }

  /** Who else was shown something of a patient, or reported to have seen it: any list of any person may have. */
  private async shownTo(patientId: string): Promise<Set<string>> {
    const named = await this.search({ types: ['ConsultationsListed', 'EgressPrevented', 'ViewReported'] }, patientId);
    return new Set(named.flatMap((stream) => viewerStreams.idIn(stream) ?? []));
  }

  /** The streams of patients and viewers on which an id is named, in the order of the log. */
  private async search(filter: Parameters<StoredLog['all']>[0], id: string): Promise<string[]> {
    const quoted = Buffer.from(`"${id}"`);
    const found = new Set<string>();
    for await (const { stream, data, position } of this.log.all(filter)) {
      this.options.searched?.(position.commit);
      if (!patientStreams.holds(stream) && !viewerStreams.holds(stream)) continue;
      if (!found.has(stream) && data.includes(quoted)) found.add(stream);
    }
    return [...found];
  }

  private isKnown(event: Recorded): boolean {
    return isOnRecord(event, this.options.asOf);
  }

  private gate<E extends DomainEvent>(
    stream: Stream<E>,
    stored: Parameters<typeof recorded>[0],
    faults: string[],
  ): Recorded<E> | undefined {
    try {
      return heldBy(stream, recorded(stored));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      faults.push(`revision ${stored.revision} of ${stored.streamId}: ${why}`);
      return undefined;
    }
  }
}

const fault = (error: unknown, faults: string[]): undefined => {
  // Another error is the store's: then there is no answer at all.
  if (!(error instanceof Error) || error.name !== 'Unbelievable') throw error;
  faults.push(error.message);
  return undefined;
};

/** The first of its kind stands, and nothing clears a flagged view. */
const addVerdict = (verdicts: Map<string, VerdictThen>, { kind, viewId, severity, rule }: HistoryRow): void => {
  if (viewId === undefined || verdicts.get(viewId)?.verdict === 'flagged') return;
  if (kind === 'cleared') verdicts.set(viewId, { verdict: 'cleared' });
  else if (severity !== undefined && rule !== undefined) verdicts.set(viewId, { verdict: 'flagged', severity, rule });
};

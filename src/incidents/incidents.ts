import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { groupingStream, incidentStreams } from '../../events/categories.ts';
import type { GroupingEvent, IncidentEvent, Resolution } from '../../events/incident-events.ts';
import { type Grouping, groupings, groupOf, incidentOf, leadsTo, type ToGroup } from '../../projections/grouping.ts';
import {
  type AttachedBreach,
  evolveIncident,
  type Incident,
  type IncidentState,
  isOver,
} from '../../projections/incident.ts';
import type { TrackedIncident } from '../../projections/incident-board.ts';
import { Breaches } from '../breaches/breaches.ts';
import type { BreachAction } from '../breaches/decide.ts';
import { BreachIsClosed, BreachNotFound } from '../breaches/errors.ts';
import { Clock } from '../clock.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { PAGING } from '../paging/escalator.ts';
import { FollowedIncidents } from '../paging/followed-incidents.ts';
import { ackDeadline } from '../paging/policy.ts';
import type { Paging } from '../paging/policy-file.ts';
import { IncidentBoard } from './board.ts';
import * as decide from './decide.ts';
import { each } from './each.ts';
import { IncidentNotFound } from './errors.ts';
import { group, groupAgain } from './grouping/decide.ts';

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>['data'];
type Decide = (incident: IncidentState) => readonly IncidentEvent[];
type Target = { readonly incidentId: string };
export type Closing = Target & {
  readonly resolution: Resolution;
  readonly except: readonly { readonly breachId: string; readonly resolution: Resolution }[];
};
/** An incident that was asked for from outside, and where the step was taken. */
export type ByHand = { readonly cause: Cause; readonly ifMatch?: number | undefined; readonly via?: string };

/** So many breaches become part of an incident in one append. */
const ATTACHED_AT_ONCE = 200;
const MAX_JOINS = 5;

/** What becomes of a breach when its incident is closed. */
const settles: Readonly<Record<Resolution, BreachAction>> = {
  confirmed: 'close',
  authorised: 'close',
  explained: 'close',
  'false-positive': 'dismiss',
  drill: 'dismiss',
};

/** Incidents: which breaches they group, and what the desk does about them. */
@Injectable()
export class Incidents {
  readonly folds: LiveFolds<IncidentState, IncidentEvent>;
  private readonly groups: LiveFolds<Grouping, GroupingEvent>;
  private readonly logger = new Logger(Incidents.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly breaches: Breaches,
    private readonly board: IncidentBoard,
    followed: FollowedIncidents,
    @Inject(PAGING) private readonly paging: Paging,
  ) {
    this.folds = followed.folds;
    this.groups = ledger.folds(groupingStream, groupings);
  }

  /**
   * Makes a breach part of an incident: once, by whichever instance is first, however often it is told. What an instance left undone when it
   * was killed is done when the breach is told again.
   * @throws LedgerUnavailable, LedgerContention
   */
  async join(breach: ToGroup, cause: Cause): Promise<string> {
    for (let tries = 0; tries < MAX_JOINS; tries++) {
      const at = this.clock.now();
      const idFor = (key: string, breachId: string) => eventIdFor(`incident:${key}`, breachId);
      const { state } = await this.group((grouping) => group(grouping, breach, { at, idFor }), cause);
      const incidentId = incidentOf(state, breach.breachId) as string;
      const incident = await this.known(incidentId);
      if (incident?.breaches.has(breach.breachId)) {
        await this.absorb(state, incident, cause);
        return incidentId;
      }
      if (incident && isOver(incident)) {
        // It was closed since its last breach.
        await this.regroup(breach, incident, cause);
        continue;
      }
      const of = groupOf(state, incidentId);
      const opening = {
        incidentId,
        kind: of?.kind ?? incident?.kind ?? 'rule',
        key: of?.key ?? incident?.key ?? `rule:${breach.rule}`,
        ...(breach.drillId !== undefined && { drillId: breach.drillId }),
      };
      const { state: now } = await this.decide(
        incidentId,
        (before) =>
          before && isOver(before) ? [] : decide.attach(before, attachedOf(breach, iso(at)), { at: iso(at), opening }),
        cause,
      );
      if (now?.breaches.has(breach.breachId)) {
        await this.absorb(state, now, cause);
        return incidentId;
      }
    }
    throw new Error(`breach ${breach.breachId} found no incident that stays open`);
  }

  /** @throws IncidentNotFound, LedgerUnavailable */
  async get(incidentId: string): Promise<TrackedIncident> {
    const tracked = await this.board.read(incidentId);
    if (!tracked) throw new IncidentNotFound();
    return tracked;
  }

  /** An incident as this instance knows it: its events so far. @throws LedgerUnavailable */
  async known(incidentId: string): Promise<IncidentState> {
    return (await this.folds.get(incidentStreams.of(incidentId))).state;
  }

  /** An incident about the ledger's own work; the same reason again about the same thing is the same incident. */
  async openOperations(
    { reason, about, severity = 'review' }: { reason: string; about: string; severity?: 'critical' | 'review' },
    cause: Cause,
  ) {
    const incidentId = eventIdFor(`incident:operations:${reason}`, about);
    const data = {
      incidentId,
      kind: 'operations',
      key: `operations:${reason}:${about}`,
      severity,
      reason,
      at: this.now(),
    } as const;
    await this.decide(incidentId, (state) => (state ? [] : [{ type: 'IncidentOpened', data }]), cause);
    return incidentId;
  }

  /** @throws IncidentNotFound, OwnCase, IncidentIsOver, LedgerUnavailable */
  acknowledge({ incidentId }: Target, by: ByHand): Promise<TrackedIncident> {
    return this.take(incidentId, (incident, step) => decide.acknowledge(incident, step), by);
  }

  assign({ incidentId, assigneeId }: Target & { assigneeId: string }, by: ByHand): Promise<TrackedIncident> {
    return this.take(incidentId, (incident, step) => decide.assign(incident, assigneeId, step), by);
  }

  note({ incidentId, code, text }: Target & { code: string; text?: string | undefined }, by: ByHand) {
    const data = { incidentId, noteId: uuidv7(), code, ...(text !== undefined && { text }) };
    return this.take(incidentId, (incident, step) => decide.work(incident, { type: 'NoteAdded', data }, step), by);
  }

  declareAwareness({ incidentId, ...aware }: Target & { awareAt: string; basis: string }, by: ByHand) {
    return this.take(incidentId, (incident, step) => decide.declareAwareness(incident, aware, step), by);
  }

  assess(data: Of<'AssessmentRecorded'>, by: ByHand): Promise<TrackedIncident> {
    return this.take(
      data.incidentId,
      (incident, step) => decide.work(incident, { type: 'AssessmentRecorded', data }, step),
      by,
    );
  }

  notifiedAuthority(data: Omit<Of<'AuthorityNotified'>, 'at'>, by: ByHand): Promise<TrackedIncident> {
    return this.take(
      data.incidentId,
      (incident, step) => decide.work(incident, { type: 'AuthorityNotified', data: { ...data, at: step.at } }, step),
      by,
    );
  }

  notifiedPeople(data: Omit<Of<'PeopleNotified'>, 'at'>, by: ByHand): Promise<TrackedIncident> {
    return this.take(
      data.incidentId,
      (incident, step) => decide.work(incident, { type: 'PeopleNotified', data: { ...data, at: step.at } }, step),
      by,
    );
  }

  /**
   * Ends an incident, and with it its breaches; one that could not be ended is when the same is asked again.
   * @throws IncidentNotFound, OwnCase, IncidentIsOver, IncidentNotContained, IncidentChangeRefused, LedgerUnavailable
   */
  async close({ incidentId, resolution, except }: Closing, by: ByHand): Promise<TrackedIncident> {
    const closed = await this.take(
      incidentId,
      (incident, step) => decide.close(incident, { resolution, except }, step),
      by,
    );
    const incident = (await this.known(incidentId)) as Incident;
    const own = new Map(except.map((one) => [one.breachId, one.resolution]));
    await each([...incident.breaches.values()], async ({ breachId }) => {
      const becomes = own.get(breachId) ?? resolution;
      await this.settle(breachId, becomes, by.cause);
    });
    // What comes later begins another one.
    await this.group(
      (grouping) =>
        leadsTo(grouping, incidentId) ? [{ type: 'GroupEnded', data: { incidentId, at: this.now() } }] : [],
      by.cause,
    );
    return closed;
  }

  reopen({ incidentId, reason }: Target & { reason: string }, by: ByHand): Promise<TrackedIncident> {
    return this.take(incidentId, (incident, step) => decide.reopen(incident, reason, step), by);
  }

  /**
   * Makes all of one incident part of another. Its breaches are there before it ends, so that none is without an incident at any moment;
   * asked again, it is finished.
   * @returns the one that it became part of
   */
  async merge({ incidentId, into }: Target & { readonly into: string }, { cause, ifMatch }: ByHand) {
    const [from, target] = await Promise.all([this.fresh(incidentId), this.fresh(into)]);
    decide.mayMerge(from, target, cause.actor.id);
    await this.decide(incidentId, () => [], withoutKey(cause), ifMatch);
    await this.hand(from as Incident, target as Incident, cause);
    return this.get(into);
  }

  /** Makes some breaches of an incident one of their own. @returns the new one */
  async split({ incidentId, breachIds }: Target & { readonly breachIds: readonly string[] }, by: ByHand) {
    const { cause, ifMatch } = by;
    const from = await this.fresh(incidentId);
    const to = eventIdFor(`incident-split:${incidentId}`, [...breachIds].sort().join(' '));
    // Asked again, it is finished.
    const begun = await this.fresh(to);
    const breaches = begun ? [...begun.breaches.values()] : decide.toSplit(from, breachIds, cause.actor.id);
    const { kind, key, drillId } = from as Incident;
    const viewers = [...new Set(breaches.map(({ viewerId }) => viewerId))];
    const own = viewers.length === 1 && viewers[0] !== undefined && kind !== 'drill';
    const opening = {
      ...{ incidentId: to, splitFrom: incidentId },
      ...(own ? { kind: 'viewer' as const, key: `viewer:${viewers[0]}` } : { kind, key }),
      ...(drillId !== undefined && { drillId }),
    };
    await this.decide(incidentId, () => [], withoutKey(cause), ifMatch);
    await this.attachAll(to, breaches, { opening, from: incidentId }, cause);
    // A person just looked at it: there is no one to wake for it.
    await this.take(to, (incident, step) => decide.acknowledge(incident, step), { cause: withoutKey(cause) });
    const moved = { incidentId, to, breachIds: [...breachIds] };
    await this.group(
      (grouping) =>
        breachIds.every((breachId) => incidentOf(grouping, breachId) === to)
          ? []
          : [{ type: 'BreachesMoved', data: moved }],
      cause,
    );
    const { revision } = await this.decide(
      incidentId,
      (incident) => decide.detach(incident, breachIds, to),
      withoutKey(cause),
    );
    await this.board.shows(incidentId, revision);
    return this.get(to);
  }

  /** One decision on an incident, by its events. @throws what `decide` throws, LedgerUnavailable, RevisionMismatch */
  decide(incidentId: string, decide: Decide, cause: Cause, ifMatch?: number) {
    return this.ledger.handle(this.folds, incidentStreams.of(incidentId), decide, cause, { ifMatch });
  }

  /** One step by hand. @returns the incident after it */
  async take(
    incidentId: string,
    decided: (incident: IncidentState, step: decide.Step) => readonly IncidentEvent[],
    { cause, ifMatch, via = 'api' }: ByHand,
  ): Promise<TrackedIncident> {
    const now = this.clock.now();
    const step = { by: cause.actor.id, at: iso(now), via, lapsesAt: ackDeadline(this.paging.policy, now) };
    const { revision } = await this.decide(incidentId, (incident) => decided(incident, step), cause, ifMatch);
    await this.board.shows(incidentId, revision);
    return this.get(incidentId);
  }

  private now(): string {
    return iso(this.clock.now());
  }

  private async fresh(incidentId: string): Promise<IncidentState> {
    return (await this.folds.refresh(incidentStreams.of(incidentId))).state;
  }

  /** Incidents that turned out to have the same cause as this one become part of it. */
  private async absorb(grouping: Grouping, incident: Incident, cause: Cause): Promise<void> {
    for (const incidentId of grouping.absorbed.get(incident.incidentId) ?? []) {
      const from = await this.known(incidentId);
      if (from && !isOver(from)) await this.hand(from, incident, cause);
    }
  }

  private async hand(from: Incident, { incidentId: into, kind, key }: Incident, cause: Cause): Promise<void> {
    const { incidentId } = from;
    await this.attachAll(
      into,
      [...from.breaches.values()],
      { opening: { incidentId: into, kind, key }, from: incidentId },
      cause,
    );
    await this.group(
      ({ mergedInto }) =>
        mergedInto.get(incidentId) === into ? [] : [{ type: 'GroupMerged', data: { incidentId, into } }],
      cause,
    );
    const { revision } = await this.decide(incidentId, (incident) => decide.merged(incident, into), withoutKey(cause));
    await this.board.shows(incidentId, revision);
  }

  private async attachAll(
    to: string,
    breaches: readonly AttachedBreach[],
    about: Pick<Parameters<typeof decide.attach>[2], 'opening' | 'from'>,
    cause: Cause,
  ): Promise<void> {
    const at = this.now();
    for (let done = 0; done < breaches.length; done += ATTACHED_AT_ONCE) {
      const some = breaches.slice(done, done + ATTACHED_AT_ONCE);
      const { revision } = await this.decide(
        to,
        (before) => {
          let state = before;
          return some.flatMap((breach) => {
            const events = decide.attach(state, breach, { at, ...about });
            for (const event of events) state = evolveIncident(state, event as Parameters<typeof evolveIncident>[1]);
            return events;
          });
        },
        withoutKey(cause),
      );
      await this.board.shows(to, revision);
    }
  }

  /** A breach that was to join an incident that is over begins another one. */
  /** A breach that was to join an incident that is over begins another one. */
  private async regroup(breach: ToGroup, { incidentId }: Incident, cause: Cause): Promise<void> {
    const at = this.clock.now();
    const idFor = (key: string, breachId: string) => eventIdFor(`incident:${key}:after:${incidentId}`, breachId);
    await this.group((grouping) => groupAgain(grouping, breach, incidentId, { at, idFor }), cause);
  }

  private group(decide: (grouping: Grouping) => readonly GroupingEvent[], cause: Cause) {
    return this.ledger.handle(this.groups, groupingStream.stream, decide, withoutKey(cause));
  }

  private async settle(breachId: string, resolution: Resolution, cause: Cause): Promise<void> {
    try {
      await this.breaches.take({ breachId, action: settles[resolution], reason: resolution }, withoutKey(cause));
    } catch (error) {
      // Closed by hand before, or recorded past this application: the incident ends all the same.
      if (!(error instanceof BreachIsClosed || error instanceof BreachNotFound)) throw error;
      this.logger.debug(`breach ${breachId} was closed before its incident: ${error.message}`);
    }
  }
}

/** A key belongs to the one command that it came with. */
export const withoutKey = ({ idempotency: _, ...cause }: Cause): Cause => cause;

const attachedOf = (
  { drillId: _, viewerId, patientId, recordingId, ...breach }: ToGroup,
  at: string,
): AttachedBreach => ({
  ...{ ...breach, at },
  ...(viewerId !== undefined && { viewerId }),
  ...(patientId !== undefined && { patientId }),
  ...(recordingId !== undefined && { recordingId }),
});

const iso = (ms: number): string => new Date(ms).toISOString();

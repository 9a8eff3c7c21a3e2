import { Injectable } from '@nestjs/common';
import type { ContainmentScope } from '../../events/incident-events.ts';
import type { TrackedBreach } from '../../projections/breach-board.ts';
import type { AttachedBreach, Incident } from '../../projections/incident.ts';
import type { TrackedIncident } from '../../projections/incident-board.ts';
import { RecordingIsErased } from '../access/errors.ts';
import { Playback } from '../access/playing/playback.ts';
import { Viewers } from '../access/viewers/viewers.ts';
import { BreachBoard } from '../breaches/board.ts';
import { Breaches } from '../breaches/breaches.ts';
import { BreachIsClosed } from '../breaches/errors.ts';
import type { Cause } from '../ledger/ledger.ts';
import { Custody } from '../recordings/custody.ts';
import * as decide from './decide.ts';
import { each } from './each.ts';
import { IncidentNotFound } from './errors.ts';
import { type ByHand, Incidents, withoutKey } from './incidents.ts';

export type Containing = {
  readonly incidentId: string;
  readonly scope: ContainmentScope;
  readonly reason?: string | undefined;
};

/** What a containment stops, or would stop. */
export type Stopped = {
  /** Views that are revoked; of those that were made elsewhere the ledger can revoke none. */
  readonly views: number;
  /** Transfers without a recorded end, which are cut. */
  readonly transfers: number;
  readonly viewers: readonly string[];
  readonly recordings: readonly string[];
  /** Releases of the ledger whose instances play nothing any more. */
  readonly releases: readonly string[];
};

type Recording = { readonly patientId: string; readonly consultationId: string; readonly recordingId: string };
type Plan = Stopped & { readonly open: readonly TrackedBreach[]; readonly filed: readonly Recording[] };

/** What each scope stops beside the views of the incident. */
const stops: Readonly<Record<ContainmentScope, readonly ('viewers' | 'recordings' | 'releases')[]>> = {
  views: [],
  viewer: ['viewers'],
  recording: ['recordings'],
  release: ['releases'],
  all: ['viewers', 'recordings', 'releases'],
};

const IN_BRIEF: Readonly<Record<keyof Stopped, (stopped: Stopped) => string | undefined>> = {
  views: ({ views }) => phrase('revokes', views, 'view'),
  transfers: ({ transfers }) => phrase('cuts', transfers, 'transfer'),
  viewers: ({ viewers }) => phrase('suspends', viewers.length, 'viewer'),
  recordings: ({ recordings }) => phrase('quarantines', recordings.length, 'recording'),
  releases: ({ releases }) =>
    releases.length === 0 ? undefined : `halts release${releases.length === 1 ? '' : 's'} ${releases.join(', ')}`,
};
const phrase = (verb: string, count: number, what: string) =>
  count === 0 ? undefined : `${verb} ${count} ${what}${count === 1 ? '' : 's'}`;

/** As a sentence, for a person who is about to press the button. */
export const inBrief = (stopped: Stopped): string => {
  const parts = Object.values(IN_BRIEF).flatMap((tell) => tell(stopped) ?? []);
  return parts.length === 0 ? 'stops nothing: nothing of it flows any more' : parts.join(', ');
};

/** Stops what an incident is about: what it is going to stop can be asked first. */
@Injectable()
export class Containment {
  constructor(
    private readonly incidents: Incidents,
    private readonly breaches: Breaches,
    private readonly board: BreachBoard,
    private readonly viewers: Viewers,
    private readonly custody: Custody,
    private readonly playback: Playback,
  ) {}

  /** What it would stop now; changes nothing. @throws IncidentNotFound, OwnCase, IncidentIsOver, LedgerUnavailable */
  async preview({ incidentId, scope }: Containing, by: string): Promise<Stopped> {
    const incident = decide.workable(await this.incidents.known(incidentId), by);
    const { open: _, filed: __, ...stopped } = await this.plan(incident, scope);
    return stopped;
  }

  /**
   * Stops it, the widest first. Each part may be stopped again; that it was is on record once all of it is.
   * @param policy the policy that does so by itself
   * @throws IncidentNotFound, OwnCase, IncidentIsOver, LedgerUnavailable
   */
  async contain(
    { incidentId, scope, reason }: Containing,
    by: ByHand & { readonly policy?: string },
  ): Promise<{ readonly incident: TrackedIncident; readonly stopped: Stopped }> {
    const state = await this.incidents.known(incidentId);
    const incident = by.policy === undefined ? decide.workable(state, by.cause.actor.id) : state;
    if (!incident) throw new IncidentNotFound();
    const plan = await this.plan(incident, scope);
    const why = reason ?? 'incident';
    const cause = withoutKey(by.cause);
    for (const release of plan.releases) await this.playback.halt({ reason: why, release }, cause);
    await each(plan.viewers, (viewerId) => this.viewers.suspend(viewerId, why, cause));
    await each(plan.filed, (recording) => this.quarantine({ ...recording, reason: why }, cause));
    await each(plan.open, ({ item: { breachId } }) => this.end(breachId, why, cause));
    const { open: _, filed: __, ...stopped } = plan;
    const { views, transfers, releases } = stopped;
    const taken = {
      ...{ scope, views, transfers, releases: [...releases] },
      ...{ viewers: stopped.viewers.length, recordings: stopped.recordings.length },
      ...(reason !== undefined && { reason }),
      ...(by.policy !== undefined && { policy: by.policy }),
    };
    const contained = await this.incidents.take(incidentId, (before, step) => decide.contain(before, taken, step), by);
    return { incident: contained, stopped };
  }

  private async plan(incident: Incident, scope: ContainmentScope): Promise<Plan> {
    const attached = [...incident.breaches.values()];
    const also = stops[scope];
    const open: TrackedBreach[] = [];
    const recordings = new Map<string, Recording>();
    await each(attached, async ({ breachId }) => {
      const breach = await this.board.read(breachId);
      if (!breach) return;
      const { patientId, consultationId, recordingId } = breach.item;
      if (also.includes('recordings') && patientId !== null && consultationId !== null && recordingId !== null)
        recordings.set(recordingId, { patientId, consultationId, recordingId });
      if (breach.state.status === 'open' || breach.state.status === 'acknowledged') open.push(breach);
    });
    const mediated = open.filter(({ item }) => item.source === 'mediated');
    const { releases: halted } = await this.playback.state();
    const viewers = also.includes('viewers') ? await this.notSuspended(incident) : [];
    return {
      ...{ views: mediated.length, viewers, open, filed: [...recordings.values()] },
      transfers: mediated.reduce((sum, { served }) => sum + served.open.length, 0),
      recordings: [...recordings.keys()],
      // A drill stops its own people alone: the release that it was held under is the one that patients use.
      releases:
        also.includes('releases') && incident.drillId === undefined
          ? releasesOf(attached).filter((release) => !halted.has(release))
          : [],
    };
  }

  private async notSuspended({ breaches }: Incident): Promise<readonly string[]> {
    const all = [...new Set([...breaches.values()].flatMap(({ viewerId }) => viewerId ?? []))];
    const left: string[] = [];
    await each(all, async (viewerId) => {
      if (!(await this.viewers.get(viewerId)).suspended) left.push(viewerId);
    });
    return left;
  }

  private async quarantine(recording: Recording & { reason: string }, cause: Cause): Promise<void> {
    try {
      await this.custody.quarantine(recording, cause);
    } catch (error) {
      if (!(error instanceof RecordingIsErased)) throw error;
    }
  }

  private async end(breachId: string, reason: string, cause: Cause): Promise<void> {
    try {
      await this.breaches.take({ breachId, action: 'contain', reason }, cause);
    } catch (error) {
      // By another hand, a moment ago.
      if (!(error instanceof BreachIsClosed)) throw error;
    }
  }
}

const releasesOf = (breaches: readonly AttachedBreach[]) => [...new Set(breaches.map(({ appVersion }) => appVersion))];

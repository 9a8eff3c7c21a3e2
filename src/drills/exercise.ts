import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { patientStreams } from '../../events/categories.ts';
import { type DrillEvent, drillPersonId } from '../../events/drill-events.ts';
import { MonitorUnavailable, ViewIsRevoked, ViewNotFound, ViewWithheld } from '../access/errors.ts';
import { Permits } from '../access/playing/permits.ts';
import { Playback } from '../access/playing/playback.ts';
import { Viewers } from '../access/viewers/viewers.ts';
import type { AccessPolicy } from '../access/views/policy.ts';
import { Verdicts } from '../access/views/verdicts.ts';
import { Views } from '../access/views/views.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Patients } from '../consultations/patients.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { Actor } from '../request/actor.ts';
import { AnswerCheck } from '../second-key/answer.ts';
import { Stops } from '../second-key/stops.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { carryOut } from './decide.ts';
import { Drills } from './drills.ts';
import { Outcomes } from './outcomes.ts';
import { Stage, type Staged } from './stage.ts';
import { WrongPolicy } from './wrong-policy.ts';

type CarriedOut = Extract<DrillEvent, { type: 'DrillCarriedOut' }>['data'];

/** On whose behalf the drill's people are booked and recorded. */
const ACTOR = 'drill';
const LIST = '/v1/me/consultations';
const ANSWERED_WITHIN_MS = 60_000;

/**
 * What happens in a drill: one person opens the recordings of others, under a policy that lets them, and is shown their consultations. The second
 * key judges it like any other view and any other answer: nothing tells it that there is a drill.
 */
@Injectable()
export class Exercise implements OnApplicationShutdown {
  private readonly logger = new Logger('Drills');
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly drills: Drills,
    private readonly stage: Stage,
    private readonly outcomes: Outcomes,
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly viewers: Viewers,
    private readonly playback: Playback,
    private readonly verdicts: Verdicts,
    private readonly permits: Permits,
    private readonly check: AnswerCheck,
    private readonly stops: Stops,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    drills.onBegun = (drillId) => this.start(drillId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the server is stopping'));
    await Promise.allSettled(this.underWay);
  }

  private start(drillId: string): void {
    const running: Promise<void> = this.run(drillId)
      .catch(async (error: unknown) => {
        this.logger.error(`drill ${drillId} was not carried out: ${String(error)}`);
        if (!this.stopping.signal.aborted) await this.outcomes.report(drillId, 'now');
      })
      .catch((error: unknown) => this.logger.error(`drill ${drillId} is reported at its limit: ${String(error)}`))
      .finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }

  private async run(drillId: string): Promise<void> {
    const { drill } = await this.drills.get(drillId);
    const service = causeOf({ id: ACTOR, roles: ['service'] });
    const staged: Staged[] = [];
    for (let n = 1; n <= drill.patients; n++)
      staged.push(await this.stage.set(drillId, n, service, this.stopping.signal));

    const viewer: Actor = { id: drillPersonId(drillId, 'viewer'), roles: ['patient'] };
    const views = this.viewsUnder(new WrongPolicy(drillId));
    const seen: CarriedOut['views'][number][] = [];
    let bytesLeaked = 0;
    for (const recording of staged) {
      await this.assertRunning(drillId);
      const view = await this.open(views, recording, viewer);
      seen.push(view);
      if (await this.isPlayable(view.viewId, viewer)) bytesLeaked += recording.bytes;
    }
    await this.assertRunning(drillId);
    const egressPrevented = await this.show(staged, viewer);
    const data = {
      ...{ drillId, views: seen, bytesLeaked, egressPrevented, egressPassed: staged.length - egressPrevented },
      at: new Date(this.clock.now()).toISOString(),
    };
    await this.drills.decide(drillId, (state) => carryOut(state, data), service);
  }

  /** The product's own way to a view, but for the policy that it asks. */
  private viewsUnder(policy: AccessPolicy): Views {
    const { ledger, patients, viewers, playback, verdicts, metrics, clock, config } = this;
    return new Views(ledger, patients, viewers, playback, policy, verdicts, metrics, clock, config);
  }

  /** The policy is wrong while the drill runs, by its own stream, and no longer. */
  private async assertRunning(drillId: string): Promise<void> {
    this.stopping.signal.throwIfAborted();
    const { drill } = await this.drills.get(drillId);
    if (drill.status !== 'running') throw new Error(`the drill is over: ${drill.status}`);
  }

  private async open(views: Views, { bytes: _, ...recording }: Staged, viewer: Actor) {
    const { patientId, recordingId } = recording;
    const ids = { patientId, recordingId };
    try {
      const asked = { ...recording, viewer, purpose: 'patient-request' } as const;
      const { viewId } = await views.open(asked, causeOf(viewer));
      return { ...ids, viewId, outcome: 'opened' } as const;
    } catch (error) {
      if (!(error instanceof ViewWithheld || error instanceof MonitorUnavailable)) throw error;
      const outcome = error instanceof ViewWithheld ? ('withheld' as const) : ('unanswered' as const);
      return { ...ids, viewId: await this.viewOf(patientId), outcome };
    }
  }

  /** The one view that there was of a synthetic patient; a view that is withheld is not told its id. */
  private async viewOf(patientId: string): Promise<string> {
    for await (const event of this.ledger.store.read(patientStreams.of(patientId)))
      if (event.type === 'RecordingViewed') return event.data.viewId;
    throw new Error(`no view of ${patientId} is on record`);
  }

  /** Whether bytes could leave under a view, asked as a player would ask. */
  private async isPlayable(viewId: string, { id }: Actor): Promise<boolean> {
    try {
      (await this.permits.open(viewId, id)).close();
      return true;
    } catch (error) {
      if (error instanceof ViewWithheld || error instanceof ViewNotFound || error instanceof ViewIsRevoked)
        return false;
      throw error;
    }
  }

  /** An answer with consultations of others is about to leave to the viewer. @returns how many of them were kept back */
  private async show(staged: readonly Staged[], viewer: Actor): Promise<number> {
    const items = staged.map(({ patientId, consultationId, recordingId }) => ({
      ...{ patientId, consultationId },
      recordings: [{ recordingId }],
    }));
    const value = { items, next: null };
    const leaving = { method: 'GET', url: LIST, asked: undefined, status: 200, text: JSON.stringify(value), value };
    const caller = { id: viewer.id, roles: new Set(viewer.roles), expiresAt: this.clock.now() + ANSWERED_WITHIN_MS };
    const found = await this.check.check(leaving, caller);
    if (!('reason' in found)) return 0;
    await this.stops.record(found, { viewerId: viewer.id, route: `GET ${LIST}`, cause: causeOf(viewer) });
    return found.owners.length;
  }
}

const causeOf = (actor: Actor): Cause => ({ actor, requestId: uuidv7() });

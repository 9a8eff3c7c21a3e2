import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { DomainEvent } from '../../../events/event.ts';
import type { Projection } from '../../../projections/projection.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { HealthRegistry } from '../../telemetry/health.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { Ledger } from '../ledger.ts';
import { FileViews } from './file-views.ts';
import { ReadModel, type ReadModelReport } from './read-model.ts';
import type { ViewStore } from './view-store.ts';

/** Instances have no need of it: a view that is not there is built again. */
const FOLDER = 'read-models';
const MEASURE_EVERY_MS = 5_000;

type AnyReadModel = ReadModel<never, never>;

/** Every read model of this instance, each with a file under `DATA_DIR/read-models`. */
@Injectable()
export class ReadModels implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly models = new Map<string, AnyReadModel>();
  private readonly dir: string;
  private readonly logger = new Logger('ReadModels');
  private measuring: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
    @Inject(CONFIG) { dataDir }: Config,
  ) {
    this.dir = join(dataDir, FOLDER);
  }

  /** The model of a projection, which follows the log from the start of the application to its end. */
  of<View, E extends DomainEvent>(projection: Projection<View, E>): ReadModel<View, E> {
    const { name } = projection;
    if (this.models.has(name)) throw new Error(`there is a read model "${name}" already`);
    const dir = join(this.dir, name);
    const model = new ReadModel(
      this.ledger.store,
      projection,
      { open: () => this.open(dir, name), discard: () => FileViews.discard(dir) },
      (event) => this.log(name, event),
    );
    this.models.set(name, model as unknown as AnyReadModel);
    this.health.register(name, () => {
      if (model.isBuilding) return 'building';
      if (!model.isCurrent) throw new Error('it is not current');
      const incomplete = new Set(model.gaps.map(({ stream }) => stream)).size;
      return incomplete === 0 ? undefined : `incomplete: ${incomplete}`;
    });
    return model;
  }

  onApplicationBootstrap(): void {
    this.sweep();
    for (const model of this.models.values()) model.start();
    this.measuring = setInterval(() => void this.measure(), MEASURE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.measuring);
    await Promise.all([...this.models.values()].map((model) => model.stop()));
  }

  private async open(dir: string, name: string): Promise<ViewStore> {
    try {
      return await FileViews.open(dir, name);
    } catch (error) {
      this.logger.warn(`${dir} is thrown away: ${error instanceof Error ? error.message : String(error)}`);
      FileViews.discard(dir);
      return FileViews.open(dir, name);
    }
  }

  /** Projections of other releases. */
  private sweep(): void {
    let kept: string[] = [];
    try {
      kept = readdirSync(this.dir);
    } catch {
      // None was ever kept here.
    }
    for (const name of kept) if (!this.models.has(name)) rmSync(join(this.dir, name), { recursive: true, force: true });
  }

  private async measure(): Promise<void> {
    for (const [name, model] of this.models) {
      this.metrics.readModelPosition.set({ name }, Number(model.position));
      const lag = await model.lag().catch(() => undefined);
      if (lag !== undefined) this.metrics.readModelLag.set({ name }, lag);
    }
  }

  private log(name: string, event: ReadModelReport): void {
    switch (event.kind) {
      case 'building':
        this.logger.log(`${name} is built from the first event: ${event.why}`);
        return;
      case 'progress': {
        const { eventsRead, of, perSecond, takenIn } = event;
        const share = of > 0n ? Number((eventsRead * 100n) / of) : 100;
        const figures = `position ${eventsRead} of ${of} (${share} %), ${perSecond}/s, ${takenIn} events taken in`;
        this.logger.log(`${name} is being built: ${figures}`);
        return;
      }
      case 'current':
        this.logger.log(`${name} is current after ${Math.round(event.afterMs)} ms, with ${event.views} views`);
        return;
      case 'lost':
        this.logger.warn(`${name} is not current: ${event.why}`);
        return;
      case 'incomplete':
        this.logger.error(`${name} lacks revision ${event.revision} of ${event.stream}: ${event.why}`);
        return;
      case 'unusable':
        this.logger.warn(`the kept views of ${name} are not used: ${event.why}`);
        return;
      case 'listener-failed':
        this.logger.error(`a listener of ${name} failed`, event.error instanceof Error ? event.error.stack : '');
        return;
    }
  }
}

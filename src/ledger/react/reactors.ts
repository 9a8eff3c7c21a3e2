import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HealthRegistry } from '../../telemetry/health.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { ReactorNotFound } from '../errors.ts';
import { Ledger } from '../ledger.ts';
import { Handover, type HandoverReport } from './handover.ts';
import { LOOK_EVERY_MS } from './pulse.ts';
import type { Reactor } from './reactor.ts';
import { type ReactorReport, RunningReactor, type Standing } from './running-reactor.ts';

/**
 * Every reactor of this instance: its health, its figures and its log. The owner of one starts and stops it, so that what it acts through is
 * there as long as it acts.
 */
@Injectable()
export class Reactors implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly all = new Map<string, RunningReactor>();
  private readonly handover: Handover;
  private readonly logger = new Logger(Reactors.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly metrics: Metrics,
    private readonly health: HealthRegistry,
  ) {
    this.handover = new Handover(
      ledger.store,
      () => [...this.all.values()],
      (event) => this.logHandover(event),
    );
  }

  /** @param check what its health is called on the readiness page; the reactor's name unless told */
  add(reactor: Reactor, check = reactor.plan.name): RunningReactor {
    const { name } = reactor.plan;
    if (this.all.has(name)) throw new Error(`there is a reactor "${name}" already`);
    const logger = new Logger(`Reactor ${name}`);
    const running = new RunningReactor(this.ledger.store, this.ledger.feed, reactor, (event) => {
      logReport(logger, event);
      if (event.kind === 'parked') void this.measure(running.groupName, () => running.standing());
    });
    this.all.set(name, running);
    this.health.register(check, () => {
      if (running.why !== undefined) throw new Error(`${name}: ${running.why}`);
    });
    return running;
  }

  /** @throws ReactorNotFound */
  of(name: string): RunningReactor {
    const running = this.all.get(name);
    if (!running) throw new ReactorNotFound(name);
    return running;
  }

  /** How far each is. @throws LedgerUnavailable */
  standings(): Promise<readonly Standing[]> {
    return Promise.all([...this.all.values()].map((running) => running.standing()));
  }

  /** Has what a reactor's groups have parked acted on again, once what stopped it is gone. @throws ReactorNotFound, LedgerUnavailable */
  async replayParked(name: string): Promise<void> {
    const running = this.of(name);
    await running.replayParked();
    this.handover.again(running);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, LOOK_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.handover.stop();
    await this.looking;
  }

  private async look(): Promise<void> {
    for (const running of this.all.values()) await this.measure(running.groupName, () => running.look());
    try {
      await this.handover.look();
    } catch (error) {
      this.logger.debug(`no figures of older groups: ${String(error)}`);
    }
  }

  private async measure(group: string, ask: () => Promise<Standing>): Promise<void> {
    try {
      const { name, waiting, parked } = await ask();
      this.metrics.reactorLag.set({ name }, waiting);
      this.metrics.reactorParked.set({ name }, parked);
    } catch (error) {
      this.logger.debug(`no figures of ${group}: ${String(error)}`);
    }
  }

  private logHandover(event: HandoverReport): void {
    if (event.kind === 'begun')
      this.logger.warn(`acting on ${event.parked} events that group ${event.group} of an older release has parked`);
    else if (event.kind === 'parked')
      this.logger.error(
        `revision ${event.revision} of ${event.stream} was parked by ${event.group} again: ${event.why}`,
      );
    else if (event.left === 0) this.logger.log(`nothing is parked in ${event.group} any more; it may be deleted`);
    else
      this.logger.error(`${event.left} events stay parked in ${event.group}: see the errors above, then replay them`);
  }
}

const logReport = (logger: Logger, event: ReactorReport): void => {
  const place = 'stream' in event ? `revision ${event.revision} of ${event.stream}` : '';
  if (event.kind === 'connected') logger.log('receives events');
  else if (event.kind === 'succeeded') logger.warn(`continues where group ${event.predecessor} stood`);
  else if (event.kind === 'lost') logger.warn(`receives no events here: ${event.why}`);
  else if (event.kind === 'refused') logger.error(`receives no events: ${event.why}`);
  else if (event.kind === 'silent') logger.error(`joins its group anew: ${event.why}`);
  else if (event.kind === 'parked') logger.error(`${place} was parked and is not acted on: ${event.why}`);
  else logger.error(`${place} was given back`, event.error instanceof Error ? event.error.stack : String(event.error));
};

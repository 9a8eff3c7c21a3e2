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
      (what) => this.tellHandover(what),
    );
  }

  /** @param check what its health is called on the readiness page; the reactor's name unless told */
  add(reactor: Reactor, check = reactor.plan.name): RunningReactor {
    const { name } = reactor.plan;
    if (this.all.has(name)) throw new Error(`there is a reactor "${name}" already`);
    const logger = new Logger(`Reactor ${name}`);
    const running = new RunningReactor(this.ledger.store, this.ledger.feed, reactor, (what) => {
      tell(logger, what);
      if (what.kind === 'parked') void this.measure(running.groupName, () => running.standing());
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

  private tellHandover(what: HandoverReport): void {
    if (what.kind === 'begun')
      this.logger.warn(`acting on ${what.parked} events that group ${what.group} of an older release has parked`);
    else if (what.kind === 'parked')
      this.logger.error(`revision ${what.revision} of ${what.stream} was parked by ${what.group} again: ${what.why}`);
    else if (what.left === 0) this.logger.log(`nothing is parked in ${what.group} any more; it may be deleted`);
    else this.logger.error(`${what.left} events stay parked in ${what.group}: see the errors above, then replay them`);
  }
}

const tell = (logger: Logger, what: ReactorReport): void => {
  const place = 'stream' in what ? `revision ${what.revision} of ${what.stream}` : '';
  if (what.kind === 'connected') logger.log('receives events');
  else if (what.kind === 'succeeded') logger.warn(`goes on where group ${what.predecessor} stood`);
  else if (what.kind === 'lost') logger.warn(`receives no events here: ${what.why}`);
  else if (what.kind === 'refused') logger.error(`receives no events: ${what.why}`);
  else if (what.kind === 'silent') logger.error(`joins its group anew: ${what.why}`);
  else if (what.kind === 'parked') logger.error(`${place} was parked and is not acted on: ${what.why}`);
  else logger.error(`${place} was given back`, what.error instanceof Error ? what.error.stack : String(what.error));
};

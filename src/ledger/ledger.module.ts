import { setTimeout as delay } from 'node:timers/promises';
import { type DynamicModule, Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { homeStream } from '../../events/categories.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { EventSeals } from '../keys/event-seals.ts';
import { KeyRing, KeysModule } from '../keys/keys.module.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { type EmbeddedNode, logged, type NodeReport } from './embedded-node.ts';
import { EventStore } from './event-store.ts';
import { Home, type HomeReport } from './home.ts';
import { IdMode } from './id-mode.ts';
import { Ledger } from './ledger.ts';
import { type FeedReport, LiveFeed } from './live-feed.ts';
import { Reactors } from './react/reactors.ts';
import { ReadModels } from './read/read-models.ts';
import { StoreClock } from './store-clock.ts';
import { openStore } from './store-settings.ts';

/** How long to wait at start for a store elsewhere; after that the application is up, not ready, and keeps trying. */
const CONNECT_WAIT_MS = 5_000;

const NODE = Symbol('embedded node');

const nodeLog = new Logger('EmbeddedNode');
const reportNode = (what: NodeReport, metrics: Metrics): void => {
  if (what.kind === 'started') nodeLog.log(`running as process ${what.pid} on 127.0.0.1:${what.port}`);
  else if (what.kind === 'died')
    nodeLog.error(`ended (${what.signal ?? `exit code ${what.code}`}); starting it again in ${what.restartInMs} ms`);
  else if (what.kind === 'damaged') nodeLog.fatal(`not started again, since it can't be used: ${what.why}`);
  else if (what.kind === 'measured') {
    const { bounds, ...times } = what.diskWrites;
    metrics.nodeWrites.show(bounds, times);
  } else {
    const { message, isWarning } = logged(what.line);
    if (isWarning) nodeLog.warn(message);
    nodeLog.debug(what.line);
  }
};

const clockLog = new Logger('StoreClock');
const feedLog = new Logger('LiveFeed');
const reportFeed = (what: FeedReport): void => {
  if (what.kind === 'live') feedLog.log('following the store');
  else if (what.kind === 'lost') feedLog.warn(`lost the store, commands are refused meanwhile: ${what.why}`);
  else if (what.kind === 'listener-failed')
    feedLog.error('a listener failed', what.error instanceof Error ? what.error.stack : String(what.error));
};

const homeLog = new Logger('Home');
const reportHome = (what: HomeReport): void => {
  if (what.kind === 'here') homeLog.log('the ledger lives in this store');
  else homeLog.error(`nothing can be written: ${what.why}`);
};

/** The store (embedded or elsewhere), the live feed and the ledger on top, started before anything that needs them. */
@Global()
@Module({
  imports: [KeysModule],
  providers: [
    {
      provide: EventStore,
      useFactory: async ({ storeUrl }: Config, metrics: Metrics, node: EmbeddedNode | undefined) => {
        if (!node) return openStore(storeUrl as string);
        node.reportTo((what) => reportNode(what, metrics));
        const store = new EventStore(await node.start());
        node.onDied = () => store.reconnect('the embedded event store ended');
        return store;
      },
      inject: [CONFIG, Metrics, NODE],
    },
    {
      provide: LiveFeed,
      useFactory: async (store: EventStore) => {
        const home = new Home(store, reportHome);
        store.unreadable.report = ({ stream, revision, why }) =>
          feedLog.error(`revision ${revision} of ${stream} is not served: ${why}`);
        const feed = new LiveFeed(store, (what) => {
          reportFeed(what);
          if (what.kind === 'live') void home.look();
        });
        feed.listen((event) => home.take(event));
        feed.onUnreadable((stream) => {
          if (homeStream.holds(stream)) void home.look();
        });
        const started = feed.start().then(() => home.look());
        await Promise.race([started, delay(CONNECT_WAIT_MS, undefined, { ref: false })]);
        return feed;
      },
      inject: [EventStore],
    },
    {
      provide: Ledger,
      useFactory: async (
        store: EventStore,
        feed: LiveFeed,
        metrics: Metrics,
        { appVersion }: Config,
        seals: EventSeals,
        ids: IdMode,
      ) => {
        await ids.atStart();
        store.onAppended = (types, seconds) => metrics.appended(types, seconds);
        return new Ledger(store, feed, appVersion, seals, (result) => metrics.folds.inc({ result }));
      },
      inject: [EventStore, LiveFeed, Metrics, CONFIG, EventSeals, IdMode],
    },
    IdMode,
    ReadModels,
    Clock,
    Reactors,
  ],
  exports: [Ledger, ReadModels, Clock, Reactors],
})
class LedgerModule implements OnApplicationShutdown {
  constructor(
    @Inject(NODE) private readonly node: EmbeddedNode | undefined,
    private readonly store: EventStore,
    private readonly feed: LiveFeed,
    private readonly keys: KeyRing,
    ids: IdMode,
    health: HealthRegistry,
  ) {
    const storeClock = new StoreClock((line) => clockLog.warn(line));
    feed.listen(({ recordedAt }) => {
      // Events delivered before the feed is live were recorded earlier.
      if (feed.live) storeClock.saw(recordedAt);
    });
    health.register('person-ids', () => ids.assertCompared());
    health.register('events', () => store.unreadable.word);
    health.register('store', async () => {
      if (node?.damage) throw node.damage;
      if (!feed.live) throw new Error(store.outage ?? 'the store is not followed yet');
      if (store.readOnly !== undefined) throw new Error(store.readOnly);
      store.appends.assertWorking();
      await store.probe();
      return storeClock.check();
    });
  }

  /** Last of all, when no request is under way any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.feed.stop();
    await this.store.close();
    await this.node?.stop();
    await this.keys.close();
  }
}

/** @param node which is started here, unless it was before, and ended with the application; undefined where the store is elsewhere */
export const ledgerModule = (node: EmbeddedNode | undefined): DynamicModule => ({
  module: LedgerModule,
  providers: [{ provide: NODE, useFactory: () => node }],
});

import 'reflect-metadata';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessPolicy } from '../src/access/views/policy.ts';
import { ROUTE_ROLES, routeRoles } from '../src/auth/route-roles.ts';
import { readConfig } from '../src/config/config.ts';
import { createApp } from '../src/create-app.ts';
import { EventStore } from '../src/ledger/event-store.ts';

/** What an authenticated route costs when it does nothing: the measure for one that does something. */
@Controller('bench/empty')
class EmptyController {
  @Get()
  empty() {
    return {};
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

// The application as shipped, with one more route, in a process of its own: the load comes from another.
const config = readConfig();
const app = await createApp({
  config,
  assemble: async (module, adapter, options) => {
    const builder = Test.createTestingModule({ imports: [module, EmptyModule] })
      .overrideProvider(ROUTE_ROLES)
      .useValue({ ...routeRoles, 'GET /bench/empty': 'anyone' });
    // The bug of 2020, to measure what gets away before the monitor's verdict.
    if (process.env.BENCH_FIRST_KEY_BROKEN)
      builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' });
    return (await builder.compile()).createNestApplication(adapter, options);
  },
});

// When this process learned that an append is durable, for whoever asks: milliseconds since 1970, with fractions.
const acknowledged: number[] = [];
const store = app.get(EventStore, { strict: false });
const { onAppended } = store;
store.onAppended = (count, seconds) => {
  onAppended(count, seconds);
  if (acknowledged.length < 100) acknowledged.push(performance.timeOrigin + performance.now());
};
// How long the event loop was kept at most, since the last question: milliseconds.
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
process.on('message', () => {
  process.send?.({ acknowledged: acknowledged.splice(0), blockedMs: loop.max / 1e6 });
  loop.reset();
});

await app.listen(config.http.port, config.http.host);
process.send?.({ url: await app.getUrl() });
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.once('disconnect', () => void app.close().then(() => process.exit(0)));

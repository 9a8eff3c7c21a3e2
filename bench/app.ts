import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessPolicy } from '../src/access/views/policy.ts';
import { ROUTE_ROLES, routeRoles } from '../src/auth/route-roles.ts';
import { readConfig } from '../src/config/config.ts';
import { createApp } from '../src/create-app.ts';
import { OnCallGateway } from '../src/incidents/on-call.gateway.ts';
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
/** Tells the screens on call of incidents that are like one, evenly: one new in five events, and changes of those. */
type TellOnCall = { readonly tellOnCall: object; readonly events: number; readonly seconds: number };
const STEP_MS = 50;
const tellOnCall = ({ tellOnCall: like, events, seconds }: TellOnCall) => {
  const { namespace } = app.get(OnCallGateway, { strict: false }) as unknown as {
    readonly namespace: { emit(event: string, item: object): void };
  };
  const ids = Array.from({ length: events / 5 }, () => randomUUID());
  const begun = performance.now();
  let told = 0;
  const timer = setInterval(() => {
    const due = Math.min(events, Math.ceil((events * (performance.now() - begun)) / (seconds * 1_000)));
    for (; told < due; told += 1) {
      const nth = Math.floor(told / 5);
      const isNew = told % 5 === 0;
      const incidentId = ids[isNew ? nth : (told * 7) % (nth + 1)];
      namespace.emit(isNew ? 'incident.opened' : 'incident.updated', {
        ...like,
        incidentId,
        severity: 'review',
        breaches: told,
      });
    }
    if (told === events) clearInterval(timer);
  }, STEP_MS);
};

// How long the event loop was kept at most, since the last question: milliseconds.
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
process.on('message', (asked: 'acknowledged' | 'blocked' | TellOnCall) => {
  if (typeof asked === 'object') {
    tellOnCall(asked);
    return;
  }
  process.send?.({ acknowledged: acknowledged.splice(0), blockedMs: loop.max / 1e6 });
  loop.reset();
});

await app.listen(config.http.port, config.http.host);
process.send?.({ url: await app.getUrl() });
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.once('disconnect', () => void app.close().then(() => process.exit(0)));

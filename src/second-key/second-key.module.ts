import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CONFIG, type Config } from '../config/config.ts';
import { Ledger } from '../ledger/ledger.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { AnswerCheck } from './answer.ts';
import { CallerWitness } from './caller.ts';
import { ContentPermits } from './content-permits.ts';
import { Evidence, type EvidenceReport } from './evidence.ts';
import { HttpGate } from './http-gate.ts';
import { closePseudonyms, keepIdsBy } from './person-id.ts';
import { RecordingProofs } from './recording-proof.ts';
import { SocketGate } from './socket-gate.ts';
import { Stops } from './stops.ts';

/** How long to wait at start for the store; after that the application is up, not ready, and keeps trying. */
const CONNECT_WAIT_MS = 5_000;

const logger = new Logger('SecondKey');
const report = (event: EvidenceReport): void => {
  if (event.kind === 'live') logger.log('following the store');
  else if (event.kind === 'lost') logger.warn(`lost the store, nothing leaves unchecked meanwhile: ${event.why}`);
  else
    logger.error(
      `${event.refusal.message}; nothing of this stream leaves before it is checked and the application restarted`,
    );
};

/** The guard between everything this application makes and every recipient outside it. */
@Global()
@Module({
  providers: [
    {
      provide: Evidence,
      inject: [Ledger],
      useFactory: async ({ store, appVersion }: Ledger) => {
        const evidence = new Evidence(store, report, appVersion);
        store.onSeen = (stream, type, data, at) => evidence.owners.note(stream, type, data, at);
        await Promise.race([evidence.start(), delay(CONNECT_WAIT_MS, undefined, { ref: false })]);
        return evidence;
      },
    },
    {
      provide: CallerWitness,
      inject: [CONFIG, Evidence],
      useFactory: (config: Config, evidence: Evidence) => {
        keepIdsBy(join(config.dataDir, 'keys', 'ids.mdb'), config.pseudonyms?.secret);
        return new CallerWitness(config, evidence);
      },
    },
    { provide: AnswerCheck, inject: [Evidence], useFactory: (evidence: Evidence) => new AnswerCheck(evidence) },
    Stops,
    HttpGate,
    { provide: APP_INTERCEPTOR, useExisting: HttpGate },
    SocketGate,
    ContentPermits,
    RecordingProofs,
  ],
  exports: [AnswerCheck, Evidence, CallerWitness, HttpGate, SocketGate, Stops, ContentPermits, RecordingProofs],
})
export class SecondKeyModule implements OnApplicationShutdown {
  constructor(
    private readonly evidence: Evidence,
    health: HealthRegistry,
  ) {
    health.register('second-key', () => {
      if (!evidence.live) throw new Error('the second key does not follow the store');
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.evidence.stop();
    await closePseudonyms();
  }
}

import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { HealthRegistry } from './health.ts';
import { LOGGER } from './logger.ts';
import { Metrics } from './metrics.ts';

@Global()
@Module({
  providers: [HealthRegistry, Metrics],
  exports: [HealthRegistry, Metrics],
})
class TelemetryModule {}

/** The module that hands out the log (`LOGGER`), the `Metrics` and the `HealthRegistry`. */
export const telemetryModule = (logger: Logger): DynamicModule => ({
  module: TelemetryModule,
  providers: [{ provide: LOGGER, useValue: logger }],
  exports: [LOGGER],
});

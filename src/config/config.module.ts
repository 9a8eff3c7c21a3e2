import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.ts';

@Global()
@Module({})
class ConfigModule {}

/** The module that hands one `Config` to everything, under `CONFIG`. */
export const configModule = (config: Config): DynamicModule => ({
  module: ConfigModule,
  providers: [{ provide: CONFIG, useValue: config }],
  exports: [CONFIG],
});

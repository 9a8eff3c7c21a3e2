import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { KeysUnavailable } from './errors.ts';
import { Keys } from './keys.ts';
import { openKeys } from './opened.ts';

const OPENED = Symbol('opened keys');

/** The keys of this application, where `KEYS_KMS` is set; sealed objects cannot be opened where it is not. */
@Injectable()
export class KeyRing implements OnApplicationShutdown {
  constructor(@Inject(OPENED) private readonly opened: Keys | undefined) {}

  /** Undefined: objects are stored in clear. */
  get sealing(): Keys | undefined {
    return this.opened;
  }

  /** @throws KeysUnavailable */
  get opening(): Keys {
    if (this.opened) return this.opened;
    throw new KeysUnavailable('KEYS_KMS is not set, and recordings are sealed');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.opened?.close();
  }
}

@Module({
  providers: [
    Clock,
    { provide: OPENED, inject: [CONFIG, Clock], useFactory: (config: Config, clock: Clock) => openKeys(config, clock) },
    KeyRing,
  ],
  exports: [KeyRing],
})
export class KeysModule {}

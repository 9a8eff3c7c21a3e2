import { Global, Inject, Injectable, Logger, Module } from '@nestjs/common';
import { Clock } from '../clock.ts';
import { CONFIG, type Config, ConfigError } from '../config/config.ts';
import { mapIdsBy } from '../request/person-id.ts';
import { IdsNotOpened, KeysUnavailable, notSet } from './errors.ts';
import { EventSeals } from './event-seals.ts';
import type { IdFile } from './id-file.ts';
import { Keys } from './keys.ts';
import { openIds, openKeys } from './opened.ts';

const logger = new Logger('Keys');

const OPENED = Symbol('opened keys');
const IDS = Symbol('ids of people');

/** The keys of this application, where `KEYS_KMS` is set; sealed objects cannot be opened where it is not. */
@Injectable()
export class KeyRing {
  private areInUse = false;

  constructor(
    @Inject(OPENED) private readonly opened: Keys | undefined,
    /** Whose the ids in the ledger are. Undefined: they are the issuer's own. */
    @Inject(IDS) readonly ids: IdFile | undefined,
  ) {}

  /** Undefined: objects are stored in clear. @throws KeysUnavailable */
  get sealing(): Keys | undefined {
    return this.opened && this.inUse(this.opened);
  }

  /** @throws KeysUnavailable */
  get opening(): Keys {
    if (this.opened) return this.inUse(this.opened);
    throw notSet();
  }

  /** For salts under the ledger's own key, which no erasure reaches. Undefined without `KEYS_KMS`. */
  get ofLedger(): Keys | undefined {
    return this.opened;
  }

  /** For those who destroy keys, which comes before any is used. Undefined without `KEYS_KMS`. */
  get destroying(): Keys | undefined {
    return this.opened;
  }

  /** From here on keys are used: those of erased persons that an older copy of the key store brought back are destroyed again. */
  use(): void {
    this.areInUse = true;
  }

  private inUse(keys: Keys): Keys {
    if (this.areInUse) return keys;
    throw new KeysUnavailable('the erasures in the ledger are still being applied to them');
  }

  /** When nothing is appended any more. */
  async close(): Promise<void> {
    mapIdsBy(undefined);
    await this.ids?.close();
    await this.opened?.close();
  }
}

/** @throws ConfigError under another secret; KeysUnavailable */
const openedIds = (config: Config): IdFile | undefined => {
  try {
    return openIds(config);
  } catch (error) {
    if (!(error instanceof IdsNotOpened)) throw error;
    throw new ConfigError([{ setting: 'PATIENT_ID_SECRET', message: `cannot be used: ${error.message}` }]);
  }
};

/** Opened and closed with the ledger, which seals with them. */
@Global()
@Module({
  providers: [
    Clock,
    {
      provide: OPENED,
      inject: [CONFIG, Clock],
      useFactory: async (config: Config, clock: Clock) => {
        const keys = await openKeys(config, clock);
        if (!keys && config.nodeEnv === 'production')
          logger.warn(
            'KEYS_KMS is not set: recordings and what people write are stored in clear, and no patient can be erased',
          );
        return keys;
      },
    },
    {
      provide: IDS,
      inject: [CONFIG],
      useFactory: (config: Config) => {
        const ids = openedIds(config);
        mapIdsBy(ids);
        return ids;
      },
    },
    KeyRing,
    { provide: EventSeals, inject: [KeyRing], useFactory: (ring: KeyRing) => new EventSeals(ring) },
  ],
  exports: [KeyRing, EventSeals],
})
export class KeysModule {}

import { Injectable } from '@nestjs/common';
import { patientStreams } from '../../events/categories.ts';
import { drillIdIn } from '../../events/drill-events.ts';
import { ConfigError } from '../config/config.ts';
import type { IdFile } from '../keys/id-file.ts';
import { KeyRing } from '../keys/keys.module.ts';
import { isPseudonym } from '../request/person-id.ts';
import { EventStore } from './event-store.ts';
import { readAllRaw } from './moving/raw-store.ts';

/** So many of the newest events about patients are looked at. An older copy of the mapping lacks the newest patients. */
const LOOKED_AT = 500;

const refuse = (setting: string, message: string): ConfigError => new ConfigError([{ setting, message }]);

/** Whether the ids of this ledger are those that `PATIENT_ID_MODE` says. Known at the start, or as soon as the store answers. */
@Injectable()
export class IdMode {
  private isCompared = false;

  constructor(
    private readonly store: EventStore,
    private readonly keys: KeyRing,
  ) {}

  /** Where the store is away, it is seen later. @throws ConfigError */
  async atStart(): Promise<void> {
    try {
      await this.assertCompared();
    } catch (error) {
      if (error instanceof ConfigError) throw error;
    }
  }

  /** @throws ConfigError; why it is not known yet */
  async assertCompared(): Promise<void> {
    if (this.isCompared) return;
    await compareIds(this.store, this.keys.ids);
    this.isCompared = true;
  }
}

/**
 * Compares the ids of the newest patients with `PATIENT_ID_MODE`: under the other mode, or with the mapping of another ledger, each person would come
 * as a new one, whose own record is not theirs.
 * @throws ConfigError; LedgerUnavailable and what the client throws where it is not known
 */
export const compareIds = async (store: EventStore, ids: IdFile | undefined): Promise<void> => {
  const max = ids ? LOOKED_AT : 1;
  const filter = { streams: `^${patientStreams.prefix}` };
  for await (const { stream } of readAllRaw(store.raw, { filter, from: 'end', direction: 'backwards', max })) {
    const patientId = patientStreams.idIn(stream);
    if (patientId === undefined || drillIdIn(patientId) !== undefined) continue;
    if (!ids && isPseudonym(patientId))
      throw refuse('PATIENT_ID_MODE', 'must be `pseudonym`: the ledger was begun with it');
    if (ids && !isPseudonym(patientId))
      throw refuse('PATIENT_ID_MODE', 'cannot be `pseudonym`: the ledger has ids of the issuer, and cannot change');
    if (ids && !ids.knows(patientId))
      throw refuse(
        'DATA_DIR',
        'has an ids.mdb that does not know the newest patients: it is an older copy, or of another ledger. Restore the newest back-up of the keys',
      );
  }
  ids?.use();
};

import { Inject, Injectable } from '@nestjs/common';
import { incidentStreams } from '../../../events/categories.ts';
import { OwnCase } from '../../access/errors.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { ValidationFailed } from '../../http/problems.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { IncidentNotFound } from '../errors.ts';
import { type BreachFile, breachFileOf } from './breach-file.ts';
import { evidenceOf } from './evidence.ts';
import { LogAt, recordedAt } from './log-reader.ts';
import { type RegisterEntry, registerAt } from './register.ts';

/** A position that questions are answered at, and the record time of the event there: as of when they are. */
export type AsOf = { readonly position: number; readonly at: string };

/** Breach files and their register: computed by replay of the log at a position, so that the same question gives the same answer for ever. */
@Injectable()
export class BreachFiles {
  /** The register at the position that was asked for last: pages of one list are asked for one after the other. */
  private last: { readonly position: number; readonly entries: readonly RegisterEntry[] } | undefined;

  constructor(
    private readonly ledger: Ledger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param position of an event; without it the newest of the ledger
   * @throws ValidationFailed where there is no event at the position, LedgerUnavailable
   */
  async asOf(position?: number): Promise<AsOf> {
    const { store } = this.ledger;
    const asked = position ?? Number((await store.newestOfLedger()) ?? 0n);
    const at = await recordedAt(store, BigInt(asked));
    if (at !== undefined) return { position: asked, at };
    const message = 'is the position of no event: take one that an answer named in X-Ledger-Position';
    throw new ValidationFailed([{ path: 'asOf', message }]);
  }

  /** @throws IncidentNotFound, LedgerUnavailable */
  async file(incidentId: string, { position, at }: AsOf): Promise<BreachFile> {
    const log = new LogAt(this.ledger.store, BigInt(position));
    return breachFileOf(await evidenceOf(log, incidentId, at), this.config.clocks);
  }

  /**
   * A file is not for those that it is about, whenever it is as of: neither for people of its breaches, nor for those of whom it tells more.
   * @throws OwnCase, LedgerUnavailable
   */
  async notTheirs(file: BreachFile, personId: string): Promise<void> {
    const isIn = ({ patientId, viewers }: BreachFile['affected'][number]) =>
      patientId === personId || viewers.includes(personId);
    if (file.affected.some(isIn) || file.withheld.some(isIn)) throw ownCase();
    await this.notAbout(file.incidentId, personId);
  }

  /**
   * Nor may people of its breaches know who was given it.
   * @throws IncidentNotFound, OwnCase, LedgerUnavailable
   */
  async notAbout(incidentId: string, personId: string): Promise<void> {
    let isKnown = false;
    for await (const { type, data } of this.ledger.store.read(incidentStreams.of(incidentId))) {
      isKnown = true;
      if (type === 'BreachAttached' && (data.viewerId === personId || data.patientId === personId)) throw ownCase();
    }
    if (!isKnown) throw new IncidentNotFound();
  }

  /** Every incident that is no drill and not part of another, the newest first. @throws LedgerUnavailable */
  async register({ position, at }: AsOf): Promise<readonly RegisterEntry[]> {
    if (this.last?.position === position) return this.last.entries;
    const entries = await registerAt(new LogAt(this.ledger.store, BigInt(position)), at, this.config.clocks);
    this.last = { position, entries };
    return entries;
  }
}

const ownCase = () => new OwnCase('this incident is about you');

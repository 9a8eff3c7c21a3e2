import { Injectable } from '@nestjs/common';
import type { BreachEvent } from '../../events/breach-events.ts';
import { breachStreams, drillStreams } from '../../events/categories.ts';
import { drillAlone } from '../../events/drill-events.ts';
import { CommitTimedOut, WrongExpectedRevision } from '../ledger/errors.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';

export type FlaggedBreach = Extract<BreachEvent, { type: 'BreachFlagged' }>['data'];

/** A breach as it is found: under this release, where it names none. */
type FoundBreach = Omit<FlaggedBreach, 'appVersion'> & Partial<Pick<FlaggedBreach, 'appVersion'>>;

/** The rule of a breach whose view is on its viewer's stream, as no patient's knows of the consultation. */
export const UNKNOWN_CONSULTATION = 'view-of-unknown-consultation';

/** Puts breaches on record: one for each thing that went wrong, however often it is noticed. */
@Injectable()
export class BreachFlags {
  constructor(private readonly ledger: Ledger) {}

  /**
   * @param found the release is this one where it names none
   * @returns whether it is new
   * @throws LedgerUnavailable
   */
  async flag(found: FoundBreach, cause: Cause): Promise<boolean> {
    const { appVersion } = this.ledger;
    const drillId = await this.drillOf(found);
    const breach = { appVersion, ...found, ...(drillId !== undefined && { drillId }) };
    const isNew = await this.record(breach, cause);
    this.onFlagged(breach, cause);
    return isNew;
  }

  /** Is told of every breach once it is on record, also of one that was there; set by the desk. Nothing waits for it. */
  onFlagged: (breach: FlaggedBreach, cause: Cause) => void = () => {};

  /**
   * The drill that a breach is of: one that was begun, and that the viewer is of and the patient, where there is one. Any other breach
   * is none of the drill's: a person who gets at its patients is a breach like any other.
   */
  private async drillOf(breach: FoundBreach): Promise<string | undefined> {
    const drillId = drillAlone(breach);
    if (drillId === undefined) return undefined;
    for await (const { type } of this.ledger.store.read(drillStreams.of(drillId)))
      if (type === 'DrillBegan') return drillId;
    return undefined;
  }

  private async record(breach: FlaggedBreach, cause: Cause): Promise<boolean> {
    const { breachId } = breach;
    const stream = breachStreams.of(breachId);
    const flagged = { id: eventIdFor('breach-flagged', breachId), type: 'BreachFlagged', data: breach } as const;
    try {
      await this.ledger.append(stream, -1, [flagged], cause);
      return true;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return false;
      if (!(error instanceof CommitTimedOut)) throw error;
      return this.ledger.appendOnce(stream, flagged, cause);
    }
  }

  /** Notes that a transfer under a flagged view began: from now on up to `atMost` bytes may have left. */
  async transferBegan(breachId: string, transferId: string, atMost: number, cause: Cause): Promise<void> {
    const id = eventIdFor('breach-transfer-began', transferId);
    await this.append({ type: 'BreachTransferBegan', data: { breachId, transferId, atMost } }, id, cause);
  }

  /** Notes what left under a flagged view. */
  async bytesServed(
    breachId: string,
    { bytesServed, transferId, id: playedEventId }: Served,
    cause: Cause,
  ): Promise<void> {
    const id = eventIdFor('breach-bytes-served', transferId ?? playedEventId);
    const data = { breachId, bytesServed, ...(transferId !== undefined && { transferId }) };
    await this.append({ type: 'BreachBytesServed', data }, id, cause);
  }

  private async append(event: BreachEvent, id: string, cause: Cause): Promise<void> {
    await this.ledger.appendOnce(breachStreams.of(event.data.breachId), { ...event, id }, cause);
  }
}

/** What the end of a transfer says of it; older ones are known by their event alone. */
type Served = { readonly bytesServed: number; readonly transferId?: string | undefined; readonly id: string };

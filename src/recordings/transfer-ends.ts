import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Pauses } from '../flow/back-off.ts';
import { LedgerContention, LedgerUnavailable } from '../ledger/errors.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { forRequest } from '../telemetry/logger.ts';

export type Played = Extract<PatientEvent, { type: 'RecordingPlayed' }>;

type End = { readonly event: Played & { readonly id: string }; readonly cause: Cause; readonly triedAt: number };

const PAUSES = { firstMs: 250, longestMs: 5_000 };
/** A few hundred bytes each; no transfer begins while the store is away, so that there are never more than were under way then. */
const MOST_WAITING = 10_000;

/**
 * Writes down how transfers ended. What left is a fact whether the store answers or not, so that an end that cannot be stored is kept
 * and tried again until it is. One event id for all tries; code that counts bytes also goes by the transfer's id.
 */
@Injectable()
export class TransferEnds {
  private readonly logger = new Logger(TransferEnds.name);
  private readonly waiting = new Map<string, End>();
  private readonly stopping = new AbortController();
  private retrying: Promise<void> | undefined;

  constructor(private readonly ledger: Ledger) {}

  /** Resolves when it is on record, or was put off. Never rejects. */
  async record(event: Played, cause: Cause): Promise<void> {
    const end = { event: { ...event, id: uuidv7() }, cause, triedAt: Date.now() };
    // A fact that no decision is made on, with a new id: at whatever revision the stream has.
    const failure = await failureOf(
      this.ledger.append(patientStreams.of(event.data.patientId), 'any', [end.event], cause),
    );
    if (!failure) return;
    if (!(failure instanceof LedgerUnavailable) || this.waiting.size >= MOST_WAITING) return this.giveUp(end, failure);
    this.logger.warn(`${what(end)} is put off: ${failure.message}`, forRequest(cause));
    this.waiting.set(end.event.id, end);
    this.begin();
  }

  /** Waits until every end is on record, but no longer than that; the log names those that are not. */
  async drained(limitMs: number): Promise<void> {
    const limit = setTimeout(() => this.stopping.abort(), limitMs);
    await this.retrying;
    clearTimeout(limit);
    for (const end of this.waiting.values()) this.giveUp(end, new Error('the server is stopping'));
    this.waiting.clear();
  }

  private begin(): void {
    this.retrying ??= this.retry().finally(() => {
      this.retrying = undefined;
      if (this.waiting.size > 0 && !this.stopping.signal.aborted) this.begin();
    });
  }

  private async retry(): Promise<void> {
    const { signal } = this.stopping;
    const pauses = new Pauses(PAUSES);
    while (this.waiting.size > 0 && !signal.aborted) {
      await delay(pauses.next(), undefined, { signal, ref: false }).catch(() => undefined);
      if (await this.storeWaiting(signal)) pauses.reset();
    }
  }

  /** @returns whether the store took all of them */
  private async storeWaiting(signal: AbortSignal): Promise<boolean> {
    for (const [id, end] of this.waiting) {
      if (signal.aborted) return false;
      const failure = await failureOf(this.again(end));
      if (failure instanceof LedgerUnavailable || failure instanceof LedgerContention) return false;
      this.waiting.delete(id);
      if (failure) this.giveUp(end, failure);
    }
    return true;
  }

  /** It may be on record since the last try, whose outcome is not known. */
  private again({ event, cause, triedAt }: End): Promise<unknown> {
    return this.ledger.appendOnce(patientStreams.of(event.data.patientId), event, cause, { at: triedAt });
  }

  private giveUp(end: End, failure: unknown): void {
    this.logger.error(`${what(end)} is not on record: ${String(failure)}`, forRequest(end.cause));
  }
}

/** Why it is not stored, if it is not. */
const failureOf = (stored: Promise<unknown>): Promise<unknown> =>
  stored.then(
    () => undefined,
    (error: unknown) => error ?? new Error('it was not stored'),
  );

const what = ({ event: { data } }: End) =>
  `what view ${data.viewId} played (${data.bytesServed} bytes, ${data.outcome}, transfer ${data.transferId})`;

import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type AuditorEvent, PATIENTS_NAMED } from '../../../events/auditor-events.ts';
import { auditorStreams } from '../../../events/categories.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';

type HistoryRead = Extract<AuditorEvent, { type: 'HistoryRead' }>['data'];

/** An answer that is about to leave. */
export type Reading = {
  /** The question as it was understood, with everything the answer depends on. */
  readonly question: unknown;
  readonly asOf: number;
  readonly format: HistoryRead['format'];
  /** Of a breach file. */
  readonly incidentId?: string;
  /** Whom it was read for, where the reader named a person. */
  readonly onBehalfOf?: string | undefined;
  readonly rows: number;
  readonly patientIds: readonly string[];
};

/** Those who look at what others did are on record themselves, before they are shown anything. */
@Injectable()
export class Auditors {
  constructor(private readonly ledger: Ledger) {}

  /**
   * To be awaited before the first row leaves.
   * @throws LedgerUnavailable: then nothing may leave
   */
  async historyRead(
    auditorId: string,
    { question, asOf, format, incidentId, onBehalfOf, rows, patientIds }: Reading,
    cause: Cause,
  ): Promise<void> {
    const read = {
      auditorId,
      readId: uuidv7(),
      question: hash('sha256', JSON.stringify(question), 'hex'),
      asOf,
      format,
      ...(incidentId !== undefined && { incidentId }),
      ...(onBehalfOf !== undefined && { onBehalfOf }),
      rows,
    };
    const events: AuditorEvent[] = [];
    for (let i = 0; i === 0 || i < patientIds.length; i += PATIENTS_NAMED)
      events.push({ type: 'HistoryRead', data: { ...read, patientIds: patientIds.slice(i, i + PATIENTS_NAMED) } });
    // A fact that nothing is decided on: at whatever revision the stream has. An append is limited in size, and a long list takes several.
    for (let i = 0; i < events.length; i += EVENTS_AN_APPEND)
      await this.ledger.append(auditorStreams.of(auditorId), 'any', events.slice(i, i + EVENTS_AN_APPEND), cause);
  }
}

/** A thousand ids of 64 characters each: well below the megabyte that a server takes in one append. */
export const EVENTS_AN_APPEND = 10;

import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { factsAt } from '../../projections/recording-access.ts';
import { patientStream, viewerStream } from '../events/streams.ts';
import type { ViewerEvent } from '../events/viewer-events.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { AccessRecord } from './access-record.ts';
import { EgressViolation } from './errors.ts';
import type { ShownConsultation } from './shown.ts';

/** Who gets an answer: a person, or a trusted service that asked about one patient. */
export type Recipient = { readonly id: string; readonly servingPatient: string | undefined };

/**
 * Looks at every answer on its way out, independently of the code that made it: a consultation leaves only to somebody who takes part in it.
 * The 2020 fault was a list that nobody looked at again.
 */
@Injectable()
export class EgressGuard {
  private readonly logger = new Logger(EgressGuard.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly access: AccessRecord,
  ) {}

  /**
   * @throws EgressViolation when there is anything in the answer that the recipient must not see; what it was is on record then
   * @throws LedgerUnavailable: what cannot be checked does not leave
   */
  async check(shown: readonly ShownConsultation[], recipient: Recipient, route: string, cause: Cause): Promise<void> {
    const verdicts = await Promise.all(shown.map((one) => this.maySee(one, recipient)));
    const strange = shown.filter((_, i) => !verdicts[i]);
    if (strange.length === 0) return;
    this.logger.error(`${route} was about to show ${recipient.id} ${strange.length} consultations that are not theirs`);
    const prevented = strange.map(({ patientId, consultationId }): ViewerEvent & { id: string } => ({
      type: 'EgressPrevented',
      id: uuidv7(),
      data: { viewerId: recipient.id, patientId, consultationId, route },
    }));
    await this.ledger.append(viewerStream(recipient.id), 'any', prevented, cause);
    throw new EgressViolation();
  }

  private async maySee(one: ShownConsultation, recipient: Recipient): Promise<boolean> {
    if (recipient.servingPatient !== undefined && one.patientId !== recipient.servingPatient) return false;
    if (one.patientId === '') return false;
    const stream = patientStream(one.patientId);
    if (isTheirs((await this.access.folds.get(stream)).state, one, recipient)) return true;
    // What was invited or stored on another instance a moment ago may not have got here yet.
    return isTheirs((await this.access.folds.refresh(stream)).state, one, recipient);
  }
}

const isTheirs = (
  access: Parameters<typeof factsAt>[0],
  { patientId, consultationId, recordingIds }: ShownConsultation,
  { id, servingPatient }: Recipient,
): boolean => {
  const facts = (recordingId: string) =>
    factsAt(access, { patientId, consultationId, recordingId, viewerId: id }, Number.POSITIVE_INFINITY);
  if (!facts('').participant && !(servingPatient !== undefined && access.has(consultationId))) return false;
  return recordingIds.every((recordingId) => facts(recordingId).recording !== 'unknown');
};

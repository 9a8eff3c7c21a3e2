import type { Recipient } from '../../../events/auditor-events.ts';
import { auditorStreams } from '../../../events/categories.ts';
import { ERASED_TEXT, type EventSeals } from '../../keys/event-seals.ts';
import type { AnsweredRow } from './questions.ts';

/**
 * Rows for officers: the index holds sealed what events do, and it is opened on its way out.
 * @throws KeysUnavailable, KeyStoreUnavailable
 */
export async function* openedRows(
  parts: AsyncIterable<readonly AnsweredRow[]>,
  seals: EventSeals,
): AsyncGenerator<readonly AnsweredRow[]> {
  for await (const rows of parts)
    yield rows.some(isClosed) ? await Promise.all(rows.map((row) => (isClosed(row) ? opened(row, seals) : row))) : rows;
}

const isClosed = ({ sealedRecipient }: AnsweredRow): boolean => sealedRecipient !== undefined;

const opened = async (row: AnsweredRow, seals: EventSeals): Promise<AnsweredRow> => {
  const owner = { personId: auditorStreams.idIn(row.stream) ?? '', eventId: row.eventId, field: 'recipient' };
  const recipient = await seals.open<Recipient>({ sealed: row.sealedRecipient ?? '' }, owner);
  const { name = ERASED_TEXT, address } = recipient ?? {};
  return { ...row, sealedRecipient: undefined, recipient: name, recipientAddress: address } as AnsweredRow;
};

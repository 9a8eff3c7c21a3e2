import type { IncidentEvent } from '../../events/incident-events.ts';
import type { IncidentState } from '../../projections/incident.ts';
import type { Attempt } from '../ledger/react/delivery/record.ts';
import { instead } from './escalation.ts';
import type { Policy } from './policy.ts';

/**
 * Puts what came of an attempt on record, once. At the first failure of a page the next channel is taken as well, in the same append. A
 * message that arrived by another attempt has arrived.
 */
export const attempted = (
  incident: IncidentState,
  policy: Policy,
  { messageId, channel, number, endedAt, outcome, fate }: Attempt,
): IncidentEvent[] => {
  const sending = incident?.sendings.get(messageId);
  if (!incident || !sending || sending.state === 'delivered') return [];
  const of = {
    incidentId: incident.incidentId,
    messageId,
    channel,
    attempt: number,
    at: new Date(endedAt).toISOString(),
  };
  if (outcome.kind === 'taken') return [{ type: 'PageDelivered', data: { ...of, status: outcome.status } }];
  if (sending.attempts !== number || sending.state !== 'under-way') return [];
  const next = number === 1 && sending.action === 'trigger' ? instead(incident, policy, messageId, endedAt) : undefined;
  return [
    {
      type: 'PageFailed',
      data: {
        ...{ ...of, why: outcome.kind === 'failed' ? outcome.why : 'refused' },
        ...(outcome.kind === 'failed' && outcome.code !== undefined && { code: outcome.code }),
        ...(outcome.status !== undefined && { status: outcome.status }),
        ...(fate.kind === 'due'
          ? { fate: 'due' as const, dueAt: new Date(fate.at).toISOString() }
          : { fate: 'given-up' as const }),
        ...(next && { instead: next }),
      },
    },
  ];
};

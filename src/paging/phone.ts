import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { IncidentEvent } from '../../events/incident-events.ts';
import type { Incident, IncidentState } from '../../projections/incident.ts';
import { isOver } from '../../projections/incident.ts';
import { Unauthenticated } from '../auth/errors.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import { noPagerDutySecret } from './errors.ts';
import { acknowledge } from './escalation.ts';
import { PAGING } from './escalator.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import type { Policy } from './policy.ts';
import type { Paging } from './policy-file.ts';
import type { PagerDutyEvent } from './schemas.ts';
import { isByPagerDuty } from './signature.ts';

export type FromPagerDuty = {
  readonly signature: string;
  /** As it came. */
  readonly body: string;
  readonly event: z.output<typeof PagerDutyEvent>;
  readonly requestId: string;
};

/** Noted where a person closes an incident on the phone: a breach is closed here, with what it turned out to be. */
const RESOLVED = 'resolved-at-pagerduty';
/** The clocks of this machine and of PagerDuty may be so far apart. */
const CLOCKS_APART_MS = 60_000;

type Done = {
  readonly by: string;
  readonly eventId: string;
  readonly isResolved: boolean;
  readonly at: number;
  readonly now: number;
};

/**
 * What a person did on the phone. An acknowledgement of before the incident was raised, or lapsed, is of something less, and that person is
 * paged again.
 */
export const onThePhone = (
  incident: IncidentState,
  channel: string,
  { by, eventId, isResolved, at, now }: Done,
  policy: Pick<Policy, 'acknowledgementMs'>,
): IncidentEvent[] => {
  if (!incident || isOver(incident) || at < Date.parse(incident.newAt) - CLOCKS_APART_MS) return [];
  const acknowledged = acknowledge(incident, { by, via: channel, now }, policy);
  // One that is told again finds the incident acknowledged, or noted on.
  if (!isResolved || (acknowledged.length === 0 && incident.status !== 'acknowledged')) return acknowledged;
  const note: IncidentEvent = {
    type: 'NoteAdded',
    data: { incidentId: incident.incidentId, noteId: eventIdFor('note', eventId), code: RESOLVED },
  };
  return [...acknowledged, note];
};

/** The channel that paged: the receiver that took a page of it. */
const channelOf = (incident: Incident, names: readonly string[]): string | undefined =>
  [...incident.pages.values()].findLast(({ channel }) => names.includes(channel))?.channel;

/** Webhooks (V3) of PagerDuty: an acknowledgement on the phone is one here. */
@Injectable()
export class Phone {
  private readonly channels: readonly string[];

  constructor(
    private readonly followed: FollowedIncidents,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(PAGING) private readonly paging: Paging,
  ) {
    const all = Object.entries(paging.channels);
    this.channels = all.filter(([, { kind }]) => kind === 'pagerduty').map(([name]) => name);
  }

  /** @throws Unauthenticated, PagingUnavailable, LedgerUnavailable */
  async heard({ signature, body, event: { event }, requestId }: FromPagerDuty): Promise<void> {
    const { pagerdutyWebhookSecrets: secrets } = this.config.paging;
    if (secrets.length === 0) throw noPagerDutySecret();
    if (!isByPagerDuty(signature, body, secrets)) throw new Unauthenticated('the message is not signed by PagerDuty');
    const { event_type: type, agent, data, occurred_at: occurredAt, id } = event;
    const isResolved = type === 'incident.resolved';
    const incidentId = data.incident_key;
    // Another agent than a person only echoes a message from here.
    if ((type !== 'incident.acknowledged' && !isResolved) || agent?.type !== 'user_reference' || !incidentId) return;
    const incident = await this.followed.read(incidentId);
    const channel = incident && channelOf(incident, this.channels);
    if (channel === undefined) return;
    const by = `pagerduty-${agent.id}`;
    const done = { by, eventId: id, isResolved, at: Date.parse(occurredAt), now: this.clock.now() };
    await this.followed.handle(incidentId, (state) => onThePhone(state, channel, done, this.paging.policy), {
      actor: { id: by, roles: [] },
      requestId,
    });
  }
}

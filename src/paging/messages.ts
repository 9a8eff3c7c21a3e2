import type { IncidentEvent } from '../../events/incident-events.ts';
import { type Incident, isOver, type Page, type Sending } from '../../projections/incident.ts';
import type { ChannelKind } from './policy.ts';

export type Action = Sending['action'];

/** The next message about an incident through a channel. */
export type Head = {
  readonly messageId: string;
  readonly action: Action;
  /** The page that it is, or the first of those that it is news of. */
  readonly page: Page;
  /** All pages of the thread. */
  readonly pages: readonly Page[];
  /** How many attempts are on record. */
  readonly attempts: number;
  /** When the next may be made, in milliseconds since the epoch; until then an instance may be making one. */
  readonly readyAt: number;
  /** From when its age counts. */
  readonly at: number;
};

type Way = { readonly id: string; readonly kind: ChannelKind };

/** When an attempt that is under way is given up for lost, by an instance: its outcome did not get on record. */
export type Lateness = (sending: Sending) => number;

/** An Alertmanager knows no acknowledgement. */
const hearsOfAcknowledgement = (kind: ChannelKind) => kind !== 'alertmanager';
/** They take no second page of one that they have: it has to end before it begins anew. */
const isToEnd = (kind: ChannelKind) => kind === 'pagerduty' || kind === 'alertmanager';

/** Pages of one `since` through a channel, the first first; their receiver may know them as one. */
const threadsOf = (incident: Incident, channel: string): Page[][] => {
  const threads = new Map<string, Page[]>();
  for (const page of incident.pages.values())
    if (page.channel === channel) threads.set(page.since, [...(threads.get(page.since) ?? []), page]);
  return [...threads.values()];
};

type Wanted = Pick<Head, 'messageId' | 'action' | 'page' | 'pages' | 'at'> & { readonly isWanted: boolean };

const messagesOf = (incident: Incident, { id, kind }: Way): Wanted[] => {
  const { sendings, status, newAt, acknowledged, closed } = incident;
  const threads = threadsOf(incident, id).map((pages) => ({
    pages,
    wasSent: pages.some(({ pageId }) => sendings.has(pageId)),
  }));
  const last = threads.findLastIndex(({ wasSent }) => wasSent);
  const isDone = isOver(incident);
  return threads.flatMap(({ pages, wasSent }, i) => {
    const [page] = pages as [Page, ...Page[]];
    const isCurrent = status === 'new' && page.since === newAt;
    const news = (action: Action, suffix: string, at: string, isWanted: boolean): Wanted => ({
      ...{ messageId: `${page.pageId}.${suffix}`, action, page, pages, at: Date.parse(at), isWanted },
    });
    const isAcknowledged = status !== 'new' && !isDone && acknowledged?.via !== id;
    const isFollowed = i < threads.length - 1 && status === 'new';
    return [
      ...pages.map(
        (each): Wanted => ({
          ...{
            messageId: each.pageId,
            action: 'trigger',
            page: each,
            pages,
            at: Date.parse(each.at),
            isWanted: isCurrent,
          },
        }),
      ),
      news(
        'acknowledge',
        'ack',
        acknowledged?.at ?? page.at,
        wasSent && i === last && isAcknowledged && hearsOfAcknowledgement(kind),
      ),
      news('resolve', 'end', closed?.at ?? newAt, wasSent && (isDone ? i === last : isFollowed && isToEnd(kind))),
    ];
  });
};

/**
 * The first message that is neither delivered nor given up nor needless: no later one of the incident is sent through the channel before it
 * is. An acknowledgement makes every page needless that was not attempted, and each attempt after the one under way.
 */
export const headOf = (incident: Incident, way: Way, now: number, lateAt: Lateness): Head | undefined => {
  for (const { isWanted, ...message } of messagesOf(incident, way)) {
    const sending = incident.sendings.get(message.messageId);
    if (sending?.state === 'delivered' || sending?.state === 'given-up') continue;
    const isUnderWay = sending?.state === 'under-way' && lateAt(sending) > now;
    if (!isWanted && !isUnderWay) continue;
    return { ...message, attempts: sending?.attempts ?? 0, readyAt: readyAt(message.at, sending, lateAt) };
  }
  return undefined;
};

const readyAt = (at: number, sending: Sending | undefined, lateAt: Lateness): number => {
  if (!sending) return at;
  return sending.state === 'under-way' ? lateAt(sending) : Date.parse(sending.dueAt ?? sending.attemptedAt);
};

/** What an instance is about to send, unless another was first, or the incident was acknowledged or closed before. */
export const attempt = (
  incident: Incident | undefined,
  way: Way,
  messageId: string,
  { now, instance, lateAt }: { readonly now: number; readonly instance: string; readonly lateAt: Lateness },
): Extract<IncidentEvent, { type: 'PageAttempted' }>[] => {
  const head = incident && headOf(incident, way, now, lateAt);
  if (!incident || head?.messageId !== messageId || head.readyAt > now) return [];
  const { incidentId } = incident;
  const data = { incidentId, messageId, pageId: head.page.pageId, channel: way.id, action: head.action, instance };
  return [{ type: 'PageAttempted', data: { ...data, attempt: head.attempts + 1, at: new Date(now).toISOString() } }];
};

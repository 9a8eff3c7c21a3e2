import { incidentStreams } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { IncidentEvent } from '../events/incident-events.ts';
import { projection } from './projection.ts';

/** Pages of an incident through one channel that their receiver may know as one. */
type Thread = {
  readonly channel: string;
  readonly since: number;
  /** Its first page. */
  readonly root: string;
  readonly pages: readonly string[];
  readonly wasSent: boolean;
  /** Its receiver was told of the end, or that was given up. */
  readonly ended: boolean;
};

/** Whether there is anything left to send about an incident: those where there is not need not be followed. */
export type PagingView = {
  readonly incidentId: string;
  readonly revision: number;
  readonly over: boolean;
  /** How often it became new. */
  readonly since: number;
  readonly threads: readonly Thread[];
};

export const pagingShelf = ({ over, threads }: PagingView): 'open' | 'settled' => {
  if (!over) return 'open';
  const channels = new Set(threads.map(({ channel }) => channel));
  const isTold = (channel: string) =>
    threads.findLast((thread) => thread.channel === channel && thread.wasSent)?.ended ?? true;
  return [...channels].every(isTold) ? 'settled' : 'open';
};

type View = PagingView | undefined;
type Of<T extends IncidentEvent['type']> = Recorded<Extract<IncidentEvent, { type: T }>>;

const seen = (view: View, { revision }: Recorded<IncidentEvent>): View => view && { ...view, revision };

const renewed = (view: View, event: Recorded<IncidentEvent>): View => {
  const after = seen(view, event);
  return after && { ...after, since: after.since + 1 };
};

const over = (view: View, event: Recorded<IncidentEvent>): View => {
  const after = seen(view, event);
  return after && { ...after, over: true };
};

type NewPage = Of<'IncidentEscalated'>['data']['pages'][number];

const withPage = (threads: readonly Thread[], { pageId, channel }: NewPage, since: number): readonly Thread[] => {
  const known = threads.findIndex((thread) => thread.channel === channel && thread.since === since);
  if (known < 0) return [...threads, { channel, since, root: pageId, pages: [pageId], wasSent: false, ended: false }];
  return threads.map((thread, i) => (i === known ? { ...thread, pages: [...thread.pages, pageId] } : thread));
};

const ended = (view: View, messageId: string): View =>
  view && {
    ...view,
    threads: view.threads.map((thread) => (messageId === `${thread.root}.end` ? { ...thread, ended: true } : thread)),
  };

/** Every incident, by whether the pager has anything to do about it. */
export const pagingDesk = projection({
  name: 'paging-v1',
  categories: [incidentStreams],
  shelfOf: pagingShelf,
  initial: (): View => undefined,
  on: {
    IncidentOpened: (view: View, { data: { incidentId }, revision }) =>
      view ?? { incidentId, revision, over: false, since: 0, threads: [] },
    IncidentEscalated: (view, event) => {
      const after = seen(view, event);
      return (
        after && {
          ...after,
          threads: event.data.pages.reduce((threads, page) => withPage(threads, page, after.since), after.threads),
        }
      );
    },
    PageAttempted: (view, event) => {
      const after = seen(view, event);
      const { pageId, action } = event.data;
      if (!after || action !== 'trigger') return after;
      const threads = after.threads.map((each) => (each.pages.includes(pageId) ? { ...each, wasSent: true } : each));
      return { ...after, threads };
    },
    PageDelivered: (view, event) => ended(seen(view, event), event.data.messageId),
    PageFailed: (view, event) => {
      const after = seen(view, event);
      const { fate, messageId, instead } = event.data;
      if (fate === 'given-up') return ended(after, messageId);
      return after && instead ? { ...after, threads: withPage(after.threads, instead, after.since) } : after;
    },
    SeverityRaised: renewed,
    AcknowledgementLapsed: renewed,
    IncidentMerged: over,
    IncidentClosed: over,
    IncidentReopened: (view, event) => {
      const after = seen(view, event);
      return after && { ...after, over: false };
    },
    BreachAttached: seen,
    BreachDetached: seen,
    IncidentWidened: seen,
    IncidentAcknowledged: seen,
    IncidentAssigned: seen,
    NoteAdded: seen,
    ContainmentTaken: seen,
    AwarenessDeclared: seen,
    AssessmentRecorded: seen,
    AuthorityNotified: seen,
    PeopleNotified: seen,
    ClockRanOut: seen,
  },
  ignores: [],
});

import type { ListedConsultation } from '../../projections/my-consultations.ts';
import { type Page, pageOf } from '../flow/page.ts';

/**
 * Which consultations to list, a page at a time. A missing field is no restriction; `from` (inclusive) and `to` (exclusive) are of the start
 * of the schedule.
 */
export type ListQuery = {
  readonly status?: readonly ListedConsultation['status'][] | undefined;
  readonly medium?: ListedConsultation['medium'] | undefined;
  readonly clinicianId?: string | undefined;
  /** A person who takes part, in whatever capacity. */
  readonly participantId?: string | undefined;
  /** Whether it has a recording that is not erased. */
  readonly recorded?: boolean | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Newest first where it is missing. */
  readonly order?: Order | undefined;
  readonly after?: Place | undefined;
  readonly limit: number;
};

export type Order = 'newest' | 'oldest';

/** A place in a list that is ordered by schedule. */
export type Place = { readonly start: string; readonly consultationId: string };

export type ListPage = Page<ListedConsultation, Place>;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A place as it is compared: its time is read once, however often a sort asks for it. */
type Key = { readonly at: number; readonly id: string };
const keyOf = ({ start, consultationId }: Place): Key => ({ at: Date.parse(start), id: consultationId });

/** The order that a query asks for; ids break ties, so that paging never skips or repeats one. */
const comparing =
  ({ order: asked }: Pick<ListQuery, 'order'>) =>
  (a: Key, b: Key): number =>
    (b.at - a.at || order(b.id, a.id)) * (asked === 'oldest' ? -1 : 1);

/** A list in the order that a query asks for. */
export const sorted = <T>(items: readonly T[], placeOf: (item: T) => Place, query: Pick<ListQuery, 'order'>): T[] => {
  const compare = comparing(query);
  return items
    .map((item) => ({ item, key: keyOf(placeOf(item)) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ item }) => item);
};

/** Whether a place comes after the one where the page before ended. */
export const isBehind = ({ after, ...query }: Pick<ListQuery, 'order' | 'after'>): ((place: Place) => boolean) => {
  if (after === undefined) return () => true;
  const [end, compare] = [keyOf(after), comparing(query)];
  return (place) => compare(end, keyOf(place)) < 0;
};

export const placeOf = ({ scheduledStart, consultationId }: ListedConsultation): Place => ({
  start: scheduledStart,
  consultationId,
});

export const isWanted = (query: ListQuery, consultation: ListedConsultation): boolean => {
  const { status, medium, clinicianId, participantId, recorded } = query;
  return (
    (status === undefined || status.includes(consultation.status)) &&
    (medium === undefined || consultation.medium === medium) &&
    (clinicianId === undefined || consultation.clinicianId === clinicianId) &&
    (participantId === undefined || consultation.participants.some(({ personId }) => personId === participantId)) &&
    (recorded === undefined || consultation.recordings.some(({ state }) => state !== 'erased') === recorded) &&
    isWithin(query, consultation.scheduledStart)
  );
};

/** Whether a start is in the range that is asked for. */
export const isWithin = ({ from, to }: Pick<ListQuery, 'from' | 'to'>, start: string): boolean =>
  (from === undefined || Date.parse(start) >= Date.parse(from)) &&
  (to === undefined || Date.parse(start) < Date.parse(to));

/** One page of consultations that are all in memory. */
export function page(consultations: Iterable<ListedConsultation>, query: ListQuery): ListPage {
  const isNext = isBehind(query);
  const wanted = [...consultations].filter(
    (consultation) => isWanted(query, consultation) && isNext(placeOf(consultation)),
  );
  return pageOf(sorted(wanted, placeOf, query), query.limit, placeOf);
}

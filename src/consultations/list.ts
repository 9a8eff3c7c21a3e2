import type { ListedConsultation } from '../../projections/my-consultations.ts';
import { type Page, pageOf } from '../flow/page.ts';

/** Which consultations to list: by status, by the start of the schedule (`from` inclusive, `to` exclusive), a page at a time. */
export type ListQuery = {
  readonly status?: ListedConsultation['status'] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly after?: Place | undefined;
  readonly limit: number;
};

/** A place in a list that runs from the newest schedule to the oldest. */
export type Place = { readonly start: string; readonly consultationId: string };

export type ListPage = Page<ListedConsultation, Place>;

/** Newest first; ids break ties, so that paging never skips or repeats one. */
export const newestFirst = (a: Place, b: Place): number =>
  Date.parse(b.start) - Date.parse(a.start) || order(b.consultationId, a.consultationId);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const placeOf = ({ scheduledStart, consultationId }: ListedConsultation): Place => ({
  start: scheduledStart,
  consultationId,
});

export const isWanted = ({ status, from, to }: ListQuery, consultation: ListedConsultation): boolean =>
  (status === undefined || consultation.status === status) &&
  (from === undefined || Date.parse(consultation.scheduledStart) >= Date.parse(from)) &&
  (to === undefined || Date.parse(consultation.scheduledStart) < Date.parse(to));

/** One page of consultations that are all in memory. */
export function page(consultations: Iterable<ListedConsultation>, query: ListQuery): ListPage {
  const { after, limit } = query;
  const wanted = [...consultations]
    .filter((consultation) => isWanted(query, consultation))
    .filter((consultation) => after === undefined || newestFirst(after, placeOf(consultation)) < 0)
    .sort((a, b) => newestFirst(placeOf(a), placeOf(b)));
  return pageOf(wanted, limit, placeOf);
}

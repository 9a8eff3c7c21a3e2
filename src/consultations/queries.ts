import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { diaryStreams } from '../../events/categories.ts';
import type { ListedConsultation } from '../../projections/my-consultations.ts';
import { pageOf } from '../flow/page.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import { type Caller, consultationFor } from './decide.ts';
import { Diaries } from './diary/diaries.ts';
import type { Diary } from './diary/evolve.ts';
import type { PatientLedger } from './evolve.ts';
import { isWanted, type ListPage, type ListQuery, newestFirst, type Place, page, placeOf } from './list.ts';
import { answer, type ConsultationAnswer, Patients } from './patients.ts';
import type { ConsultationRef } from './refs.ts';

/** What lists are made from: as it is now, or as it was when a list was asked for. */
export type ReadsPatients = Pick<Patients, 'get'>;
export type ReadsDiaries = { readonly folds: Pick<Diaries['folds'], 'get'> };

/** A page, with the revision of the one stream it was made from (none where it comes from many). */
export type ListAnswer = ListPage & { readonly revision?: number };

export class GetConsultation extends Query<ConsultationAnswer> {
  constructor(
    readonly target: ConsultationRef,
    readonly caller: Caller,
    readonly minRevision?: number | undefined,
  ) {
    super();
  }
}

@QueryHandler(GetConsultation)
export class GetConsultationHandler implements IQueryHandler<GetConsultation> {
  constructor(@Inject(Patients) private readonly patients: ReadsPatients) {}

  async execute({ target, caller, minRevision }: GetConsultation): Promise<ConsultationAnswer> {
    const authorise = (patient: PatientLedger) => void consultationFor(patient, target, caller);
    const folded = await this.patients.get(target.patientId, { minRevision, authorise });
    authorise(folded.state.ledger);
    return answer(folded, target.consultationId);
  }
}

/** One patient's consultations, from that patient's own stream and nothing else. */
export class ListPatientConsultations extends Query<ListAnswer> {
  constructor(
    readonly patientId: string,
    readonly query: ListQuery,
    readonly minRevision?: number | undefined,
  ) {
    super();
  }
}

@QueryHandler(ListPatientConsultations)
export class ListPatientConsultationsHandler implements IQueryHandler<ListPatientConsultations> {
  constructor(@Inject(Patients) private readonly patients: ReadsPatients) {}

  async execute({ patientId, query, minRevision }: ListPatientConsultations): Promise<ListAnswer> {
    const { state, revision } = await this.patients.get(patientId, { minRevision });
    return { ...page(state.list.values(), query), revision };
  }
}

/** "My consultations" of a person who is not the patient: through their diary, and only those they still take part in. */
export class ListDiaryConsultations extends Query<ListAnswer> {
  constructor(
    readonly personId: string,
    readonly query: ListQuery,
  ) {
    super();
  }
}

@QueryHandler(ListDiaryConsultations)
export class ListDiaryConsultationsHandler implements IQueryHandler<ListDiaryConsultations> {
  constructor(
    @Inject(Patients) private readonly patients: ReadsPatients,
    @Inject(Diaries) private readonly diaries: ReadsDiaries,
  ) {}

  /** Walks the diary from the newest slot on and looks each consultation up in its patient's stream until the page is full. */
  async execute({ personId, query }: ListDiaryConsultations): Promise<ListAnswer> {
    const { state } = await this.diaries.folds.get(diaryStreams.of(personId));
    const { after, limit } = query;
    const entries = index(state).filter((entry) => after === undefined || newestFirst(after, entry) < 0);
    const found: { place: Place; consultation: ListedConsultation }[] = [];
    for (let i = 0; i < entries.length && found.length <= limit; i += limit) {
      const looked = await Promise.all(entries.slice(i, i + limit).map((entry) => this.look(personId, entry)));
      for (const seen of looked) if (seen && isWanted(query, seen.consultation)) found.push(seen);
    }
    const { items, next } = pageOf(found, limit, ({ place }) => place);
    return { items: items.map(({ consultation }) => consultation), next };
  }

  private async look(personId: string, entry: Entry) {
    const { state } = await this.patients.get(entry.patientId);
    const consultation = state.list.get(entry.consultationId);
    const takesPart = consultation?.participants.some((participant) => participant.personId === personId);
    return consultation && takesPart ? { place: entry, consultation } : undefined;
  }
}

type Entry = Place & { readonly patientId: string };

/** The consultations a diary knows of, newest first; the last slot held for one says when it is. */
const index = ({ slots }: Diary): Entry[] => {
  const entries = new Map<string, Entry>();
  for (const { consultationId, patientId, start } of slots.values())
    entries.set(consultationId, { consultationId, patientId, start });
  return [...entries.values()].sort(newestFirst);
};

/**
 * Where a person's own list comes from. A patient's comes from their own stream, whose name is made of their token: there is no other
 * stream it could leak from. A clinician who is also a patient has both.
 */
export class MyConsultations extends Query<ListAnswer> {
  constructor(
    readonly actor: Actor,
    readonly query: ListQuery,
    readonly minRevision?: number | undefined,
  ) {
    super();
  }
}

@QueryHandler(MyConsultations)
export class MyConsultationsHandler implements IQueryHandler<MyConsultations> {
  constructor(
    private readonly own: ListPatientConsultationsHandler,
    private readonly diary: ListDiaryConsultationsHandler,
  ) {}

  async execute({ actor, query, minRevision }: MyConsultations): Promise<ListAnswer> {
    const own = () => this.own.execute(new ListPatientConsultations(actor.id, query, minRevision));
    const diary = () => this.diary.execute(new ListDiaryConsultations(actor.id, query));
    if (!hasRole(actor, 'patient')) return diary();
    if (!hasRole(actor, 'clinician')) return own();
    return merge(await Promise.all([own(), diary()]), query);
  }
}

/** Two pages of the same query as one; each holds at least as much of its list as the merged page can show. */
const merge = (pages: readonly ListAnswer[], query: ListQuery): ListAnswer => {
  const items = pages.flatMap((one) => one.items).sort((a, b) => newestFirst(placeOf(a), placeOf(b)));
  return pageOf(
    items,
    query.limit,
    placeOf,
    pages.some(({ next }) => next !== null),
  );
};

export const queryHandlers = [
  GetConsultationHandler,
  ListPatientConsultationsHandler,
  ListDiaryConsultationsHandler,
  MyConsultationsHandler,
];

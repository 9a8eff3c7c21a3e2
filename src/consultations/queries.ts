import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { diaryStreams } from '../../events/categories.ts';
import type { ListedConsultation } from '../../projections/my-consultations.ts';
import { Clock } from '../clock.ts';
import { pageOf } from '../flow/page.ts';
import { ValidationFailed } from '../http/problems.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import { type Caller, consultationFor } from './decide.ts';
import { type Availability, availabilityIn } from './diary/availability.ts';
import { Diaries } from './diary/diaries.ts';
import type { Diary } from './diary/evolve.ts';
import type { PatientLedger } from './evolve.ts';
import {
  isBehind,
  isWanted,
  isWithin,
  type ListPage,
  type ListQuery,
  type Place,
  page,
  placeOf,
  sorted,
} from './list.ts';
import { mergedInto } from './merging/identities.ts';
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

/** One patient's consultations, from that patient's own stream and those that were merged into it, and nothing else. */
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
    const merged = await mergedInto(this.patients, patientId, state.ledger);
    if (merged.length === 0) return { ...page(state.list.values(), query), revision };
    return page(
      [state, ...merged].flatMap(({ list }) => [...list.values()]),
      query,
    );
  }
}

/**
 * The consultations of a person who is not the patient: through their diary, and only those they still take part in. At `work` they are no
 * guardian: that is their family's.
 */
export class ListDiaryConsultations extends Query<ListAnswer> {
  constructor(
    readonly personId: string,
    readonly query: ListQuery,
    readonly atWork = false,
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

  /** Walks the diary in order of the slots and looks each consultation up in its patient's stream until the page is full. */
  async execute({ personId, query, atWork }: ListDiaryConsultations): Promise<ListAnswer> {
    const { state } = await this.diaries.folds.get(diaryStreams.of(personId));
    const { limit } = query;
    const entries = sorted(index(state, query).filter(isBehind(query)), (entry) => entry, query);
    const found: { place: Place; consultation: ListedConsultation }[] = [];
    for (let i = 0; i < entries.length && found.length <= limit; i += limit) {
      const looked = await Promise.all(
        entries.slice(i, i + limit).map((entry) => this.look({ personId, atWork }, entry)),
      );
      for (const seen of looked) if (seen && isWanted(query, seen.consultation)) found.push(seen);
    }
    const { items, next } = pageOf(found, limit, ({ place }) => place);
    return { items: items.map(({ consultation }) => consultation), next };
  }

  private async look({ personId, atWork }: Pick<ListDiaryConsultations, 'personId' | 'atWork'>, entry: Entry) {
    const { state } = await this.patients.get(entry.patientId);
    const consultation = state.list.get(entry.consultationId);
    const takesPart = consultation?.participants.some(
      (participant) => participant.personId === personId && !(atWork && participant.capacity === 'guardian'),
    );
    return consultation && takesPart ? { place: entry, consultation } : undefined;
  }
}

/** When a clinician can be booked: without a word on what they do at other times. */
export class ClinicianAvailability extends Query<AvailabilityAnswer> {
  constructor(
    readonly clinicianId: string,
    /** Missing bounds are now, and a week later. */
    readonly window: { readonly from?: string | undefined; readonly to?: string | undefined },
  ) {
    super();
  }
}

export type AvailabilityAnswer = Availability & {
  readonly clinicianId: string;
  readonly from: string;
  readonly to: string;
};

const DAY_MS = 86_400_000;
const WINDOW_MS = 7 * DAY_MS;
/** Longer than any calendar shows; each taken slot in it is looked up. */
const LONGEST_WINDOW_MS = 31 * DAY_MS;

@QueryHandler(ClinicianAvailability)
export class ClinicianAvailabilityHandler implements IQueryHandler<ClinicianAvailability> {
  constructor(
    private readonly diaries: Diaries,
    private readonly clock: Clock,
  ) {}

  /** @throws ValidationFailed, LedgerUnavailable */
  async execute({ clinicianId, window }: ClinicianAvailability): Promise<AvailabilityAnswer> {
    const from = window.from ?? new Date(this.clock.now()).toISOString();
    const to = window.to ?? new Date(Date.parse(from) + WINDOW_MS).toISOString();
    const refuse = (message: string): never => {
      throw new ValidationFailed([{ path: 'to', message }]);
    };
    if (to <= from) refuse('must be after from');
    if (Date.parse(to) - Date.parse(from) > LONGEST_WINDOW_MS) refuse('must be at most 31 days after from');
    const stretch = { start: from, end: to };
    return { clinicianId, from, to, ...availabilityIn(stretch, await this.diaries.taken(clinicianId, stretch)) };
  }
}

type Entry = Place & { readonly patientId: string };

/**
 * The consultations a diary knows of; the last slot held for one says when it is. A clinician's slot is held before the schedule says so, so
 * that a consultation without one in the range that is asked for is not in it, and no stream of a patient is read for that.
 */
const index = ({ slots }: Diary, range: Pick<ListQuery, 'from' | 'to'>): Entry[] => {
  const entries = new Map<string, Entry>();
  const inRange = new Set<string>();
  for (const { consultationId, patientId, start, capacity } of slots.values()) {
    entries.set(consultationId, { consultationId, patientId, start });
    if (capacity !== 'clinician' || isWithin(range, start)) inRange.add(consultationId);
  }
  return [...entries.values()].filter(({ consultationId }) => inRange.has(consultationId));
};

/**
 * Where a person's own list comes from. A patient's comes from their own stream, whose name is made of their token, and from those
 * that say of themselves that they were merged into it: there is no other stream it could leak from. A clinician who is also a patient has both.
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
  const items = sorted(
    pages.flatMap((one) => one.items),
    placeOf,
    query,
  );
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
  ClinicianAvailabilityHandler,
];

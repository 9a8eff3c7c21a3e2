import { Inject, Injectable } from '@nestjs/common';
import { patientStreams, privacyStreams, viewerStreams } from '../../../events/categories.ts';
import { type Appended, type Recorded, releasesOf } from '../../../events/event.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { PersistentMap } from '../../../projections/persistent.ts';
import { Viewers } from '../../access/viewers/viewers.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { Patients } from '../../consultations/patients.ts';
import { LedgerContention } from '../../ledger/errors.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { HistoryReadings } from './history-readings.ts';
import { Persons } from './persons.ts';
import { foldPlayed, nothingPlayed, type PlayedViews, playedAt } from './played-views.ts';
import type { AccessRow } from './rows.ts';
import { type StaffDisclosure, type ToldRow, toldTo } from './telling.ts';

/** Where a page ended: own rows are older than a revision, shown rows than an event, those under each merged id than a revision of its stream. */
export type AccessPlace = readonly [
  revision: number,
  shownBefore: string,
  merged: readonly (readonly [patientId: string, revision: number])[],
];
type Asked = { readonly before?: AccessPlace | undefined; readonly limit: number };
/** Whose rows are left out, as if they were not there: pages are filled with those before them. */
type IsHidden = (viewerId: string) => boolean;
/** The consultations whose rows are told, and no others; undefined: those of all, and who read of them. */
type Within = ReadonlySet<string> | undefined;
type AccessPage = { readonly items: readonly AccessRow[]; readonly next: AccessPlace | null };

/** Lists of one viewer that showed something of a patient: a new entry where what they showed of that patient, or a release, changed. */
type ShownTo = PersistentMap<string, { readonly content: string; readonly listings: readonly Listing[] }>;
type Listing = { readonly revision: number; readonly eventId: string };

/** A viewer's lists change more often than a patient asks; older entries stay in the ledger. */
const LISTINGS_KEPT = 50;
/** A page that a hold came into is made again, so often. */
const MOST_TRIES = 5;
/** Folds of viewers that no patient asked about go again. */
const VIEWERS_KEPT = 500;
/** So do those of patients who asked. */
const PATIENTS_KEPT = 500;

/** Before anything was read. */
const BEYOND = Number.MAX_SAFE_INTEGER;

/** A row before it is answered, with what it is ordered by: ids of events carry the time they were made at. */
type Found = {
  readonly order: string;
  readonly row: () => Promise<AccessRow | undefined>;
  readonly after: (place: AccessPlace) => AccessPlace;
};

/** What became of a patient's consultations and recordings, from the patient's own stream and from the lists of all its participants. */
@Injectable()
export class Accesses {
  private readonly shownTo: LiveFolds<ShownTo, ViewerEvent>;
  private readonly playedOf: LiveFolds<PlayedViews, PatientEvent>;
  private readonly disclosure: StaffDisclosure;

  constructor(
    private readonly ledger: Ledger,
    private readonly patients: Patients,
    private readonly viewers: Viewers,
    private readonly readings: HistoryReadings,
    private readonly persons: Persons,
    @Inject(CONFIG) config: Config,
  ) {
    this.disclosure = config.staffDisclosure;
    this.shownTo = ledger.folds<ShownTo, ViewerEvent>(
      viewerStreams,
      { initial: nothingShown, evolve: foldListing },
      VIEWERS_KEPT,
    );
    this.playedOf = ledger.folds<PlayedViews, PatientEvent>(
      patientStreams,
      { initial: nothingPlayed, evolve: foldPlayed },
      PATIENTS_KEPT,
    );
  }

  /** @param ids of one person, the one that is asked about first */
  private async page(
    ids: readonly string[],
    { before, limit }: Asked,
    isHidden: IsHidden,
    within: Within,
  ): Promise<AccessPage> {
    const [askedId] = ids;
    const start: AccessPlace = before ?? [BEYOND, '~', []];
    const lists = await Promise.all([
      ...ids.map((id) => this.own(id, id === askedId, start, limit + 1, isHidden, within)),
      this.shown(ids, start[1], limit + 1, isHidden, within),
    ]);
    const found = lists.reduce(merge, []);
    const page = found.slice(0, limit);
    return {
      items: (await Promise.all(page.map(({ row }) => row()))).filter((row) => row !== undefined),
      next: found.length > limit ? page.reduce((place, { after }) => after(place), start) : null,
    };
  }

  /** Of the newest event of the ledger. @throws LedgerUnavailable */
  async position(): Promise<number> {
    return Number((await this.ledger.store.newestOfLedger()) ?? 0);
  }

  /**
   * A page, newest first, as it is told: to the patient, without the rows that a hold keeps from them now; or, with `isNamed`, to one who
   * may know the names of staff and the holds. `within` narrows it to some of the patient's consultations, for a guardian in those.
   * @throws LedgerUnavailable, also where it is not known whether there is a hold; LedgerContention
   */
  async told(
    patientId: string,
    asked: Asked,
    { isNamed = false, within }: { readonly isNamed?: boolean; readonly within?: Within } = {},
  ): Promise<{ readonly items: readonly ToldRow[]; readonly next: AccessPlace | null }> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const person = await this.persons.of(patientId);
      const { revisions, covers } = await this.persons.heldFrom(person);
      const ids = [...person.ledgers.keys()];
      const { items, next } = await this.page(ids, asked, isNamed ? () => false : covers, within);
      // Rows that were read after a hold was placed are covered by it.
      if (!isNamed && (await this.persons.heldFrom(person)).revisions !== revisions) continue;
      const { ledgers } = await this.persons.of(patientId);
      const told = items.map((row) => ({
        ...toldTo(row, { ids, ledger: ledgers.get(row.patientId) }, this.disclosure, isNamed),
        ...(isNamed && covers(row.viewerId) && { held: true as const }),
      }));
      return { items: told, next };
    }
    throw new LedgerContention(privacyStreams.of(patientId));
  }

  /**
   * The row of one event, as the patient is told of it where no hold keeps it from them; undefined where it has none by itself: bytes
   * that left are told by view, in the list.
   * @throws LedgerUnavailable
   */
  async toldOf(event: Recorded<PatientEvent>): Promise<ToldRow | undefined> {
    const row = await this.rowOf(event, nothingPlayed())?.();
    if (!row) return undefined;
    const { ledger } = (await this.patients.get(row.patientId)).state;
    return toldTo(row, { ids: [row.patientId], ledger }, this.disclosure, false);
  }

  private async own(
    patientId: string,
    isAsked: boolean,
    start: AccessPlace,
    count: number,
    isHidden: IsHidden,
    within: Within,
  ): Promise<Found[]> {
    const before = isAsked ? start[0] : (start[2].find(([id]) => id === patientId)?.[1] ?? BEYOND);
    const placeAt =
      (at: number) =>
      ([revision, shownBefore, merged]: AccessPlace): AccessPlace =>
        isAsked
          ? [at, shownBefore, merged]
          : [revision, shownBefore, [...merged.filter(([id]) => id !== patientId), [patientId, at]]];
    const found: Found[] = [];
    const from = before === BEYOND ? 'end' : before - 1;
    if (from === -1) return found;
    const { state: played } = await this.playedOf.get(patientStreams.of(patientId));
    for await (const event of this.ledger.store.readBackwards(patientStreams.of(patientId), from)) {
      const row = this.rowOf(event, played);
      if (!row || !('viewerId' in event.data)) continue;
      const { consultationId, viewerId } = event.data;
      if ((within === undefined || within.has(consultationId)) && !isHidden(viewerId))
        found.push({ order: event.id, row, after: placeAt(event.revision) });
      if (found.length === count) break;
    }
    return found;
  }

  /** @param played all that a view played has its row at the first of it */
  private rowOf(event: Recorded<PatientEvent>, played: PlayedViews): (() => Promise<AccessRow>) | undefined {
    const { type, data } = event;
    if (
      type !== 'RecordingViewed' &&
      type !== 'RecordingViewRefused' &&
      type !== 'RecordingContentRefused' &&
      type !== 'RecordingPlayed'
    )
      return undefined;
    const { patientId, consultationId, recordingId, viewId, viewerId } = data;
    const view = { consultationId, recordingId, viewId };
    const roles = 'viewerRoles' in data ? data.viewerRoles : event.metadata.actor.roles;
    const look = {
      at: event.recordedAt,
      patientId,
      viewerId,
      viewerRoles: roles,
      ...releasesOf(event),
    };
    switch (type) {
      case 'RecordingViewed':
        return async () => {
          const judged = await this.viewers.judgedEver(viewerId, viewId);
          const verdict = judged ? judged.verdict : 'pending';
          const { purpose, source } = data;
          const { state } = await this.patients.get(patientId);
          const isFiled = state.ledger.consultations.get(consultationId)?.recordings.has(recordingId);
          return {
            kind: 'opened',
            ...look,
            ...{ ...view, recordingId: isFiled ? recordingId : null },
            purpose,
            source,
            verdict,
            ...(judged?.severity && { severity: judged.severity }),
          };
        };
      case 'RecordingViewRefused':
        return async () => ({ kind: 'refused', ...look, ...view, purpose: data.purpose, reasonCode: data.reasonCode });
      case 'RecordingContentRefused':
        return async () => ({ kind: 'refused', ...look, ...view, reasonCode: data.reasonCode });
      case 'RecordingPlayed': {
        const all = playedAt(played, viewId, event.revision);
        return all && (async () => ({ kind: 'played', ...look, ...view, ...all }));
      }
    }
  }

  /** Lists are on the streams of those who saw them. A person who never took part saw none: the egress guard checks every list. */
  private async shown(
    ids: readonly string[],
    before: string,
    count: number,
    isHidden: IsHidden,
    within: Within,
  ): Promise<Found[]> {
    const all = await Promise.all(ids.map((patientId) => this.shownOf(patientId, ids, isHidden, within)));
    const told = all
      .flat()
      .filter(({ eventId, isHeld }) => eventId < before && !isHeld)
      .sort((a, b) => (a.eventId < b.eventId ? 1 : -1));
    const found: Found[] = [];
    for (const { eventId, row } of told) {
      if (found.length === count) break;
      // Which consultations a list showed, only its event says.
      const known = within && (await row());
      if (within && !known) continue;
      const after: Found['after'] = ([revision, , merged]) => [revision, eventId, merged];
      found.push({ order: eventId, row: known ? async () => known : row, after });
    }
    return found;
  }

  /** @param own ids of the person: their own lists are no rows */
  private async shownOf(patientId: string, own: readonly string[], isHidden: IsHidden, within: Within) {
    const { consultations, mergedInto } = (await this.patients.get(patientId)).state.ledger;
    const people = new Set<string>(mergedInto === undefined ? [] : [mergedInto]);
    for (const { consultationId, clinicianId, guests, formerGuests } of consultations.values())
      if (within === undefined || within.has(consultationId))
        for (const personId of [clinicianId, ...guests.keys(), ...formerGuests.keys()]) people.add(personId);
    for (const id of own) people.delete(id);
    const lists = await Promise.all([...people].map((viewerId) => this.listingsOf(viewerId, patientId)));
    const shown = lists.flat().map(({ viewerId, revision, eventId }) => ({
      eventId,
      viewerId,
      isHeld: isHidden(viewerId),
      row: () => this.shownRow(viewerId, revision, patientId, within),
    }));
    const audited = this.readings
      .of(patientId)
      .map(({ eventId, readerId: viewerId, roles: viewerRoles, ...reading }) => ({
        eventId,
        viewerId,
        // A hold on a guardian covers readings for them, too.
        isHeld: isHidden(viewerId) || (reading.onBehalfOf !== undefined && isHidden(reading.onBehalfOf)),
        row: async (): Promise<AccessRow> => ({ kind: 'audited', patientId, viewerId, viewerRoles, ...reading }),
      }));
    return [...shown, ...(within === undefined ? audited : [])];
  }

  private async listingsOf(viewerId: string, patientId: string): Promise<(Listing & { viewerId: string })[]> {
    const { state } = await this.shownTo.get(viewerStreams.of(viewerId));
    return (state.get(patientId)?.listings ?? []).map((listing) => ({ ...listing, viewerId }));
  }

  /** @returns undefined where it showed none of the consultations that are asked for */
  private async shownRow(
    viewerId: string,
    revision: number,
    patientId: string,
    within: Within,
  ): Promise<AccessRow | undefined> {
    for await (const event of this.ledger.store.readBackwards(viewerStreams.of(viewerId), revision, 1)) {
      const { type, data, recordedAt, metadata } = event;
      if (type !== 'ConsultationsListed') break;
      const theirs = data.shown.filter((one) => one.patientId === patientId);
      const told = within === undefined ? theirs : theirs.filter(({ consultationId }) => within.has(consultationId));
      if (told.length === 0) return undefined;
      return {
        kind: 'shown',
        ...{ at: recordedAt, patientId, viewerId, viewerRoles: metadata.actor.roles, ...releasesOf({ metadata }) },
        consultationIds: told.map(({ consultationId }) => consultationId),
        recordingIds: told.flatMap(({ recordingIds }) => recordingIds),
      };
    }
    throw new Error(`revision ${revision} of ${viewerStreams.of(viewerId)} is not the listing it was`);
  }
}

/** Two lists of rows in order, each in the order of its own stream. */
const merge = (own: readonly Found[], shown: readonly Found[]): Found[] => {
  const merged: Found[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [a, b] = [own[i], shown[j]];
    if (a && (!b || a.order >= b.order)) {
      merged.push(a);
      i += 1;
    } else if (b) {
      merged.push(b);
      j += 1;
    } else return merged;
  }
};

export const nothingShown = (): ShownTo => PersistentMap.empty();

/** Exported for its tests: pure, and indifferent to an event that comes again. */
export function foldListing(shownTo: ShownTo, event: Appended<ViewerEvent>): ShownTo {
  if (event.type !== 'ConsultationsListed') return shownTo;
  const parts = new Map<string, string[]>();
  for (const { patientId, consultationId, recordingIds } of event.data.shown)
    parts.set(patientId, (parts.get(patientId) ?? []).concat(consultationId, recordingIds));
  let next = shownTo;
  for (const [patientId, ids] of parts) {
    const known = shownTo.get(patientId);
    const { appVersion, clientRelease } = event.metadata;
    const content = JSON.stringify([appVersion, clientRelease ?? null, ...ids.sort()]);
    const last = known?.listings[known.listings.length - 1];
    if (known?.content === content || (last && event.revision <= last.revision)) continue;
    const listing = { revision: event.revision, eventId: event.id };
    next = next.with(patientId, { content, listings: [...(known?.listings ?? []), listing].slice(-LISTINGS_KEPT) });
  }
  return next;
}

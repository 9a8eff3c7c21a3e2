import { NOW, type RecordingAccess, tookPart, wasMergedInto } from '../../projections/recording-access.ts';
import type { Established } from './caller.ts';
import type { Evidence } from './evidence.ts';
import type { Owner } from './owners.ts';
import { keptId } from './person-id.ts';
import { isAsAsked } from './read-back.ts';

/** A request as it came, and the answer as it is about to leave. */
export type Leaving = {
  readonly method: string;
  /** As in the request line. */
  readonly url: string;
  /** The body as it was parsed, before any schema. */
  readonly asked: unknown;
  readonly status: number;
  readonly text: string;
  /** What the text was made of, where it is JSON. */
  readonly value: unknown;
};

/** Why something does not leave; the `reason` of EgressPrevented. */
export type StopReason =
  | 'not-theirs'
  | 'caller-disputed'
  | 'desk-only'
  | 'altered-item'
  | 'cross-wired'
  | 'not-as-asked'
  | 'content-disputed';

export type Stop = {
  readonly reason: StopReason;
  /** Whose it was, where that is known: one for each consultation. */
  readonly owners: readonly Owner[];
};

/** A consultation that an answer shows, with the recordings that it shows of it. */
export type Shown = {
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingIds: readonly string[];
};

type Place = { readonly patientId: string; readonly consultationId?: string | undefined };
type Json = Readonly<Record<string, unknown>>;

/** What no id contains. */
const BETWEEN = /[^A-Za-z0-9_.-]+/;
const LONGEST_ID = 64;
const PATIENT = /^\/v1\/patients\/([^/]+)(?:\/consultations(?:\/([^/]+))?)?/;
const CUSTODY =
  /^\/v1\/patients\/[^/]+\/consultations\/[^/]+\/recordings\/[^/]+\/(?:quarantine|release|erase|reviewers)$/;
/** Who looked at one patient's data: also for compliance, and about that patient alone. */
const ACCESSES = /^\/v1\/patients\/[^/]+\/accesses$/;
/** Where one recording comes from: for compliance, and about that consultation alone. */
const PROVENANCE = /^\/v1\/patients\/[^/]+\/consultations\/[^/]+\/recordings\/[^/]+\/provenance$/;
/** A patient must not know of a hold. */
const HOLDS = /^\/v1\/patients\/[^/]+\/access-holds(?:\/|$)/;
/** Open to any caller with a valid credential, and checked item by item. Every other route under /v1 is the desk's. */
const ORDINARY = /^\/v1\/(?:patients\/|me\/|clinicians\/|views\/[^/]+\/content$)/;
/** The calendar of one person: theirs, and for services that book into it. */
const CALENDAR = /^\/v1\/clinicians\/([^/]+)\//;

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** Rows of accesses tell which lists were shown; they are no list of consultations. */
export const isOfAccesses = (url: string): boolean => pathOf(url) === '/v1/me/accesses' || ACCESSES.test(pathOf(url));

/** What other services tell, signed by them and without a caller: they get nothing but the word that it was taken. */
const HOOK = /^\/v1\/hooks\/[a-z]+$/;

export const isHook = (url: string): boolean => HOOK.test(pathOf(url));

/** The desk's routes, by the path alone: whatever the table of roles says of them. */
export const isForTheDesk = (url: string): boolean => {
  const path = pathOf(url);
  return path.startsWith('/v1/') && (!ORDINARY.test(path) || HOLDS.test(path) || IDENTITY.test(path));
};

export const isAtTheDesk = ({ roles }: Established): boolean => roles.has('on-call') || roles.has('compliance');

/** The one desk route for the tools of a security team, and the only one: neither the desk gets the feed nor they anything else. */
const FEED = '/v1/feed';

/** Which ids are one person: said and asked by services and compliance alone. */
const IDENTITY = /^\/v1\/patients\/[^/]+\/(?:merge|unmerge|identity)$/;

/** Facts about a person come from services; on-call has no use for them. */
const FACTS = /^\/v1\/people\/[^/]+\/facts$/;

/** Whether a caller may have an answer of this desk route. */
export const isOfTheDesk = (caller: Established, url: string): boolean => {
  const path = pathOf(url);
  if (path === FEED) return caller.roles.has('siem');
  if (FACTS.test(path) || IDENTITY.test(path)) return caller.roles.has('service') || caller.roles.has('compliance');
  return isAtTheDesk(caller);
};

const placeIn = (url: string): Place | undefined => {
  const [, patientId, consultationId] = PATIENT.exec(pathOf(url)) ?? [];
  return patientId === undefined
    ? undefined
    : {
        patientId: keptId(plain(patientId)),
        ...(consultationId !== undefined && { consultationId: plain(consultationId) }),
      };
};

/** The person that a service asks for, where it names one: whose calendar it is, or who reads the accesses to a patient's data through it. */
const servedBy = (url: string): string | undefined => {
  const owner = calendarOf(url);
  if (owner !== undefined || !ACCESSES.test(pathOf(url))) return owner;
  const served = new URLSearchParams(url.slice(pathOf(url).length)).get('onBehalfOf');
  return served === null ? undefined : keptId(served);
};

const calendarOf = (url: string): string | undefined => {
  const [, owner] = CALENDAR.exec(pathOf(url)) ?? [];
  return owner === undefined ? undefined : keptId(plain(owner));
};

const plain = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** Decides whether an answer may leave: whatever code made it, under whatever names it puts things. */
export class AnswerCheck {
  constructor(private readonly evidence: Evidence) {}

  /**
   * @param caller whom the raw credential proves; undefined: no one
   * @returns why it may not leave, or the consultations it shows
   * @throws EvidenceUnavailable: a response that cannot be checked does not leave
   */
  async check(leaving: Leaving, caller: Established | undefined): Promise<Stop | readonly Shown[]> {
    const { method, url, asked, status, text, value } = leaving;
    const succeeded = status < 400;
    const isAsAskedFor = () => isAsAsked({ method, path: pathOf(url), asked, text }, caller, this.evidence);
    if (isHook(url) && succeeded) return text === '' ? [] : { reason: 'desk-only', owners: [] };
    if (isForTheDesk(url)) {
      if (caller && isOfTheDesk(caller, url))
        return !succeeded || (await isAsAskedFor()) ? [] : { reason: 'not-as-asked', owners: [] };
      if (succeeded) return { reason: 'desk-only', owners: [] };
    }
    if (!succeeded) return this.refusal(leaving, caller);
    // Busy times name no consultation: whose they are, only the address tells.
    const owner = calendarOf(url);
    if (owner !== undefined && caller?.id !== owner && !caller?.roles.has('service'))
      return { reason: 'not-theirs', owners: [] };
    const { owners, items } = this.found(value, text);
    const strange = await this.strangeAmong(owners.values(), caller, { method, url, place: placeIn(url) });
    if (strange.length > 0) return { reason: 'not-theirs', owners: oneEach(strange) };
    // A row that says who read a history names no consultation: whose it is, only its own patient's id tells.
    if (isOfAccesses(url) && text !== '' && !(await this.areAllAbout(placeIn(url)?.patientId ?? caller?.id, text)))
      return { reason: 'not-theirs', owners: [] };
    if (!(await isAsAskedFor())) return { reason: 'not-as-asked', owners: oneEach(owners.values()) };
    const altered = await this.failing(items, ({ owner }) => owner.patientId, isTrue);
    if (altered.length > 0) return { reason: 'altered-item', owners: oneEach(altered.map(({ owner }) => owner)) };
    return shownOf(owners.values());
  }

  /** Whose the ids in an answer are, by id: in values, in names, in addresses, anywhere; and every object that has a consultation's. */
  private found(value: unknown, text: string): { owners: ReadonlyMap<string, Owner>; items: readonly Item[] } {
    const owners = new Map<string, Owner>();
    const items: Item[] = [];
    const { shortestId } = this.evidence.owners;
    const look = (word: string, item?: Json): void => {
      const owner = this.evidence.owners.of(word);
      if (!owner) return;
      owners.set(word, owner);
      if (item && owner.recordingId === undefined) items.push({ owner, item });
    };
    const read = (string: string, item?: Json): void => {
      if (string.length < shortestId) return;
      if (string.length > LONGEST_ID || BETWEEN.test(string))
        for (const word of string.split(BETWEEN)) look(word, item);
      else look(string, item);
    };
    /** @returns whether all of it is written just as it is, and nothing in it decides for itself how */
    const walk = (part: unknown): boolean => {
      if (typeof part === 'string') read(part);
      if (typeof part !== 'object' || part === null) return true;
      if (Array.isArray(part)) return part.every(walk);
      if (Object.getPrototypeOf(part) !== Object.prototype) return false;
      for (const key in part) {
        const field = (part as Json)[key];
        read(key);
        if (typeof field === 'string') read(field, part as Json);
        else if (key === 'toJSON' || !walk(field)) return false;
      }
      return true;
    };
    if (value === undefined || !walk(value)) walk(parsed(text) ?? text);
    return { owners, items };
  }

  /** A refusal may repeat what the caller said, and tell a participant of their own. */
  private async refusal({ method, url, text }: Leaving, caller?: Established): Promise<Stop | readonly Shown[]> {
    const said = new Set(plain(url).split(BETWEEN));
    const unsaid = [...this.found(undefined, text).owners].flatMap(([id, owner]) => (said.has(id) ? [] : [owner]));
    const strange = await this.strangeAmong(unsaid, caller, { method, url, place: placeIn(url) });
    return strange.length > 0 ? { reason: 'not-theirs', owners: oneEach(strange) } : [];
  }

  /** What of it the caller may not see. */
  private async strangeAmong(
    owners: Iterable<Owner>,
    caller: Established | undefined,
    { method, url, place }: { method: string; url: string; place: Place | undefined },
  ): Promise<readonly Owner[]> {
    if (!caller) return [...owners];
    // An answer about a patient, or a consultation, is about that one, no matter who gets it.
    const isElsewhere = (owner: Owner, access: RecordingAccess) =>
      place !== undefined &&
      (place.consultationId === undefined
        ? !isOf(owner.patientId, place.patientId, access)
        : place.patientId !== owner.patientId || place.consultationId !== owner.consultationId);
    const isService = caller.roles.has('service');
    // A service that names a person is shown what that person may see.
    const served = isService ? servedBy(url) : undefined;
    const isForAll =
      place !== undefined &&
      served === undefined &&
      (isService ||
        (caller.roles.has('compliance') &&
          (method === 'POST'
            ? CUSTODY.test(pathOf(url))
            : ACCESSES.test(pathOf(url)) || PROVENANCE.test(pathOf(url)))));
    return this.failing(
      [...owners],
      ({ patientId }) => patientId,
      (owner, access) =>
        !isElsewhere(owner, access) &&
        isFiled(access, owner) &&
        (isForAll || tookPart(access, owner, served ?? caller.id, NOW)),
    );
  }

  /** Whether each row, as it leaves, is this patient's. */
  private async areAllAbout(namedId: string | undefined, text: string): Promise<boolean> {
    const { items } = (parsed(text) ?? {}) as { items?: unknown };
    if (!Array.isArray(items) || namedId === undefined) return false;
    const ids = new Set(items.map((row: { patientId?: unknown } | null) => keptId(row?.patientId)));
    ids.delete(namedId);
    if (ids.has('')) return false;
    const strange = await this.failing(
      [...ids],
      (patientId) => patientId,
      (patientId, access) => isOf(patientId, namedId, access),
    );
    return strange.length === 0;
  }

  /**
   * Those of which it does not hold, by the folds at hand and then by all the store has: an invitation or recording made elsewhere a moment ago may
   * still be on its way.
   */
  private async failing<T>(
    all: readonly T[],
    patientOf: (one: T) => string,
    holds: (one: T, access: RecordingAccess) => boolean,
  ): Promise<readonly T[]> {
    let left = all;
    for (const ask of ['patient', 'patientNow'] as const) {
      if (left.length === 0) break;
      const known = new Map<string, RecordingAccess>();
      for (const one of left) {
        const patientId = patientOf(one);
        if (known.has(patientId)) continue;
        const atHand = ask === 'patient' ? this.evidence.patientAtHand(patientId) : undefined;
        known.set(patientId, atHand ?? (await this.evidence[ask](patientId)));
      }
      left = left.filter((one) => !holds(one, known.get(patientOf(one)) as RecordingAccess));
    }
    return left;
  }
}

/** Whether a patient is the one who is named, under the same id or under one that was merged into it. */
const isOf = (patientId: string, namedId: string, access: RecordingAccess): boolean =>
  patientId === namedId || wasMergedInto(access, namedId, NOW);

type Item = { readonly owner: Owner; readonly item: Json };

/** Every field beside an item's id must be one that the second key knows, or once knew, of that consultation. */
const isTrue = ({ owner, item }: Item, access: RecordingAccess): boolean => {
  const consultation = access.consultations.get(owner.consultationId);
  if (!consultation) return false;
  const { patientId, clinicianId, scheduledStart, scheduledEnd, participants } = item;
  if (patientId !== undefined && keptId(patientId) !== owner.patientId) return false;
  if (clinicianId !== undefined && keptId(clinicianId) !== consultation.clinicianId) return false;
  if (
    (scheduledStart !== undefined || scheduledEnd !== undefined) &&
    !consultation.schedules.some(({ start, end }) => isSame(start, scheduledStart) && isSame(end, scheduledEnd))
  )
    return false;
  const isSomebody = (id: string) =>
    id === owner.patientId || id === consultation.clinicianId || consultation.guests.has(id);
  return (
    participants === undefined ||
    (Array.isArray(participants) &&
      participants.every((one: { personId?: unknown }) => isSomebody(keptId(one?.personId))))
  );
};

const oneEach = (owners: Iterable<Owner>): Owner[] => {
  const first = new Map<string, Owner>();
  for (const owner of owners) if (!first.has(owner.consultationId)) first.set(owner.consultationId, owner);
  return [...first.values()];
};

const isFiled = (access: RecordingAccess, { consultationId, recordingId }: Owner): boolean => {
  const consultation = access.consultations.get(consultationId);
  return consultation !== undefined && (recordingId === undefined || consultation.recordings.has(recordingId));
};

const isSame = (known: string, shown: unknown): boolean =>
  known === shown || (typeof shown === 'string' && Date.parse(known) === Date.parse(shown));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const shownOf = (owners: Iterable<Owner>): readonly Shown[] => {
  const shown = new Map<string, { patientId: string; consultationId: string; recordingIds: string[] }>();
  for (const { patientId, consultationId, recordingId } of owners) {
    const known = shown.get(consultationId) ?? { patientId, consultationId, recordingIds: [] };
    if (recordingId !== undefined) known.recordingIds.push(recordingId);
    shown.set(consultationId, known);
  }
  return [...shown.values()];
};

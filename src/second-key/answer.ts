import { NOW, type RecordingAccess, tookPart } from '../../projections/recording-access.ts';
import type { Established } from './caller.ts';
import type { Evidence } from './evidence.ts';
import { intentOf } from './intent.ts';
import type { Owner } from './owners.ts';

/** A request as it came, and the answer as it is about to leave. */
export type Leaving = {
  readonly method: string;
  /** As in the request line. */
  readonly url: string;
  /** The body as it was parsed, before any schema. */
  readonly asked: unknown;
  readonly status: number;
  readonly text: string;
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

const TOKEN = /[A-Za-z0-9_.-]{1,64}/g;
const PATIENT = /^\/v1\/patients\/([^/]+)(?:\/consultations(?:\/([^/]+))?)?/;
const CUSTODY = /^\/v1\/patients\/[^/]+\/consultations\/[^/]+\/recordings\/[^/]+\/(?:quarantine|release|erase)$/;
/** Open to anybody who is somebody, and looked at item by item. Every other route under /v1 is the desk's. */
const ORDINARY = /^\/v1\/(?:patients\/|me\/|views\/[^/]+\/content$)/;

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** The desk's routes, by the path alone: whatever the table of roles says of them. */
export const isForTheDesk = (url: string): boolean => {
  const path = pathOf(url);
  return path.startsWith('/v1/') && !ORDINARY.test(path);
};

export const isAtTheDesk = ({ roles }: Established): boolean => roles.has('on-call') || roles.has('compliance');

const placeIn = (url: string): Place | undefined => {
  const [, patientId, consultationId] = PATIENT.exec(pathOf(url)) ?? [];
  return patientId === undefined
    ? undefined
    : { patientId: plain(patientId), ...(consultationId !== undefined && { consultationId: plain(consultationId) }) };
};

const plain = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** Decides whether an answer may leave, from the text of it: whatever code made it, under whatever names it puts things. */
export class AnswerCheck {
  constructor(private readonly evidence: Evidence) {}

  /**
   * @param caller whom the raw credential proves; undefined: nobody
   * @returns why it may not leave, or the consultations it shows
   * @throws EvidenceUnavailable: what cannot be checked does not leave
   */
  async check(leaving: Leaving, caller: Established | undefined): Promise<Stop | readonly Shown[]> {
    const { method, url, status, text } = leaving;
    const succeeded = status < 400;
    if (isForTheDesk(url)) {
      if (caller && isAtTheDesk(caller)) return [];
      return succeeded ? { reason: 'desk-only', owners: [] } : this.refusal(leaving);
    }
    if (!succeeded) return this.refusal(leaving, caller);
    const owners = this.ownersIn(text);
    const items = itemsIn(text, owners);
    const place = placeIn(url);
    const strange = await this.strangeAmong(owners.values(), caller, { method, url, place });
    if (strange.length > 0) return { reason: 'not-theirs', owners: oneEach(strange) };
    if (!(await this.isAsAsked(leaving))) return { reason: 'not-as-asked', owners: oneEach(owners.values()) };
    for (const item of items) {
      if (!(await this.isTrue(item))) return { reason: 'altered-item', owners: [item.owner] };
    }
    return shownOf(owners.values());
  }

  /** Whose the ids in a text are, by id: in values, in names, in addresses, anywhere. */
  private ownersIn(text: string): ReadonlyMap<string, Owner> {
    const found = new Map<string, Owner>();
    for (const [token] of text.matchAll(TOKEN)) {
      const owner = found.has(token) ? undefined : this.evidence.owners.of(token);
      if (owner) found.set(token, owner);
    }
    return found;
  }

  /** A refusal may repeat what the caller said, and tell a participant of their own. */
  private async refusal({ method, url, text }: Leaving, caller?: Established): Promise<Stop | readonly Shown[]> {
    const said = new Set([...plain(url).matchAll(TOKEN)].map(([token]) => token));
    const unsaid = [...this.ownersIn(text)].flatMap(([id, owner]) => (said.has(id) ? [] : [owner]));
    const strange = await this.strangeAmong(unsaid, caller, { method, url, place: placeIn(url) });
    return strange.length > 0 ? { reason: 'not-theirs', owners: oneEach(strange) } : [];
  }

  private async strangeAmong(
    owners: Iterable<Owner>,
    caller: Established | undefined,
    request: { method: string; url: string; place: Place | undefined },
  ): Promise<Owner[]> {
    const strange: Owner[] = [];
    for (const owner of owners) if (!(await this.maySee(owner, caller, request))) strange.push(owner);
    return strange;
  }

  private async maySee(
    owner: Owner,
    caller: Established | undefined,
    { method, url, place }: { method: string; url: string; place: Place | undefined },
  ): Promise<boolean> {
    if (!caller) return false;
    // An answer about a patient, or a consultation, is about that one, whoever gets it.
    if (place && place.patientId !== owner.patientId) return false;
    if (place?.consultationId !== undefined && place.consultationId !== owner.consultationId) return false;
    if (place && caller.roles.has('service')) return this.isKnown(owner);
    if (method === 'POST' && CUSTODY.test(pathOf(url)) && caller.roles.has('compliance')) return this.isKnown(owner);
    return this.holds(owner.patientId, (access) => tookPart(access, owner, caller.id, NOW) && isFiled(access, owner));
  }

  private isKnown(owner: Owner): Promise<boolean> {
    return this.holds(owner.patientId, (access) => isFiled(access, owner));
  }

  /** What is in an item beside its id is what the second key knows, or once knew, of that consultation. */
  private isTrue({ owner, item }: Item): Promise<boolean> {
    return this.holds(owner.patientId, (access) => {
      const consultation = access.consultations.get(owner.consultationId);
      if (!consultation) return false;
      const { patientId, clinicianId, scheduledStart, scheduledEnd, participants } = item;
      if (patientId !== undefined && patientId !== owner.patientId) return false;
      if (clinicianId !== undefined && clinicianId !== consultation.clinicianId) return false;
      if (
        (scheduledStart !== undefined || scheduledEnd !== undefined) &&
        !consultation.schedules.some(({ start, end }) => isSame(start, scheduledStart) && isSame(end, scheduledEnd))
      )
        return false;
      const isSomebody = (id: unknown) =>
        id === owner.patientId || id === consultation.clinicianId || consultation.guests.has(String(id));
      return (
        participants === undefined ||
        (Array.isArray(participants) && participants.every((one: { personId?: unknown }) => isSomebody(one?.personId)))
      );
    });
  }

  /** After an invitation, a removal or a booking: whether it is so now, by the ids of the raw request. */
  private async isAsAsked({ method, url, asked, text }: Leaving): Promise<boolean> {
    const intent = intentOf(method, url, asked);
    if (!intent) return true;
    const answer = parsed(text) as Json | undefined;
    const revision = typeof answer?.revision === 'number' ? answer.revision : undefined;
    const access = await this.evidence.patient(intent.patientId, revision);
    const then = revision === undefined ? NOW : { revision: revision + 1 };
    if (intent.kind === 'book') {
      const booked = access.consultations.get(String(answer?.consultationId));
      return (
        booked?.clinicianId === intent.clinicianId &&
        booked.schedules.some(({ start, end }) => isSame(start, intent.start) && isSame(end, intent.end))
      );
    }
    return tookPart(access, intent, intent.personId, then) === (intent.kind === 'invite');
  }

  /** Asked of what is known, then of all the store has: what was invited or stored elsewhere a moment ago may still be on its way. */
  private async holds(patientId: string, question: (access: RecordingAccess) => boolean): Promise<boolean> {
    return question(await this.evidence.patient(patientId)) || question(await this.evidence.patientNow(patientId));
  }
}

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
  typeof shown === 'string' && Date.parse(known) === Date.parse(shown);

type Item = { readonly owner: Owner; readonly item: Json };

/** Every object of an answer that has a consultation's id as one of its values. */
const itemsIn = (text: string, owners: ReadonlyMap<string, Owner>): Item[] => {
  const items: Item[] = [];
  if (owners.size === 0) return items;
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value))
      for (const field of Object.values(value)) {
        const owner = typeof field === 'string' ? owners.get(field) : undefined;
        if (owner && owner.recordingId === undefined) items.push({ owner, item: value as Json });
      }
    for (const part of Object.values(value)) walk(part);
  };
  walk(parsed(text));
  return items;
};

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

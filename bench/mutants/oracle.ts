import type { Answer } from './client.ts';
import type { Clinic, Consultation } from './clinic.ts';
import { isAtTheDesk, type Name, type Person, people } from './people.ts';

/** Who gets an answer or a message, as the attacker knows it: whoever has nothing that proves anything is nobody. */
export type Recipient = Person | undefined;

/** What was asked, as far as it says what may come back. */
export type Asked = { readonly path: string; readonly sent?: unknown };

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const nameOf = new Map(Object.entries(people).map(([name, { id }]) => [id, name as Name]));

/** Knows whose everything in the clinic is, and shares nothing with the application but that. */
export class Oracle {
  /** By value: an id, or a time that only one consultation has. */
  private readonly owners = new Map<string, (recipient: Person) => boolean>();

  constructor(readonly clinic: Clinic) {
    for (const consultation of Object.values(clinic.consultations)) this.know(consultation);
    for (const { viewId, viewer, of } of Object.values(clinic.views)) this.knowView(viewId, viewer, of);
  }

  know(consultation: Consultation): void {
    const takesPart = ({ id }: Person) => this.participants(consultation).has(id);
    const { consultationId, start, end, recordings } = consultation;
    for (const value of [consultationId, start, end]) this.owners.set(value, takesPart);
    for (const { recordingId } of Object.values(recordings)) this.owners.set(recordingId, takesPart);
  }

  knowView(viewId: string, viewer: Name, of: string): void {
    const patient = Object.values(this.clinic.consultations).find(({ recordings }) => recordings[of])?.patient;
    this.owners.set(
      viewId,
      ({ id }) => id === people[viewer].id || (patient !== undefined && id === people[patient].id),
    );
  }

  participants({ patient, clinician, guests }: Consultation): Set<string> {
    return new Set([patient, clinician, ...guests].map((name) => people[name].id));
  }

  mayWatch(recipient: Recipient, recording: string): boolean {
    const consultation = Object.values(this.clinic.consultations).find(({ recordings }) => recordings[recording]);
    return recipient !== undefined && consultation !== undefined && this.participants(consultation).has(recipient.id);
  }

  /** What in an answer is not this recipient's to see: ids, people and times of consultations that they take no part in. */
  foreignIn(
    recipient: Recipient,
    asked: Asked,
    { status, headers, json, body }: Pick<Answer, 'status' | 'headers' | 'json' | 'body'>,
  ): string[] {
    if (recipient && isAtTheDesk(recipient)) return [];
    const done = status >= 200 && status < 300;
    // What the caller said themselves is no news to them, as long as it is not confirmed.
    const known = done ? '' : decodeURIComponent(asked.path) + JSON.stringify(asked.sent ?? '');
    const values = new Set<string>();
    const isContent = /^(audio|video)\//.test(headers['content-type'] ?? '');
    const text = isContent ? '' : body.toString();
    for (const [id] of `${text} ${headers.location ?? ''}`.matchAll(UUID)) values.add(id);
    if (done) collect(json, values, /\/me\/accesses/.test(asked.path));
    return [...values].filter((value) => !known.includes(value) && !this.isFor(value, recipient, asked.path));
  }

  /** Like `foreignIn`, for what a socket hears. */
  foreignInMessage(recipient: Recipient, message: unknown): string[] {
    const body = Buffer.from(JSON.stringify(message ?? null));
    // Whoever is told of an emergency is told who declared it.
    const path = Array.isArray(message) && message[0] === 'access.emergency' ? '/v1/me/accesses' : '';
    return this.foreignIn(recipient, { path }, { status: 200, headers: {}, json: message, body });
  }

  private isFor(value: string, recipient: Recipient, path: string): boolean {
    const owner = this.owners.get(value);
    const name = nameOf.get(value);
    if (!owner && !name) return true;
    if (!recipient) return false;
    if (recipient.roles.includes('service')) return this.ofPatient(value, path);
    if (owner) return owner(recipient);
    return value === recipient.id || this.meets(recipient.id).has(value);
  }

  /** A service is told of the patient it asked about. */
  private ofPatient(value: string, path: string): boolean {
    const patient = /\/v1\/patients\/([^/?]+)/.exec(path)?.[1];
    const theirs = Object.values(this.clinic.consultations).filter((one) => people[one.patient].id === patient);
    const views = Object.values(this.clinic.views).filter(({ of }) => theirs.some(({ recordings }) => recordings[of]));
    return [
      ...theirs.flatMap((one) => [one.consultationId, one.start, one.end, ...this.participants(one)]),
      ...theirs.flatMap(({ recordings }) => Object.values(recordings).map(({ recordingId }) => recordingId)),
      ...views.map(({ viewId }) => viewId),
    ].includes(value);
  }

  /** Everybody who takes part in a consultation with this person. */
  private meets(personId: string): Set<string> {
    // Who was invited once is a part of that consultation's history.
    const shared = Object.values(this.clinic.consultations).filter((one) => this.participants(one).has(personId));
    return new Set(shared.flatMap((one) => [...this.participants(one), ...one.former.map((name) => people[name].id)]));
  }
}

/** Strings that stand for themselves; who looked at the caller's own recordings is theirs to know, whoever it was. */
const collect = (part: unknown, into: Set<string>, anyViewer: boolean): void => {
  if (typeof part === 'string') into.add(part);
  else if (typeof part === 'object' && part !== null)
    for (const [key, value] of Object.entries(part)) {
      into.add(key);
      if (!(anyViewer && (key === 'viewerId' || key === 'who'))) collect(value, into, anyViewer);
    }
};

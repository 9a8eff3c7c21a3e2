import { createHash } from 'node:crypto';
import { keptId } from './person-id.ts';

/** The part of a request that invites, removes or assigns a person, or says who is the same one, with the ids it names; times as the ledger keeps them. */
export type Intent =
  | {
      readonly kind: 'book';
      readonly patientId: string;
      readonly clinicianId: string;
      readonly start: string;
      readonly end: string;
    }
  | {
      readonly kind: 'invite';
      readonly patientId: string;
      readonly consultationId: string;
      readonly personId: string;
      readonly capacity: string;
    }
  | {
      readonly kind: 'remove';
      readonly patientId: string;
      readonly consultationId: string;
      readonly personId: string;
    }
  | {
      readonly kind: 'assign';
      readonly patientId: string;
      readonly consultationId: string;
      readonly recordingId: string;
      readonly reviewerId: string;
      readonly until: string;
    }
  | {
      readonly kind: 'merge' | 'unmerge';
      /** The id that is merged. */
      readonly patientId: string;
      readonly survivingId: string;
    };

/** An intent with the ids as they stand in the request. */
export type Asked = Readonly<Record<string, string>>;

/** The mark of a request that neither invites, removes nor merges a person. */
export const NO_INTENT = '-';

const MARK_BYTES = 16;

/**
 * The mark that every event of a request carries. An event that invites or removes a person is believed only where its own ids give the
 * same mark: whatever code lies between request and event, it can't let in another person.
 */
export const markOf = (intent: Intent | undefined): string => {
  if (!intent) return NO_INTENT;
  return createHash('sha256')
    .update(JSON.stringify(partsOf(intent)))
    .digest()
    .subarray(0, MARK_BYTES)
    .toString('base64url');
};

const partsOf = (intent: Intent): readonly string[] => {
  const { kind, patientId } = intent;
  switch (kind) {
    case 'book':
      return [kind, patientId, intent.clinicianId, intent.start, intent.end];
    case 'invite':
      return [kind, patientId, intent.consultationId, intent.personId, intent.capacity];
    case 'remove':
      return [kind, patientId, intent.consultationId, intent.personId];
    case 'assign':
      return [kind, patientId, intent.consultationId, intent.recordingId, intent.reviewerId, intent.until];
    case 'merge':
    case 'unmerge':
      return [kind, patientId, intent.survivingId];
  }
};

type Raw = Readonly<Record<string, unknown>>;

const CONSULTATIONS = /^\/v1\/patients\/([^/]+)\/consultations$/;
const PARTICIPANTS = /^\/v1\/patients\/([^/]+)\/consultations\/([^/]+)\/participants$/;
const PARTICIPANT = /^\/v1\/patients\/([^/]+)\/consultations\/([^/]+)\/participants\/([^/]+)$/;
const REVIEWERS = /^\/v1\/patients\/([^/]+)\/consultations\/([^/]+)\/recordings\/([^/]+)\/reviewers$/;

const MERGE = /^\/v1\/patients\/([^/]+)\/(merge|unmerge)$/;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The form in which the ledger keeps times; a text that is no time stays as it is and fits no event. */
const time = (value: unknown): string => {
  const parsed = Date.parse(text(value));
  return Number.isNaN(parsed) ? text(value) : new Date(parsed).toISOString();
};

const decoded = (part = ''): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/**
 * What a raw request asks for, with the ids as they stand in it.
 * @param url as it stands in the request line
 * @param body as it was parsed, before any schema
 */
export const askedOf = (method: string, url: string, body: unknown): Asked | undefined => {
  const path = url.split('?', 1)[0] ?? '';
  const given: Raw = typeof body === 'object' && body !== null ? (body as Raw) : {};
  if (method === 'POST') {
    const [, patient] = CONSULTATIONS.exec(path) ?? [];
    if (patient !== undefined)
      return {
        kind: 'book',
        patientId: decoded(patient),
        clinicianId: text(given.clinicianId),
        start: time(given.scheduledStart),
        end: time(given.scheduledEnd),
      };
    const [, patientId, consultationId] = PARTICIPANTS.exec(path) ?? [];
    if (patientId !== undefined)
      return {
        kind: 'invite',
        patientId: decoded(patientId),
        consultationId: decoded(consultationId),
        personId: text(given.personId),
        capacity: text(given.capacity),
      };
    const [, ofPatient, inConsultation, recordingId] = REVIEWERS.exec(path) ?? [];
    if (ofPatient !== undefined)
      return {
        kind: 'assign',
        patientId: decoded(ofPatient),
        consultationId: decoded(inConsultation),
        recordingId: decoded(recordingId),
        reviewerId: text(given.reviewerId),
        until: time(given.until),
      };
    const [, merged, kind] = MERGE.exec(path) ?? [];
    if (merged !== undefined)
      return {
        kind: kind === 'merge' ? 'merge' : 'unmerge',
        patientId: decoded(merged),
        survivingId: text(given.survivingPatientId),
      };
  }
  if (method === 'DELETE') {
    const [, patientId, consultationId, personId] = PARTICIPANT.exec(path) ?? [];
    if (patientId !== undefined)
      return {
        kind: 'remove',
        patientId: decoded(patientId),
        consultationId: decoded(consultationId),
        personId: decoded(personId),
      };
  }
  return undefined;
};

const IDS_OF_PEOPLE: ReadonlySet<string> = new Set([
  ...['patientId', 'clinicianId', 'personId', 'reviewerId', 'survivingId'],
]);

/** The same with the ids that the ledger keeps: a person who was never heard of before has one only when the first event of theirs is about to be written. */
export const withKeptIds = (asked: Asked): Intent =>
  Object.fromEntries(
    Object.entries(asked).map(([field, value]) => [field, IDS_OF_PEOPLE.has(field) ? keptId(value) : value]),
  ) as unknown as Intent;

/** What a raw request asks for, with the ids that the ledger keeps. */
export const intentOf = (method: string, url: string, body: unknown): Intent | undefined => {
  const asked = askedOf(method, url, body);
  return asked && withKeptIds(asked);
};

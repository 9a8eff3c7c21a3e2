import { hash } from 'node:crypto';
import type { ErasureEvent } from '../../events/erasure-events.ts';
import type { Erasure } from '../../projections/erasure.ts';
import type { Block } from '../incidents/file/pages.ts';
import { shownForGood } from '../request/person-id.ts';
import { ErasureNotDone } from './errors.ts';

/** What an erasure did, to hand out; its fields in this order are what the digest is of. */
export type Certificate = {
  readonly erasureId: string;
  readonly patientId: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly approvedBy: string;
  readonly approvedAt: string;
  readonly begunAt: string;
  readonly erasedAt: string;
  readonly keyIds: readonly string[];
  readonly recordings: readonly { readonly recordingId: string; readonly sealed: boolean }[];
  readonly keyBackupsUntil: string;
};

type Done = Pick<Certificate, 'erasedAt' | 'keyIds' | 'recordings' | 'keyBackupsUntil'>;

/** @throws ErasureNotDone */
const certificate = (erasure: Erasure, { erasedAt, keyIds, recordings, keyBackupsUntil }: Done): Certificate => {
  const { erasureId, patientId, reason, requestedBy, requestedAt, approvedBy, approvedAt, begunAt } = erasure;
  if (approvedBy === undefined || approvedAt === undefined || begunAt === undefined)
    throw new ErasureNotDone(erasure.status);
  return {
    ...{ erasureId, patientId, reason, requestedBy, requestedAt, approvedBy, approvedAt, begunAt, erasedAt },
    keyIds: [...keyIds],
    recordings: recordings.map(({ recordingId, sealed }) => ({ recordingId, sealed })),
    keyBackupsUntil,
  };
};

/**
 * SHA-256 in hex of the certificate as JSON without white space, as it is handed out: with the ids that were issued, or with pseudonyms, where the ledger
 * keeps those; whose they are can be forgotten.
 */
export const digestOf = (of: Certificate): string => hash('sha256', JSON.stringify(shownForGood(of)), 'hex');

/** The event that is appended once nothing is left. @throws ErasureNotDone before it has begun */
export const erasedOf = (erasure: Erasure, done: Done): Extract<ErasureEvent, { type: 'SubjectErased' }>['data'] => {
  const made = certificate(erasure, done);
  const { erasureId, patientId, keyIds, recordings, erasedAt: at, keyBackupsUntil } = made;
  return {
    ...{ erasureId, patientId, keyIds: [...keyIds], recordings: [...recordings], at, keyBackupsUntil },
    digest: digestOf(made),
  };
};

/** The certificate of an erasure that is done, with its digest. @throws ErasureNotDone */
export const certificateOf = (erasure: Erasure): Certificate & { readonly digest: string } => {
  const { status, erasedAt, keyIds, recordings, keyBackupsUntil, digest } = erasure;
  if (!erasedAt || !keyIds || !recordings || !keyBackupsUntil || !digest) throw new ErasureNotDone(status);
  return { ...certificate(erasure, { erasedAt, keyIds, recordings, keyBackupsUntil }), digest };
};

const row = (label: string, value: string | number): Block => ({ kind: 'row', label, value: String(value) });

/** The certificate to print. */
export const certificateBlocks = (made: Certificate & { readonly digest: string }): readonly Block[] => {
  const inClear = made.recordings.filter(({ sealed }) => !sealed);
  return [
    { kind: 'title', text: 'Certificate of erasure' },
    {
      kind: 'text',
      text: `The recordings of patient ${made.patientId} were erased (GDPR, Article 17): every key that they were sealed under is destroyed, and every object is deleted.`,
    },
    { kind: 'heading', text: 'Who and when' },
    row('Erasure', made.erasureId),
    row('Reason', made.reason),
    row('Requested', `${made.requestedAt} by ${made.requestedBy}`),
    row('Approved', `${made.approvedAt} by ${made.approvedBy}`),
    row('Begun', made.begunAt),
    row('Erased', made.erasedAt),
    row('Back-ups of keys', `the last that can hold a key of theirs is to be gone by ${made.keyBackupsUntil}`),
    row('SHA-256', made.digest),
    { kind: 'heading', text: 'What' },
    row('Keys destroyed', made.keyIds.length),
    row('Recordings erased', made.recordings.length),
    row('Of these in clear', inClear.length),
    ...(inClear.length === 0
      ? []
      : [
          {
            kind: 'text',
            text: 'Recordings in clear were never sealed, or were erased before: copies of their objects in back-ups have to be removed by their own rules.',
          } as const,
        ]),
    { kind: 'section', text: 'Keys' },
    ...made.keyIds.map((keyId): Block => ({ kind: 'text', text: keyId })),
    { kind: 'section', text: 'Recordings' },
    ...made.recordings.map((one) => row(one.recordingId, one.sealed ? 'sealed' : 'in clear')),
    { kind: 'heading', text: 'What stays' },
    {
      kind: 'text',
      text: 'The record of who saw which recording when, and of this erasure, stays for as long as the law asks for it. It holds ids, and no content.',
    },
  ];
};

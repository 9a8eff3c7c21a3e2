import type { Schemas } from '../../../clients/typescript/client.ts';

export type HistoryRow = Schemas['HistoryRow'];
export type Kind = HistoryRow['kind'];

export const KINDS = [
  'shown',
  'opened',
  'refused',
  'played',
  'cleared',
  'flagged',
  'revoked',
  'suspended',
  'reinstated',
  'probing',
  'egress-prevented',
  'halted',
  'resumed',
  'quarantined',
  'released',
  'erased',
  'read',
  'exported',
  'audited',
  'unreadable',
  'created',
  'changed',
] as const satisfies readonly Kind[];
export const VERDICTS = ['cleared', 'flagged', 'pending'] as const;
export const SEVERITIES = ['critical', 'review'] as const;
export const PURPOSES = ['treatment', 'patient-request', 'emergency', 'operations', 'review'] as const;
export type Purpose = (typeof PURPOSES)[number];
const ORDERS = ['newest', 'oldest'] as const;

/** A question to the access history, as it stands in the address: a link asks the same again. */
export type Question = {
  readonly patientId?: string;
  readonly viewerId?: string;
  readonly recordingId?: string;
  readonly consultationId?: string;
  readonly release?: string;
  readonly kind?: Kind;
  readonly verdict?: (typeof VERDICTS)[number];
  readonly severity?: (typeof SEVERITIES)[number];
  readonly purpose?: Purpose;
  readonly entitled?: 'true' | 'false';
  readonly from?: string;
  readonly to?: string;
  /** A time, or a position of the log. */
  readonly asOf?: string;
  readonly rules?: 'current';
  readonly order?: (typeof ORDERS)[number];
};

const text = (value: unknown): string | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const trimmed = String(value).trim();
  return trimmed === '' ? undefined : trimmed;
};
const oneOf = <T extends string>(options: readonly T[], value: unknown): T | undefined =>
  options.find((option) => option === text(value));
const time = (value: unknown): string | undefined => {
  const at = Date.parse(text(value) ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};
const moment = (value: unknown): string | undefined =>
  /^\d{1,16}$/.test(text(value) ?? '') ? text(value) : time(value);

/** The question in an address; the parts that are none of a question, or have no value of it, are left out. */
export const questionIn = (search: Readonly<Record<string, unknown>>): Question =>
  present({
    patientId: text(search.patientId),
    viewerId: text(search.viewerId),
    recordingId: text(search.recordingId),
    consultationId: text(search.consultationId),
    release: text(search.release),
    kind: oneOf(KINDS, search.kind),
    verdict: oneOf(VERDICTS, search.verdict),
    severity: oneOf(SEVERITIES, search.severity),
    purpose: oneOf(PURPOSES, search.purpose),
    entitled: oneOf(['true', 'false'], search.entitled),
    from: time(search.from),
    to: time(search.to),
    asOf: moment(search.asOf),
    rules: oneOf(['current'], search.rules),
    order: oneOf(ORDERS, search.order),
  });

const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The rows of a question without when it is asked and how it is answered: an export has these in a way of its own. */
export const exportFilter = (question: Question): Schemas['ExportRequest']['filter'] => {
  const { asOf: _asOf, rules: _rules, order: _order, kind, entitled, ...rest } = question;
  return { ...rest, ...(kind && { kind: [kind] }), ...(entitled && { entitled: entitled === 'true' }) };
};

export const isPosition = (asOf: string): boolean => /^\d+$/.test(asOf);

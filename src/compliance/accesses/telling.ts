import { createHmac } from 'node:crypto';
import { type Consultation, capacityOf, type PatientLedger } from '../../consultations/evolve.ts';
import type { AccessRow } from './rows.ts';

/** How staff are called to a patient: by their role, by a name that means this person in this patient's list and nowhere else, or by their id. */
export type StaffDisclosure = { readonly by: 'role' | 'pseudonym' | 'name'; readonly secret: string | undefined };

/** Of each kind of row by itself. */
type Unnamed<Row> = Row extends unknown ? Omit<Row, 'viewerId'> : never;

/** A row as a patient may read it. `viewerId` is missing where staff are not called by it. */
export type ToldRow = Unnamed<AccessRow> & {
  readonly viewerId?: string;
  /** Who it was: `you`, or as the setting says. */
  readonly who: string;
  /** A service by itself, and no person. */
  readonly automated: boolean;
  /** Why, in plain words, as far as the ledger knows. */
  readonly reason: string;
  /** To compliance alone: a hold keeps it from the patient now. */
  readonly held?: true;
};

const ROLES_IN_WORDS: readonly (readonly [role: string, word: string])[] = [
  ['clinician', 'clinician'],
  ['compliance', 'compliance officer'],
  ['on-call', 'member of on-call'],
  ['service', 'automated service'],
  ['patient', 'another person'],
];
const PSEUDONYM_DIGITS = 10;

const roleOf = (roles: readonly string[]): string =>
  ROLES_IN_WORDS.find(([role]) => roles.includes(role))?.[1] ?? 'person of unknown role';

/** Whom a row is told to: the ids that are theirs, and the stream that the row is about as commands know it. */
export type Told = { readonly ids: readonly string[]; readonly ledger: PatientLedger | undefined };

/** @param isNamed for readers who may know: compliance */
export const toldTo = (row: AccessRow, to: Told, disclosure: StaffDisclosure, isNamed: boolean): ToldRow => {
  const { viewerId, viewerRoles } = row;
  const isOwn = to.ids.includes(viewerId);
  const { viewerId: _, ...rest } = row;
  const said = {
    automated: viewerRoles.includes('service') && row.kind !== 'played',
    reason: reasonOf(row, to),
  };
  if (isOwn || isNamed || disclosure.by === 'name')
    return { ...rest, viewerId, who: isOwn ? 'you' : viewerId, ...said };
  const role = roleOf(viewerRoles);
  return { ...rest, who: disclosure.by === 'role' ? role : `${role} ${pseudonymOf(row, disclosure)}`, ...said };
};

const pseudonymOf = ({ patientId, viewerId }: AccessRow, { secret }: StaffDisclosure): string => {
  // Configuration does not begin without it; ids can be guessed, so that without a secret this were their name.
  if (secret === undefined) throw new Error('pseudonyms need a secret');
  const text = JSON.stringify([patientId, viewerId]);
  return createHmac('sha256', secret).update(text).digest('hex').slice(0, PSEUDONYM_DIGITS);
};

const forWhom = ({ viewerId, onBehalfOf }: Extract<AccessRow, { kind: 'audited' }>, own: readonly string[]): string => {
  if (onBehalfOf === undefined || onBehalfOf === viewerId) return '';
  return own.includes(onBehalfOf) ? ', for you,' : `, for ${onBehalfOf},`;
};

const reasonOf = (row: AccessRow, { ids: own, ledger }: Told): string => {
  const consultations: ReadonlyMap<string, Consultation> = ledger?.consultations ?? new Map();
  if (row.kind === 'audited') return `read${forWhom(row, own)} who had access to your consultations`;
  const ids = row.kind === 'shown' ? row.consultationIds : [row.consultationId];
  const known = ids.flatMap((id) => consultations.get(id) ?? []);
  const where = placeOf(known, row.kind === 'shown' ? ids.length : 1);
  if (own.includes(row.viewerId)) return 'yourself';
  // Not "yourself": a person whose id was merged in error reads this, too.
  if (row.viewerId === ledger?.mergedInto) return `on record as the same person as you, and so looked at ${where}`;
  if (row.kind === 'refused') return `asked for a recording of ${where}, and was refused`;
  if (row.kind === 'opened' && row.purpose === 'emergency')
    return `declared an emergency to open a recording of ${where}`;
  if (row.kind === 'opened' && row.purpose === 'review' && row.verdict !== 'flagged')
    return `was assigned to review a recording of ${where}`;
  // The verdict of the time stands, also for a viewer who was invited since.
  if (row.kind === 'opened' && row.verdict === 'flagged')
    return `opened a recording of ${where}: it was found not to be theirs to see`;
  const [first] = known;
  const isTheSame =
    first !== undefined && known.every((one) => partIn(one, row.viewerId) === partIn(first, row.viewerId));
  const part = isTheSame ? partIn(first, row.viewerId) : 'participant in';
  return part === undefined ? `takes no part in ${where}` : `${part} ${where}`;
};

const partIn = (consultation: Consultation, viewerId: string): string | undefined => {
  const capacity = capacityOf(consultation, viewerId);
  if (capacity === 'clinician') return 'booked clinician of';
  const part = capacity ?? (consultation.formerGuests.has(viewerId) ? 'former participant' : undefined);
  return part && `${part} in`;
};

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

const placeOf = (consultations: readonly Consultation[], count: number): string => {
  if (count > 1) return `${count} of your consultations`;
  const [one] = consultations;
  return one
    ? `your consultation on ${day.format(new Date(one.scheduledStart))}`
    : 'a consultation that is not on record';
};

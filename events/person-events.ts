import { z } from 'zod';
import type { EventOf } from './event.ts';
import { isSealed, sealed } from './sealed.ts';
import { Id, Sha256Hex, UtcTime } from './values.ts';

/** A value that can be compared and not be read: HMAC-SHA256 of it under a secret of this organisation. */
export const FactKey = Sha256Hex;
/** How many people bear a surname: at most 0.1 %, at most 1 %, or more. A name that many bear says nothing. */
export const SurnameShare = z.enum(['rare', 'uncommon', 'common']);
export type SurnameShare = z.infer<typeof SurnameShare>;

/** So many relatives, or people a guardian stands for, are more than any person has. */
const relatives = z.array(Id).max(50);

export const Employment = z.object({
  employeeId: Id.optional(),
  departmentKey: Id.optional(),
  /** The personId of the manager. */
  managerId: Id.optional(),
  startedAt: UtcTime.optional(),
  endedAt: UtcTime.optional(),
});

/** Facts about a person, of staff and of patients; everything is optional, and pseudonymous. */
export const PersonFacts = z.object({
  employment: Employment.optional(),
  /** The patientId under which a member of staff is a patient. */
  asPatientId: Id.optional(),
  householdKey: FactKey.optional(),
  surnameKey: FactKey.optional(),
  surnameShare: SurnameShare.optional(),
  streetKey: FactKey.optional(),
  kinOf: relatives.optional(),
  guardianOf: relatives.optional(),
  /** 1: known to many. 2: each access by others than the care team is critical. */
  vip: z.literal([0, 1, 2]).optional(),
  deceasedAt: UtcTime.optional(),
  dischargedAt: UtcTime.optional(),
});
export type PersonFacts = Readonly<z.infer<typeof PersonFacts>>;

/** The facts that are asked for where no key is at hand: whether a person is employed then, and which patient a member of staff is. Ids and times. */
const StaffFacts = PersonFacts.pick({ employment: true, asPatientId: true });
type StaffFacts = Readonly<z.infer<typeof StaffFacts>>;

/** Facts about a person that rules compare, on `person-<personId>`. */
export const personEvents = {
  /** All that is known from now on; what a later one leaves out is not known any more. */
  PersonFactsStated: z.object({
    personId: Id,
    /** When the facts were so, by the system that states them. */
    asOf: UtcTime,
    facts: sealed(PersonFacts, 'personId'),
    /** The same again in clear, of a person who is staff. Missing in older events, whose facts are all in clear. */
    staff: StaffFacts.optional(),
  }),
};

export type PersonEvent = EventOf<typeof personEvents>;
type Stated = Extract<PersonEvent, { type: 'PersonFactsStated' }>['data'];

/** A person as staff, without a key. */
export const staffFactsIn = ({ facts, staff }: Pick<Stated, 'facts' | 'staff'>): StaffFacts =>
  staff ?? (isSealed(facts) ? {} : { employment: facts.employment, asPatientId: facts.asPatientId });

import { z } from 'zod';
import { Employment, FactKey, PersonFacts } from '../../events/person-events.ts';
import { UtcTime } from '../../events/values.ts';
import { Time } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';

export const PersonParams = z.strictObject({ personId: GivenPersonId });

const value = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => /[\p{L}\p{N}]/u.test(text), { error: 'must have a letter or a digit' });
const relatives = z.array(GivenPersonId).max(50);
const { surnameShare, householdKey: _, surnameKey: __, streetKey: ___, ...others } = PersonFacts.shape;

/** Either as a value, which is made a key here and not kept, or as a key of the caller's own making. */
export const FactsBody = z
  .strictObject({
    asOf: Time.describe('when the facts were so'),
    facts: z.strictObject({
      ...others,
      employment: Employment.extend({
        managerId: GivenPersonId.optional(),
        startedAt: Time.optional(),
        endedAt: Time.optional(),
      })
        .strict()
        .optional(),
      asPatientId: GivenPersonId.optional(),
      kinOf: relatives.optional(),
      guardianOf: relatives.optional(),
      deceasedAt: Time.optional(),
      dischargedAt: Time.optional(),
      surname: value.optional().describe('kept as a key alone'),
      street: value.optional().describe('street, number and place; kept as a key alone'),
      household: value.optional().describe('the same text for all of a household; kept as a key alone'),
      surnameKey: FactKey.optional(),
      streetKey: FactKey.optional(),
      householdKey: FactKey.optional(),
      surnameShare: surnameShare.describe('`rare`: of at most 0.1 % of people; `uncommon`: at most 1 %; `common`'),
    }),
  })
  .refine(({ facts }) => !(facts.surname && facts.surnameKey), {
    path: ['facts', 'surname'],
    error: 'and surnameKey say the same twice: send one of them',
  })
  .refine(({ facts }) => !(facts.street && facts.streetKey), {
    path: ['facts', 'street'],
    error: 'and streetKey say the same twice: send one of them',
  })
  .refine(({ facts }) => !(facts.household && facts.householdKey), {
    path: ['facts', 'household'],
    error: 'and householdKey say the same twice: send one of them',
  })
  .meta({ id: 'PersonFactsStatement' });
export type FactsBody = z.output<typeof FactsBody>;

export const PersonSchema = z
  .object({
    personId: PersonId,
    asOf: UtcTime,
    facts: PersonFacts.describe('of a person who was erased, those of staff alone'),
  })
  .meta({ id: 'Person' });

export const NameSchema = z.object({ personId: PersonId, name: z.string().min(1).max(200) }).meta({ id: 'PersonName' });

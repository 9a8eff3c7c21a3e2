import { z } from 'zod';
import { ReasonCode } from '../../../events/values.ts';
import { GivenPersonId, PersonId } from '../../request/person-id.ts';

const survivingPatientId = GivenPersonId.describe('the id under which this person is known from now on');

export const MergeBody = z.strictObject({ survivingPatientId }).meta({ id: 'PatientMerge' });
export const UnmergeBody = z.strictObject({ survivingPatientId, reason: ReasonCode }).meta({ id: 'PatientUnmerge' });

export const PatientIdentitySchema = z
  .object({
    patientId: PersonId,
    mergedInto: PersonId.nullable().describe('the id that survives this one; null where this one does'),
    merged: z.array(PersonId).describe('the ids that were merged into this one'),
    revision: z.int(),
  })
  .meta({ id: 'PatientIdentity' });

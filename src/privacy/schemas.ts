import { z } from 'zod';
import { HoldReason, HoldRequest } from '../../events/privacy-events.ts';
import { Id } from '../../events/values.ts';
import { paging, Time } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';
import { LONGEST_HOLD_DAYS } from './decide.ts';

export const NotificationsBody = z.strictObject({ notify: z.boolean() }).meta({ id: 'AccessNotificationsChoice' });
export const NotificationsSchema = z
  .object({
    notify: z.boolean().describe('whether the patient is told at once of each access to their recordings'),
    chosen: z.boolean().describe('false: `ACCESS_NOTIFICATIONS_DEFAULT` stands'),
  })
  .meta({ id: 'AccessNotifications' });

export const PatientParams = z.strictObject({ patientId: GivenPersonId });
export const HoldParams = z.strictObject({ patientId: GivenPersonId, holdId: Id });
export const HoldBody = z
  .strictObject({
    reason: HoldReason,
    request: HoldRequest.default('oral').describe(
      `how it was asked for; by word of mouth it holds for ${LONGEST_HOLD_DAYS.oral} days at most (45 CFR 164.528(a)(2)(ii)), in writing for ${LONGEST_HOLD_DAYS.written}`,
    ),
    viewerId: GivenPersonId.optional().describe(
      'whose accesses are kept from the patient; without it those of everyone else',
    ),
    until: Time,
  })
  .meta({ id: 'AccessHoldRequest' });
export const HoldList = z.strictObject(paging(z.int().nonnegative()));

export const HoldSchema = z
  .object({
    holdId: Id,
    patientId: PersonId,
    reason: HoldReason,
    request: HoldRequest,
    viewerId: PersonId.optional(),
    until: z.iso.datetime(),
    status: z.enum(['in-force', 'over', 'lifted']),
    placedBy: PersonId,
    liftedBy: PersonId.optional(),
  })
  .meta({ id: 'AccessHold' });
export const HoldListSchema = z
  .object({ items: z.array(HoldSchema), next: z.string().nullable() })
  .meta({ id: 'AccessHoldPage' });

import { z } from 'zod';
import { GuestCapacity, Id, Medium, MissedBy, ProviderId, ReasonCode } from '../../events/values.ts';
import { paging, Time } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';
import type { ListQuery } from './list.ts';

/** Longer than any consultation; a slip in a year must not block a diary until then. */
const LONGEST_MS = 24 * 3_600_000;

type Schedule = { scheduledStart: string; scheduledEnd: string };
const schedule = { scheduledStart: Time, scheduledEnd: Time };
const endsAfterStart = ({ scheduledStart, scheduledEnd }: Schedule) => scheduledEnd > scheduledStart;
const isShort = ({ scheduledStart, scheduledEnd }: Schedule) =>
  Date.parse(scheduledEnd) - Date.parse(scheduledStart) <= LONGEST_MS;
const afterStart = { path: ['scheduledEnd'], error: 'must be after scheduledStart' };
const withinADay = { path: ['scheduledEnd'], error: 'must be at most 24 hours after scheduledStart' };

export const BookBody = z
  .strictObject({ clinicianId: GivenPersonId, ...schedule, medium: Medium })
  .refine(endsAfterStart, afterStart)
  .refine(isShort, withinADay)
  .meta({ id: 'Booking' });
export const RescheduleBody = z
  .strictObject(schedule)
  .refine(endsAfterStart, afterStart)
  .refine(isShort, withinADay)
  .meta({ id: 'Rescheduling' });
export const CancelBody = z.strictObject({ reasonCode: ReasonCode }).meta({ id: 'Cancellation' });
export const NoBody = z.strictObject({}).meta({ id: 'Nothing' }).optional();
export const NoShowBody = z.strictObject({ by: MissedBy }).meta({ id: 'NoShow' });
export const InviteBody = z
  .strictObject({ personId: GivenPersonId, capacity: GuestCapacity })
  .meta({ id: 'Invitation' });
const deviceId = ProviderId.optional().describe(
  'one of several devices of this person, as the app or the media server calls it',
);
export const JoinBody = z
  .strictObject({ mediaSessionId: ProviderId, personId: GivenPersonId.optional(), deviceId })
  .meta({ id: 'Joining' });
export const LeaveBody = z
  .strictObject({ personId: GivenPersonId.optional(), deviceId })
  .meta({ id: 'Leaving' })
  .optional();
export const ConsentBody = z
  .strictObject({ given: z.boolean(), personId: GivenPersonId.optional() })
  .meta({ id: 'Consent' });

export const PatientParams = z.strictObject({ patientId: GivenPersonId });
export const ConsultationParams = z.strictObject({ patientId: GivenPersonId, consultationId: Id });
export const ParticipantParams = z.strictObject({
  patientId: GivenPersonId,
  consultationId: Id,
  personId: GivenPersonId,
});

const Status = z.enum(['booked', 'completed', 'cancelled', 'missed']);

const Statuses = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(Status))
  .describe('one or several, comma-separated');

export const ListParams = z.strictObject({
  status: Statuses.optional(),
  medium: Medium.optional(),
  clinicianId: GivenPersonId.optional(),
  participantId: GivenPersonId.optional().describe('a person who takes part, in whatever capacity'),
  recorded: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('whether it has a recording that is not erased'),
  from: Time.optional(),
  to: Time.optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  ...paging(z.tuple([z.iso.datetime(), Id])),
});

export const ClinicianParams = z.strictObject({ clinicianId: GivenPersonId });

/** Which stretch of time: a week from now on where nothing else is said. */
export const AvailabilityParams = z.strictObject({ from: Time.optional(), to: Time.optional() });

const Stretches = z.array(z.object({ start: z.iso.datetime(), end: z.iso.datetime() }));
export const AvailabilityAnswer = z
  .object({
    clinicianId: PersonId,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    busy: Stretches.describe('when a booking would be `slot-taken`'),
    free: Stretches.describe('the rest; the ledger knows no hours of work'),
  })
  .meta({ id: 'Availability' });

export const listQuery = ({ cursor, ...query }: z.output<typeof ListParams>): ListQuery => ({
  ...query,
  after: cursor && { start: cursor[0], consultationId: cursor[1] },
});

/** A consultation as it is answered. */
const ListedAnswer = z
  .object({
    consultationId: Id,
    patientId: PersonId,
    clinicianId: PersonId,
    scheduledStart: z.iso.datetime(),
    scheduledEnd: z.iso.datetime(),
    medium: Medium,
    status: Status,
    participants: z.array(
      z.object({ personId: PersonId, capacity: z.enum(['patient', 'clinician', ...GuestCapacity.options]) }),
    ),
    recordings: z.array(
      z.object({
        recordingId: Id,
        bytes: z.int(),
        contentType: z.string(),
        durationSeconds: z.number().nullable(),
        state: z.enum(['available', 'quarantined', 'erased']),
        erasedFor: z
          .enum(['subject-erasure', 'retention'])
          .optional()
          .describe(
            'why it was erased: the patient was, or its time was over; missing where compliance erased it for a reason of its own',
          ),
      }),
    ),
  })
  .meta({ id: 'ListedConsultation' });
export const ConsultationAnswerSchema = ListedAnswer.extend({ revision: z.int() }).meta({ id: 'Consultation' });
export const ScheduledAnswerSchema = ConsultationAnswerSchema.extend({
  warnings: z
    .array(z.enum(['patient-elsewhere']))
    .optional()
    .describe('`patient-elsewhere`: the patient has another consultation at that time'),
}).meta({ id: 'ScheduledConsultation' });
export const ListAnswerSchema = z
  .object({
    items: z.array(ListedAnswer),
    next: z.string().nullable(),
    revision: z.int().optional(),
  })
  .meta({ id: 'ConsultationPage' });

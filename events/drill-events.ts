import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ReasonCode, UtcTime } from './values.ts';

/** What the ids of the synthetic people of drills begin with, and those of no other person: a booking cannot name one. */
export const DRILL_PREFIX = 'drill-';
const PERSON = new RegExp(`^${DRILL_PREFIX}([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[a-z]+[0-9]*$`);

/** @param name one of the drill, in small letters with or without a number: `patient2` */
export const drillPersonId = (drillId: string, name: string): string => `${DRILL_PREFIX}${drillId}-${name}`;

/** The drill that a person may be of, by their id alone; undefined for every other person. Only its own stream says that there is such a drill. */
export const drillIdIn = (personId: string | undefined): string | undefined => PERSON.exec(personId ?? '')?.[1];

/** The drill whose alone something is: its viewer is of it, and so is the patient where there is one. As far as their ids tell. */
export const drillAlone = (data: object): string | undefined => {
  const { viewerId, patientId } = data as { readonly viewerId?: string; readonly patientId?: string };
  const drillId = drillIdIn(viewerId);
  return patientId === undefined || drillIdIn(patientId) === drillId ? drillId : undefined;
};

const drill = { drillId: Id };
const count = z.int().nonnegative();

/** One drill, on `drill-<drillId>`: from the request to its report. Times are the writer's. */
export const drillEvents = {
  DrillRequested: z.object({
    ...drill,
    /** How many synthetic patients it has. */
    patients: z.int().positive(),
    /** So long after it is begun there has to have been a page and an acknowledgement. */
    limitMinutes: z.int().positive(),
    requestedBy: Id,
    at: UtcTime,
  }),
  /** A second person let it begin; from here on, and until its report, a policy that is wrong for its people alone is asked. */
  DrillBegan: z.object({ ...drill, begunBy: Id, at: UtcTime, until: UtcTime }),
  /** Its views were asked for. */
  DrillCarriedOut: z.object({
    ...drill,
    views: z.array(
      z.object({
        viewId: Id,
        patientId: Id,
        recordingId: Id,
        /** `withheld` by the second key, as it should be; `opened`: neither key stopped it; `unanswered`: no verdict came in time. */
        outcome: z.enum(['withheld', 'opened', 'unanswered']),
      }),
    ),
    /** Of recordings whose content could be fetched. */
    bytesLeaked: count,
    /** Answers with consultations of its patients that the second key kept from its viewer, and those that it let pass. */
    egressPrevented: count,
    egressPassed: count,
    at: UtcTime,
  }),
  /** How it went; nothing more is measured. */
  DrillReported: z.object({
    ...drill,
    outcome: z.enum(['passed', 'failed']),
    /** Why it failed. */
    reasons: z.array(ReasonCode),
    incidentId: Id.optional(),
    views: count,
    flagged: count,
    bytesLeaked: count,
    egressPrevented: count,
    /** From the record of a view to the record of its breach, the slowest. */
    detectionMs: count.optional(),
    /** From the first breach of the incident on: until its first page was taken, a person took it on, it was contained. */
    pageMs: count.optional(),
    acknowledgementSeconds: count.optional(),
    containmentSeconds: count.optional(),
    /** Whether the breach file of the incident could be made, and how long that took. */
    breachFileMs: count.optional(),
    at: UtcTime,
  }),
};

/** When drills are due, on `drills`. */
export const drillScheduleEvents = {
  /** From now on one is due every so many days; 0: none is. */
  DrillsScheduled: z.object({ everyDays: count, at: UtcTime }),
  /** None was begun when one was due; the incident about it was opened before. */
  DrillMissed: z.object({ dueAt: UtcTime, incidentId: Id, at: UtcTime }),
};

export type DrillEvent = EventOf<typeof drillEvents>;
export type DrillScheduleEvent = EventOf<typeof drillScheduleEvents>;

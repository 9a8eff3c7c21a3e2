import { z } from 'zod';
import type { EventOf } from './event.ts';
import { sealed } from './sealed.ts';
import { Id, ReasonCode, Severity, Sha256Hex, UtcTime } from './values.ts';

/** The longest text of a note, in characters. */
export const NOTE_MAX = 500;

/**
 * What the breaches of an incident have in common: one release under which they happened, one viewer, one patient, one drill; or nothing but
 * their rule. `operations`: the incident is about the ledger's own work, and has no breaches.
 */
export const IncidentKind = z.enum(['release', 'viewer', 'patient', 'rule', 'drill', 'operations']);
export type IncidentKind = z.infer<typeof IncidentKind>;

/** What a breach turned out to be. */
export const Resolution = z.enum(['confirmed', 'authorised', 'explained', 'false-positive', 'drill']);
export type Resolution = z.infer<typeof Resolution>;

export const ContainmentScope = z.enum(['views', 'viewer', 'recording', 'release', 'all']);
export type ContainmentScope = z.infer<typeof ContainmentScope>;

/** A factor of 45 CFR 164.402(2). */
const Factor = z.enum(['low', 'medium', 'high']);

/** A page to be sent: through which channel of the policy, and for which of its targets. */
const page = z.object({ pageId: Id, channel: Id, target: Id });

const incident = { incidentId: Id };

/** What an incident is called by all that groups breaches: `viewer:<viewerId>`. */
const GroupKey = z.string().min(1).max(300);

const attached = {
  breachId: Id,
  severity: Severity,
  rule: ReasonCode,
  viewerId: Id.optional(),
  patientId: Id.optional(),
  recordingId: Id.optional(),
  appVersion: z.string(),
};

/** One incident, on `incident-<incidentId>`: what on-call works on, from the first breach of its group to its close. Times are the writer's. */
export const incidentEvents = {
  IncidentOpened: z.object({
    ...incident,
    kind: IncidentKind,
    key: GroupKey,
    severity: Severity,
    at: UtcTime,
    /** The drill that it is part of: it counts in no register. */
    drillId: Id.optional(),
    /** Why there is an incident without a breach. */
    reason: ReasonCode.optional(),
    /** The incident whose breaches were split off into this one. */
    splitFrom: Id.optional(),
  }),
  BreachAttached: z.object({
    ...incident,
    ...attached,
    at: UtcTime,
    /** Whether it is the first of its viewer and of its patient in this incident. */
    newViewer: z.boolean(),
    newPatient: z.boolean(),
    /** The incident that it was part of before. */
    from: Id.optional(),
  }),
  /** It is part of another incident now. */
  BreachDetached: z.object({
    ...incident,
    breachId: Id,
    to: Id,
    lastOfViewer: z.boolean(),
    lastOfPatient: z.boolean(),
  }),
  /** More has the same cause than it looked like: what began as one viewer's is a release's. */
  IncidentWidened: z.object({ ...incident, kind: IncidentKind, key: GroupKey }),
  /** Its breaches are part of another incident now, and it ends here. */
  IncidentMerged: z.object({ ...incident, into: Id }),
  SeverityRaised: z.object({ ...incident, severity: Severity, at: UtcTime }),

  /** A step of the policy was taken: these pages are to be sent, and the next step is due then. Without a time no step follows. */
  IncidentEscalated: z.object({
    ...incident,
    policy: Id,
    /** Place in the policy's list, and how often the list was gone through before; both from 0. */
    step: z.int().nonnegative(),
    loop: z.int().nonnegative(),
    pages: z.array(page),
    /** When it was due: `at` is later where no instance was there. */
    due: UtcTime,
    at: UtcTime,
    deadline: UtcTime.optional(),
    /** Of a digest: how many incidents these pages tell of. */
    tellsOf: z.int().positive().optional(),
    /** The incident whose pages tell of this one too, which needs none then. */
    toldBy: Id.optional(),
  }),
  /** An instance is about to send a message: none of an incident that was acknowledged before this event. */
  PageAttempted: z.object({
    ...incident,
    /** Of the message: a page, or news of the incident to a receiver that was paged. */
    messageId: Id,
    pageId: Id,
    channel: Id,
    action: z.enum(['trigger', 'acknowledge', 'resolve']),
    /** 1 is the first. */
    attempt: z.int().positive(),
    instance: Id,
    at: UtcTime,
  }),
  PageDelivered: z.object({
    ...incident,
    messageId: Id,
    channel: Id,
    attempt: z.int().positive(),
    at: UtcTime,
    status: z.int().optional(),
  }),
  PageFailed: z.object({
    ...incident,
    messageId: Id,
    channel: Id,
    attempt: z.int().positive(),
    at: UtcTime,
    why: Id,
    code: Id.optional(),
    status: z.int().optional(),
    fate: z.enum(['due', 'given-up']),
    dueAt: UtcTime.optional(),
    /** A page through another channel, to be sent beside the one that failed. */
    instead: page.optional(),
  }),

  IncidentAcknowledged: z.object({
    ...incident,
    by: Id,
    at: UtcTime,
    /** Where it was acknowledged: a channel, for one that came back from a receiver. */
    via: Id,
    /** Until when there has to be a step; after that the escalation continues. */
    lapsesAt: UtcTime.optional(),
  }),
  /** It was acknowledged, and nothing followed. */
  AcknowledgementLapsed: z.object({ ...incident, at: UtcTime }),
  IncidentAssigned: z.object({ ...incident, assigneeId: Id }),
  NoteAdded: z.object({
    ...incident,
    noteId: Id,
    code: ReasonCode,
    text: sealed(z.string().min(1).max(NOTE_MAX), 'author').optional(),
  }),
  ContainmentTaken: z.object({
    ...incident,
    scope: ContainmentScope,
    at: UtcTime,
    reason: ReasonCode.optional(),
    /** What it stopped. */
    views: z.int().nonnegative(),
    transfers: z.int().nonnegative(),
    viewers: z.int().nonnegative(),
    recordings: z.int().nonnegative(),
    releases: z.array(z.string()),
    /** The policy that took it by itself. */
    policy: Id.optional(),
  }),
  /** From when on the controller is aware of a breach of personal data: clocks of the law begin here. */
  AwarenessDeclared: z.object({ ...incident, awareAt: UtcTime, basis: ReasonCode }),
  AssessmentRecorded: z.object({
    ...incident,
    risk: z.enum(['none', 'risk', 'high']),
    factors: z.object({ nature: Factor, recipient: Factor, acquired: Factor, mitigation: Factor }).optional(),
  }),
  AuthorityNotified: z.object({
    ...incident,
    authority: ReasonCode,
    phase: z.enum(['initial', 'further', 'final']),
    reference: Id.optional(),
    at: UtcTime,
  }),
  PeopleNotified: z.object({ ...incident, count: z.int().nonnegative(), digest: Sha256Hex.optional(), at: UtcTime }),
  /** A clock of the law ran out, and what it is for is not on record. */
  ClockRanOut: z.object({ ...incident, clock: ReasonCode, dueAt: UtcTime }),
  IncidentClosed: z.object({
    ...incident,
    /** Of every breach that is not among the exceptions. */
    resolution: Resolution,
    except: z.array(z.object({ breachId: Id, resolution: Resolution })),
    at: UtcTime,
  }),
  IncidentReopened: z.object({ ...incident, reason: ReasonCode, at: UtcTime }),
};

/** Which breach is part of which incident, on `grouping`: one stream, so that instances that group at the same time agree. */
export const groupingEvents = {
  BreachGrouped: z.object({
    ...attached,
    ...incident,
    key: GroupKey,
    kind: IncidentKind,
    at: UtcTime,
    drillId: Id.optional(),
    /** Incidents that turned out to have the same cause, and become part of this one. */
    absorbs: z.array(Id).optional(),
  }),
  /** The incident was closed or merged away: a breach that would have joined it begins another one. */
  GroupEnded: z.object({ ...incident, at: UtcTime }),
  /** By hand. */
  GroupMerged: z.object({ ...incident, into: Id }),
  BreachesMoved: z.object({ ...incident, to: Id, breachIds: z.array(Id).min(1) }),
};

export type IncidentEvent = EventOf<typeof incidentEvents>;
export type GroupingEvent = EventOf<typeof groupingEvents>;

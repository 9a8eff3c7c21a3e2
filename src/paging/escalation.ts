import type { IncidentEvent } from '../../events/incident-events.ts';
import { type Incident, isOver, type Page } from '../../projections/incident.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import { ackDeadline, type Policy, type Target } from './policy.ts';
import { afterQuiet, nextEnd, onCall } from './schedule.ts';

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>['data'];
type Place = { readonly step: number; readonly loop: number };

/** What an incident comes to if no person does anything, and when, in milliseconds since the epoch. */
export type Due = (({ readonly what: 'step' } & Place) | { readonly what: 'lapse' }) & { readonly at: number };

/** What an instance knows beside the incident and the policy. */
export type Known = {
  readonly now: number;
  /** Channels whose receiver fails: the next channel is taken with them. */
  readonly failing?: ReadonlySet<string>;
  readonly digest?: Digest | undefined;
};

/** How the pages of several incidents become one. */
export type Digest = {
  /** Of them, this one included. */
  readonly incidents: number;
  /** The incident whose pages tell of all; undefined where this one's do. */
  readonly toldBy?: string | undefined;
};

const iso = (ms: number) => new Date(ms).toISOString();

/** Where no page can be sent at all, incidents are on the desk alone. */
const canPage = ({ channels }: Policy) => Object.keys(channels).length > 0;

/** The deadline of an incident, from its own events and the policy alone: after a restart it is the same. */
export const nextDue = (incident: Incident, policy: Policy): Due | undefined => {
  if (isOver(incident)) return undefined;
  const { status, acknowledged, escalation, severity } = incident;
  if (status === 'acknowledged')
    return acknowledged?.lapsesAt === undefined ? undefined : { what: 'lapse', at: Date.parse(acknowledged.lapsesAt) };
  if (status !== 'new' || !canPage(policy)) return undefined;
  const [openedAt, newAt] = [Date.parse(incident.openedAt), Date.parse(incident.newAt)];
  const isLapsed = escalation !== undefined && Date.parse(escalation.at) < newAt;
  if (escalation && !isLapsed)
    return escalation.deadline === undefined
      ? undefined
      : { what: 'step', ...following(policy, severity, escalation), at: Date.parse(escalation.deadline) };
  const base = Math.max(openedAt + policy.groupWindowMs, newAt);
  if (severity === 'review') return { what: 'step', step: 0, loop: 0, at: afterQuiet(policy.review.quiet, base) };
  if (escalation) return { what: 'step', ...following(policy, severity, escalation), at: newAt };
  return { what: 'step', step: 0, loop: 0, at: base + (policy.steps[0]?.afterMs ?? 0) };
};

/**
 * What a deadline that has come leads to. An acknowledgement that lapses is followed by the next step in the same append; a step without a
 * person or a channel is passed over.
 */
export const decide = (incident: Incident | undefined, policy: Policy, known: Known): IncidentEvent[] => {
  const { now } = known;
  const due = incident && nextDue(incident, policy);
  if (!incident || !due || due.at > now) return [];
  const { incidentId } = incident;
  if (due.what === 'lapse') {
    const at = iso(now);
    const lapsed: IncidentEvent = { type: 'AcknowledgementLapsed', data: { incidentId, at } };
    return [lapsed, ...decide({ ...incident, status: 'new', newAt: at }, policy, known)];
  }
  return incident.severity === 'review'
    ? [reviewed(incident, policy, due, known)]
    : stepped(incident, policy, due, known);
};

/** A person took it on: every page stops that was not sent. One that was taken on, or is over, stays as it is. */
export const acknowledge = (
  incident: Incident,
  { by, via, now }: { readonly by: string; readonly via: string; readonly now: number },
  policy: Pick<Policy, 'acknowledgementMs'>,
): IncidentEvent[] => {
  const { incidentId, status } = incident;
  if (status !== 'new') return [];
  return [
    { type: 'IncidentAcknowledged', data: { incidentId, by, via, at: iso(now), lapsesAt: ackDeadline(policy, now) } },
  ];
};

/** The place after one; a loop beyond the last is a reminder. */
const following = ({ steps, loops }: Policy, severity: Incident['severity'], { step, loop }: Place): Place => {
  if (severity === 'review') return { step: 0, loop: loop + 1 };
  return loop < loops && step + 1 < steps.length ? { step: step + 1, loop } : { step: 0, loop: loop + 1 };
};

const pauseAfter = (
  { steps, loops, repeatAfterMs, remindEveryMs }: Policy,
  { step, loop }: Place,
  next: Place,
): number => {
  if (next.loop >= loops) return remindEveryMs;
  const [taken = 0, coming = 0] = [steps[step]?.afterMs, steps[next.step]?.afterMs];
  return next.loop > loop ? repeatAfterMs - taken + coming : coming - taken;
};

const stepped = (
  incident: Incident,
  policy: Policy,
  due: Place & { readonly at: number },
  known: Known,
): IncidentEvent[] => {
  const { now } = known;
  const events: IncidentEvent[] = [];
  const { steps, loops, remindEveryMs } = policy;
  let [place, dueAt]: [Place, number] = [due, due.at];
  for (;;) {
    const isReminder = place.loop >= loops;
    const targets = isReminder ? steps.flatMap((step) => step.targets) : (steps[place.step]?.targets ?? []);
    const pages = pagesTo(incident, policy, targets, place, known);
    const next = following(policy, incident.severity, place);
    const isPassedOver = pages.length === 0 && !isReminder && events.length + 1 < steps.length;
    // After a round in which there was no person to page, there may be one later.
    const pause = pages.length === 0 ? remindEveryMs : pauseAfter(policy, place, next);
    const deadline = isPassedOver ? now : now + pause;
    events.push(
      escalated(incident, policy, { ...place, pages, due: iso(dueAt), at: iso(now), deadline: iso(deadline) }),
    );
    if (!isPassedOver) return events;
    [place, dueAt] = [next, now];
  }
};

const reviewed = (
  incident: Incident,
  policy: Policy,
  { step, loop, at: dueAt }: Place & { readonly at: number },
  known: Known,
): IncidentEvent => {
  const { now, digest: { incidents, toldBy } = { incidents: 1 } as Digest } = known;
  const { targets, quiet } = policy.review;
  const pages = toldBy === undefined ? pagesTo(incident, policy, targets, { step, loop }, known) : [];
  const deadline = quiet ? nextEnd(quiet, now) : now + policy.remindEveryMs;
  return escalated(incident, policy, {
    ...{ step, loop, pages, due: iso(dueAt), at: iso(now), deadline: iso(deadline) },
    ...(toldBy !== undefined && { toldBy }),
    ...(toldBy === undefined && incidents > 1 && { tellsOf: incidents }),
  });
};

const escalated = (
  { incidentId }: Incident,
  { name: policy }: Policy,
  data: Omit<Of<'IncidentEscalated'>, 'incidentId' | 'policy'>,
): IncidentEvent => ({ type: 'IncidentEscalated', data: { incidentId, policy, ...data } });

type NewPage = Of<'IncidentEscalated'>['pages'][number];

const pagesTo = (
  incident: Incident,
  policy: Policy,
  targets: readonly string[],
  place: Place,
  { now, failing = new Set() }: Known,
): NewPage[] =>
  [...new Set(targets)].flatMap((name) => {
    const target = policy.targets[name];
    if (!target) return [];
    const mayReach = (channel: string) => reaches(policy, target, channel, now);
    const channels = target.channels.filter(mayReach);
    const spare = channels.some((channel) => failing.has(channel)) ? target.ifFails.filter(mayReach) : [];
    // As many of them as it takes to come to one that works.
    const working = spare.findIndex((channel) => !failing.has(channel));
    const taken = working < 0 ? spare : spare.slice(0, working + 1);
    return [...channels, ...taken].map((channel) => pageTo(incident, name, channel, place));
  });

/** The same however often, and by whichever instance, it is made. */
const pageTo = ({ incidentId, newAt }: Incident, target: string, channel: string, { step, loop }: Place): NewPage => ({
  pageId: eventIdFor('page', [incidentId, newAt, loop, step, target, channel].join('/')),
  ...{ channel, target },
});

const reaches = (policy: Policy, target: Target, channel: string, now: number): boolean => {
  const of = policy.channels[channel];
  if (!of) return false;
  const schedule = target.schedule === undefined ? undefined : policy.schedules[target.schedule];
  if (schedule && onCall(schedule, now) === undefined) return false;
  return of.kind !== 'email' || mailOf(policy, target, channel, now).length > 0;
};

/** Where mail to a target goes. */
export const mailOf = (policy: Policy, target: Target | undefined, channel: string, now: number): readonly string[] => {
  if (target && target.mail.length > 0) return target.mail;
  const schedule = target?.schedule === undefined ? undefined : policy.schedules[target.schedule];
  const person = schedule && onCall(schedule, now);
  const mail = person === undefined ? undefined : policy.people[person]?.mail;
  return mail === undefined ? (policy.channels[channel]?.mail ?? []) : [mail];
};

/** The page through the next channel, at the first failure of one; undefined where there is none that was not taken for this step. */
export const instead = (incident: Incident, policy: Policy, pageId: string, now: number): NewPage | undefined => {
  const failed = incident.pages.get(pageId);
  const target = failed && policy.targets[failed.target];
  if (!failed || !target || incident.status !== 'new' || failed.since !== incident.newAt) return undefined;
  const beside = [...incident.pages.values()].filter(
    ({ target: to, step, loop, since }) =>
      to === failed.target && step === failed.step && loop === failed.loop && since === failed.since,
  );
  const isSpare = ({ channel, pageId: id }: Page) => target.ifFails.includes(channel) && id !== pageId;
  const hasFailed = ({ pageId: id }: Page) => ['due', 'given-up'].includes(incident.sendings.get(id)?.state ?? '');
  if (beside.some((page) => isSpare(page) && !hasFailed(page))) return undefined;
  const isTaken = (channel: string) => beside.some((page) => page.channel === channel);
  const channel = target.ifFails.find((each) => !isTaken(each) && reaches(policy, target, each, now));
  return channel === undefined ? undefined : pageTo(incident, failed.target, channel, failed);
};

/** From when on playback of the release may be halted, where no person acknowledged the incident; people are paged first. */
export const containmentDue = (incident: Incident, { autoContainment }: Policy): number | undefined => {
  const { kind, severity, status, containments, newAt, drillId } = incident;
  // No drill stops playback of a release that patients use, unless the policy says so.
  const kinds = drillId === undefined ? [kind] : ([kind, 'drill'] as const);
  if (!autoContainment || !kinds.every((each) => autoContainment.kinds.includes(each))) return undefined;
  if (severity !== 'critical' || status !== 'new') return undefined;
  if ([...containments].some(({ scope }) => scope === 'release' || scope === 'all')) return undefined;
  return Date.parse(newAt) + autoContainment.afterMs;
};

/** Whether so many breaches join an incident that its release is halted though no byte leaves right now. */
export const isPouring = ({ breaches }: Incident, { autoContainment }: Policy, now: number): boolean => {
  if (!autoContainment || breaches.size < autoContainment.breaches) return false;
  const { breaches: many, withinMs } = autoContainment;
  // They stand in the order in which they joined, and this is asked at each: all but the newest are left alone.
  let joined = 0;
  for (const { at } of breaches.newestFirst()) {
    if (now - Date.parse(at) > withinMs) return false;
    if (++joined >= many) return true;
  }
  return false;
};

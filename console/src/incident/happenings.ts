import type { Schemas } from '../api/client.ts';
import { counted, words } from '../parts/words.ts';

export type Happening = Schemas['Incident']['timeline'][number];
type Data = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What an event of an incident says to a person; `kind` is what the eye looks for in a long list. */
type Told = {
  readonly says: string;
  readonly kind: 'page' | 'desk' | 'stop' | 'law' | 'state';
  readonly more?: string;
};

const tellings: Readonly<Record<string, (data: Data) => Told>> = {
  IncidentOpened: ({ kind, severity }) => ({ says: `Opened: ${words(text(kind))}, ${text(severity)}`, kind: 'state' }),
  IncidentWidened: ({ kind }) => ({ says: `More has the same cause: it is one of a ${text(kind)} now`, kind: 'state' }),
  IncidentMerged: ({ into }) => ({ says: `Merged into ${text(into)}`, kind: 'desk' }),
  SeverityRaised: ({ severity }) => ({ says: `Raised to ${text(severity)}`, kind: 'state' }),
  IncidentEscalated: ({ step, loop, pages, tellsOf }) => ({
    says: `Step ${number(step) + 1} of the escalation${number(loop) > 0 ? `, round ${number(loop) + 1}` : ''}: ${counted(list(pages).length, 'page')}`,
    kind: 'page',
    ...(tellsOf !== undefined && { more: `one page for ${counted(number(tellsOf), 'incident')}` }),
  }),
  PageDelivered: ({ channel, attempt }) => ({
    says: `Told through ${text(channel)}`,
    kind: 'page',
    ...(number(attempt) > 1 && { more: `attempt ${number(attempt)}` }),
  }),
  PageFailed: ({ channel, why, fate, attempt }) => ({
    says: `Could not be told through ${text(channel)}: ${words(text(why))}`,
    kind: 'page',
    more: `attempt ${number(attempt)}, ${fate === 'given-up' ? 'given up' : 'tried again'}`,
  }),
  IncidentAcknowledged: ({ via }) => ({ says: 'Acknowledged', kind: 'desk', more: `through ${words(text(via))}` }),
  AcknowledgementLapsed: () => ({ says: 'The acknowledgement lapsed: nothing had followed it', kind: 'page' }),
  IncidentAssigned: ({ assigneeId }) => ({ says: `Assigned to ${text(assigneeId)}`, kind: 'desk' }),
  NoteAdded: ({ code, text: note }) => ({
    says: `Note: ${words(text(code))}`,
    kind: 'desk',
    ...(note !== undefined && { more: text(note) }),
  }),
  ContainmentTaken: ({ scope, views, transfers, viewers, recordings, releases, policy, reason }) => ({
    says: `Contained (${text(scope)})${policy === undefined ? '' : ` by policy ${text(policy)}`}`,
    kind: 'stop',
    more: [
      counted(number(views), 'view'),
      counted(number(transfers), 'transfer'),
      counted(number(viewers), 'viewer'),
      counted(number(recordings), 'recording'),
      counted(list(releases).length, 'release'),
      ...(reason === undefined ? [] : [words(text(reason))]),
    ].join(', '),
  }),
  AwarenessDeclared: ({ awareAt, basis }) => ({
    says: `Awareness declared from ${text(awareAt)}`,
    kind: 'law',
    more: words(text(basis)),
  }),
  AssessmentRecorded: ({ risk }) => ({ says: `Risk assessed: ${text(risk)}`, kind: 'law' }),
  AuthorityNotified: ({ authority, phase, reference }) => ({
    says: `Authority told: ${words(text(authority))} (${text(phase)})`,
    kind: 'law',
    ...(reference !== undefined && { more: `reference ${text(reference)}` }),
  }),
  PeopleNotified: ({ count }) => ({ says: `${counted(number(count), 'person', 'people')} told`, kind: 'law' }),
  ClockRanOut: ({ clock, dueAt }) => ({
    says: `Clock ran out: ${words(text(clock))}`,
    kind: 'law',
    more: `due ${text(dueAt)}`,
  }),
  IncidentClosed: ({ resolution, except }) => ({
    says: `Closed: ${words(text(resolution))}`,
    kind: 'state',
    ...(list(except).length > 0 && { more: `${counted(list(except).length, 'breach', 'breaches')} otherwise` }),
  }),
  IncidentReopened: ({ reason }) => ({ says: `Reopened: ${words(text(reason))}`, kind: 'state' }),
};

export const told = ({ type, data }: Happening): Told => tellings[type]?.(data) ?? { says: type, kind: 'state' };

import type { TrackedIncident } from '../../projections/incident-board.ts';
import { Change, handles } from '../command-path/change.ts';
import { type Containing, Containment, type Stopped } from './containment.ts';
import { type Closing, Incidents } from './incidents.ts';

type Input<
  Name extends
    | 'acknowledge'
    | 'assign'
    | 'note'
    | 'declareAwareness'
    | 'assess'
    | 'notifiedAuthority'
    | 'notifiedPeople'
    | 'reopen'
    | 'merge'
    | 'split',
> = Parameters<Incidents[Name]>[0];

/** A step of the desk that is answered with the incident after it. */
export type ChangeOfIncident = Change<unknown, TrackedIncident>;

export class AcknowledgeIncident extends Change<Input<'acknowledge'>, TrackedIncident> {}
export class AssignIncident extends Change<Input<'assign'>, TrackedIncident> {}
export class NoteOnIncident extends Change<Input<'note'>, TrackedIncident> {}
export class ContainIncident extends Change<
  Containing,
  { readonly incident: TrackedIncident; readonly stopped: Stopped }
> {}
/** A look at what a containment would stop: it changes nothing, and is counted like a change. */
export class PreviewContainment extends Change<Containing, Stopped> {}
export class DeclareAwareness extends Change<Input<'declareAwareness'>, TrackedIncident> {}
export class AssessIncident extends Change<Input<'assess'>, TrackedIncident> {}
export class RecordAuthorityNotified extends Change<Input<'notifiedAuthority'>, TrackedIncident> {}
export class RecordPeopleNotified extends Change<Input<'notifiedPeople'>, TrackedIncident> {}
export class CloseIncident extends Change<Closing, TrackedIncident> {}
export class ReopenIncident extends Change<Input<'reopen'>, TrackedIncident> {}
export class MergeIncident extends Change<Input<'merge'>, TrackedIncident> {}
export class SplitIncident extends Change<Input<'split'>, TrackedIncident> {}

export const incidentCommands = [
  handles(AcknowledgeIncident, Incidents, (incidents, { input, ...by }) => incidents.acknowledge(input, by)),
  handles(AssignIncident, Incidents, (incidents, { input, ...by }) => incidents.assign(input, by)),
  handles(NoteOnIncident, Incidents, (incidents, { input, ...by }) => incidents.note(input, by)),
  handles(ContainIncident, Containment, (containment, { input, ...by }) => containment.contain(input, by)),
  handles(PreviewContainment, Containment, (containment, { input, cause }) =>
    containment.preview(input, cause.actor.id),
  ),
  handles(DeclareAwareness, Incidents, (incidents, { input, ...by }) => incidents.declareAwareness(input, by)),
  handles(AssessIncident, Incidents, (incidents, { input, ...by }) => incidents.assess(input, by)),
  handles(RecordAuthorityNotified, Incidents, (incidents, { input, ...by }) => incidents.notifiedAuthority(input, by)),
  handles(RecordPeopleNotified, Incidents, (incidents, { input, ...by }) => incidents.notifiedPeople(input, by)),
  handles(CloseIncident, Incidents, (incidents, { input, ...by }) => incidents.close(input, by)),
  handles(ReopenIncident, Incidents, (incidents, { input, ...by }) => incidents.reopen(input, by)),
  handles(MergeIncident, Incidents, (incidents, { input, ...by }) => incidents.merge(input, by)),
  handles(SplitIncident, Incidents, (incidents, { input, ...by }) => incidents.split(input, by)),
];

import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { TrackedIncident } from '../../projections/incident-board.ts';
import { Caller } from '../auth/caller.decorator.ts';
import { Commands } from '../command-path/commands.ts';
import { type ConditionalCause, ConditionalCauseOf } from '../http/cause.ts';
import { etag } from '../http/conditional.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { sends } from '../http/response-headers.ts';
import { encodeCursor } from '../http/schemas.ts';
import type { Actor } from '../request/actor.ts';
import { IncidentBoard } from './board.ts';
import * as changes from './commands.ts';
import { inBrief } from './containment.ts';
import { notTheirs } from './decide.ts';
import { Incidents } from './incidents.ts';
import * as schemas from './schemas.ts';
import { IncidentView } from './view.ts';

type Params = z.output<typeof schemas.IncidentParams>;
type BodyOf<S extends z.ZodType> = z.output<S>;

const one = {
  status: 200,
  description: 'the incident as it is now',
  standardSchema: schemas.IncidentItemSchema,
  headers: sends('ETag'),
};

/** What on-call works on: breaches of one cause, together. */
@ApiTags('Incidents')
@Controller('v1/incidents')
export class IncidentsController {
  constructor(
    private readonly commands: Commands,
    private readonly incidents: Incidents,
    private readonly board: IncidentBoard,
    private readonly view: IncidentView,
  ) {}

  @Get()
  @Operation({
    id: 'listIncidents',
    summary: 'List incidents',
    description: 'Answers a page of incidents, newest first. An incident is all breaches of one cause.',
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: schemas.IncidentListSchema })
  list(@Query({ schema: schemas.IncidentList }) { assignee, cursor, ...asked }: z.output<typeof schemas.IncidentList>) {
    const { items, next } = this.board.list({ ...asked, assigneeId: assignee, before: cursor });
    return { items: items.map(({ view }) => this.view.item(view)), next: next === null ? null : encodeCursor(next) };
  }

  @Get(':incidentId')
  @Operation({
    id: 'getIncident',
    summary: 'Get an incident',
    description: 'Answers the incident with its clocks of the law and its timeline.',
    refuses: ['own-case', 'incident-not-found'],
  })
  @ApiResponse({ ...one, description: 'the incident with its timeline', standardSchema: schemas.IncidentSchema })
  async get(
    @Param({ schema: schemas.IncidentParams }) { incidentId }: Params,
    @Caller() caller: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    notTheirs(await this.incidents.known(incidentId), caller.id);
    const { incident, revision } = await this.view.whole(incidentId);
    reply.header('etag', etag(revision));
    return incident;
  }

  @Get(':incidentId/breaches')
  @Operation({
    id: 'listIncidentBreaches',
    summary: 'List the breaches of an incident',
    description: 'Answers a page of the breaches that the incident is made of, newest first.',
    refuses: ['own-case', 'incident-not-found'],
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: schemas.IncidentBreachListSchema })
  async breaches(
    @Param({ schema: schemas.IncidentParams }) { incidentId }: Params,
    @Query({ schema: schemas.BreachesOfIncident }) { cursor, limit }: z.output<typeof schemas.BreachesOfIncident>,
    @Caller() caller: Actor,
  ) {
    notTheirs(await this.incidents.known(incidentId), caller.id);
    const { items, next } = this.board.breachesOf(incidentId, { before: cursor, limit });
    return { items: items.map(({ view }) => this.view.breach(view)), next: next === null ? null : encodeCursor(next) };
  }

  @Post(':incidentId/acknowledge')
  @HttpCode(200)
  @Operation({
    id: 'acknowledgeIncident',
    summary: 'Acknowledge an incident',
    description: 'Says that a person works on the incident: paging stops.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse(one)
  acknowledge(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.AcknowledgeIncident(params, cause, ifMatch), reply);
  }

  @Post(':incidentId/assign')
  @HttpCode(200)
  @Operation({
    id: 'assignIncident',
    summary: 'Assign an incident',
    description: 'Gives the incident to a person of the desk.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed', 'incident-change-refused'],
  })
  @ApiResponse(one)
  assign(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.AssignBody }) body: BodyOf<typeof schemas.AssignBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.AssignIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/note')
  @HttpCode(200)
  @Operation({
    id: 'addIncidentNote',
    summary: 'Add a note to an incident',
    description: 'Adds a line to the timeline of the incident.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse(one)
  note(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.NoteBody }) body: BodyOf<typeof schemas.NoteBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.NoteOnIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/contain')
  @HttpCode(200)
  @Operation({
    id: 'containIncident',
    summary: 'Contain an incident',
    description:
      'Stops what the scope names: all views of the incident, and with them its viewers, recordings or releases. With `preview` it answers what that would stop, and stops nothing.',
    refuses: ['own-case', 'step-up-needed', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse({
    status: 200,
    description: 'all that it stopped or would stop',
    standardSchema: schemas.ContainedSchema,
  })
  async contain(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.ContainBody }) { preview, ...body }: BodyOf<typeof schemas.ContainBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const containing = { ...params, ...body };
    if (preview) {
      const stopped = await this.commands.execute(new changes.PreviewContainment(containing, cause));
      return { preview, stopped: { ...stopped, summary: inBrief(stopped) } };
    }
    const { incident, stopped } = await this.commands.execute(new changes.ContainIncident(containing, cause, ifMatch));
    return { preview, stopped: { ...stopped, summary: inBrief(stopped) }, incident: this.view.item(incident) };
  }

  @Post(':incidentId/merge')
  @HttpCode(200)
  @Operation({
    id: 'mergeIncident',
    summary: 'Merge an incident into another',
    description: 'Makes the breaches of this incident part of another one of the same cause.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed', 'incident-change-refused'],
  })
  @ApiResponse({ ...one, description: 'the incident that it is part of now' })
  merge(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.MergeBody }) body: BodyOf<typeof schemas.MergeBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.MergeIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/split')
  @HttpCode(200)
  @Operation({
    id: 'splitIncident',
    summary: 'Split breaches off an incident',
    description: 'Makes the named breaches an incident of their own.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed', 'incident-change-refused'],
  })
  @ApiResponse({ ...one, description: 'the incident that the breaches are now' })
  split(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.SplitBody }) body: BodyOf<typeof schemas.SplitBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.SplitIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/declare-awareness')
  @HttpCode(200)
  @Operation({
    id: 'declareAwareness',
    summary: 'Say when the breach became known',
    description: 'States the moment from which the clocks of the law run.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed', 'incident-change-refused'],
  })
  @ApiResponse(one)
  declareAwareness(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.AwarenessBody }) body: BodyOf<typeof schemas.AwarenessBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.DeclareAwareness({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/assess')
  @HttpCode(200)
  @Operation({
    id: 'assessIncident',
    summary: 'Assess the risk of an incident',
    description: 'States the risk to the people affected; the duties of notification follow from it.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse(one)
  assess(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.AssessBody }) body: BodyOf<typeof schemas.AssessBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.AssessIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  /** Whom the incident was told to, after it was: the ledger tells no authority and no patient by itself. */
  @Post(':incidentId/notify')
  @HttpCode(200)
  @Operation({
    id: 'recordIncidentNotification',
    summary: 'Record whom the incident was told to',
    description:
      'Puts on record that an authority or patients were told. The ledger tells no authority and no patient by itself.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse(one)
  notify(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.NotifyBody }) { who, ...body }: BodyOf<typeof schemas.NotifyBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const notified = { ...params, ...body };
    return this.changed(
      'authority' in notified
        ? new changes.RecordAuthorityNotified(notified, cause, ifMatch)
        : new changes.RecordPeopleNotified(notified, cause, ifMatch),
      reply,
    );
  }

  @Post(':incidentId/close')
  @HttpCode(200)
  @Operation({
    id: 'closeIncident',
    summary: 'Close an incident',
    description: 'Closes the incident with a resolution, and its breaches with it.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed', 'containment-needed', 'incident-change-refused'],
  })
  @ApiResponse(one)
  close(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.CloseBody }) body: BodyOf<typeof schemas.CloseBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.CloseIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  @Post(':incidentId/reopen')
  @HttpCode(200)
  @Operation({
    id: 'reopenIncident',
    summary: 'Reopen an incident',
    description: 'Opens a closed incident again, with a reason code.',
    refuses: ['own-case', 'incident-not-found', 'incident-closed'],
  })
  @ApiResponse(one)
  reopen(
    @Param({ schema: schemas.IncidentParams }) params: Params,
    @Body({ schema: schemas.ReopenBody }) body: BodyOf<typeof schemas.ReopenBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.changed(new changes.ReopenIncident({ ...params, ...body }, cause, ifMatch), reply);
  }

  private async changed(change: changes.ChangeOfIncident, reply: FastifyReply) {
    const tracked: TrackedIncident = await this.commands.execute(change);
    reply.header('etag', etag(tracked.revision));
    return this.view.item(tracked);
  }
}

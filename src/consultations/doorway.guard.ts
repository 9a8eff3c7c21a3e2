import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Unauthenticated } from '../auth/errors.ts';
import { type Access, accessTo, ROUTE_ROLES, type RouteRoles } from '../auth/route-roles.ts';
import { hasRole } from '../request/actor.ts';
import type { GuardedRequest } from '../request/guarded-request.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { Doorway } from './doorway.ts';
import { ConsultationNotFound, RecordingNotFound } from './errors.ts';

const CONSULTATION = '/v1/patients/:patientId/consultations/:consultationId';
const RECORDING = `${CONSULTATION}/recordings/:recordingId`;
/** Asking for a recording that is not theirs must stay on record, so that strangers get further here; `ViewsController` looks after the rest. */
const VIEWS = `${RECORDING}/views`;

/**
 * Stands before every route of a consultation, by its pattern, so that no new route can be forgotten; and before headers and bodies are
 * read, so that nothing in them is compared with the patient's data.
 */
@Injectable()
export class DoorwayGuard implements CanActivate {
  constructor(
    private readonly doorway: Doorway,
    @Inject(ROUTE_ROLES) private readonly roles: RouteRoles,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const pattern = request.routeOptions.url ?? '';
    if ((pattern !== CONSULTATION && !pattern.startsWith(`${CONSULTATION}/`)) || pattern === VIEWS) return true;
    const actor = request.user?.actor;
    if (!actor) throw new Unauthenticated('a bearer token is needed');
    if (hasRole(actor, 'service') || isForTheDesk(accessTo(this.roles, request.method, pattern))) return true;
    const { patientId: given, consultationId } = request.params as { patientId: string; consultationId: string };
    const { data: patientId } = GivenPersonId.safeParse(given);
    if (patientId !== undefined && (await this.doorway.knows(actor.id, { patientId, consultationId }))) return true;
    throw pattern.startsWith(RECORDING) ? new RecordingNotFound() : new ConsultationNotFound();
  }
}

/** Routes of compliance: participants may not call them. */
const isForTheDesk = (access: Access | undefined): boolean =>
  Array.isArray(access) && access.every((role) => role === 'on-call' || role === 'compliance');

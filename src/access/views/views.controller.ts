import { setTimeout as delay } from 'node:timers/promises';
import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { Forbidden } from '../../auth/errors.ts';
import { ViewCookies } from '../../auth/view-cookies.ts';
import { Clock } from '../../clock.ts';
import { Commands } from '../../command-path/commands.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { Doorway } from '../../consultations/doorway.ts';
import type { RecordingRef } from '../../consultations/refs.ts';
import { saysNothingIsThere } from '../../errors.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { type FieldProblem, ValidationFailed } from '../../http/problems.ts';
import { sends } from '../../http/response-headers.ts';
import type { Cause } from '../../ledger/ledger.ts';
import { type Actor, hasRole } from '../../request/actor.ts';
import { OpenView, ReportView } from '../commands.ts';
import { RecordingParams, ViewAnswerSchema, ViewBody } from '../schemas.ts';
import type { ViewAnswer } from './views.ts';

type Input = z.output<typeof ViewBody>;

/** Clocks of other machines may be this much ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

@ApiTags('Recordings')
@Controller('v1/patients/:patientId/consultations/:consultationId/recordings/:recordingId/views')
export class ViewsController {
  constructor(
    private readonly commands: Commands,
    private readonly doorway: Doorway,
    private readonly clock: Clock,
    private readonly cookies: ViewCookies,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @Operation({
    id: 'openView',
    summary: 'Ask to view a recording',
    description:
      'Asks for a recording. The request is in the ledger before it is decided; two keys that share no code must both agree before any byte leaves. With a cleared verdict, `contentUrl` serves the bytes and a cookie for it is set. A service reports a view that happened elsewhere with `viewerId`.',
    refuses: [
      'forbidden',
      'view-refused',
      'view-withheld',
      'viewer-suspended',
      'recording-not-found',
      'recording-erased',
      'recording-quarantined',
      'monitor-unavailable',
      'playback-halted',
    ],
  })
  @ApiResponse({
    status: 201,
    description: 'the verdict, and where the content is',
    standardSchema: ViewAnswerSchema,
    headers: sends('Set-Cookie'),
  })
  async view(
    @Param({ schema: RecordingParams }) recording: RecordingRef,
    @Body({ schema: ViewBody }) body: Input,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ViewAnswer> {
    // A service without viewerId that is a person as well asks for themselves.
    if (hasRole(actor, 'service') && (body.viewerId !== undefined || !isPerson(actor)))
      return this.witness(recording, body, cause);
    const { purpose, reason, viewerId } = body;
    if (viewerId !== undefined && viewerId !== actor.id) throw new Forbidden('only a service reports others’ views');
    insist({
      viewerRoles: body.viewerRoles === undefined || 'only a service may say this',
      occurredAt: body.occurredAt === undefined || 'only a service may say this',
      reason: purpose !== 'emergency' || this.isReason(reason) || this.whatIsAReason(),
    });
    const answer = await this.open(recording, actor, body, cause);
    const { viewId, expiresAt, endsAt = expiresAt } = answer;
    if (endsAt !== undefined) {
      // Who shows it is known until the view ends; whether the view is still open, both keys say each time.
      const pass = { viewId, viewerId: actor.id, expiresAt: new Date(endsAt) };
      const secure = request.protocol === 'https' || this.config.nodeEnv === 'production';
      reply.header('set-cookie', this.cookies.issue(pass, this.clock.now(), secure));
    }
    return answer;
  }

  /** Break-glass opens a patient's recording; a reason like "x" tells the reviewer nothing afterwards. */
  private isReason(reason: string | undefined): boolean {
    const { reasonCodes } = this.config.views.emergency;
    return reason !== undefined && (reason.length >= EMERGENCY_REASON_MIN || reasonCodes.includes(reason));
  }

  private whatIsAReason(): string {
    const { reasonCodes } = this.config.views.emergency;
    const codes = reasonCodes.length > 0 ? `, or be one of: ${reasonCodes.join(', ')}` : '';
    return `is needed for an emergency, and must have at least ${EMERGENCY_REASON_MIN} characters${codes}`;
  }

  /**
   * A stranger's request goes all the way to the patient's stream, where the refusal is recorded. So that nothing but the record knows
   * whether there was anything to refuse, their keys are compared with nothing, and they all wait for their 404 alike.
   */
  private async open(recording: RecordingRef, actor: Actor, body: Input, cause: Cause): Promise<ViewAnswer> {
    const arrived = performance.now();
    const isBreakGlass = body.purpose === 'emergency' && hasRole(actor, 'clinician');
    // People of the desk know of recordings; whether this one is theirs to review, the patient's stream says.
    const isReview = body.purpose === 'review' && hasRole(actor, 'on-call', 'compliance');
    const mayKnow = (await this.doorway.knows(actor.id, recording)) || isBreakGlass || isReview;
    try {
      const view = { ...recording, viewer: actor, purpose: body.purpose, ...keptReason(body) };
      return await this.commands.execute(new OpenView(view, mayKnow ? cause : withKeyOfItsOwn(cause)));
    } catch (error) {
      if (saysNothingIsThere(error)) await nextTick(arrived);
      throw error;
    }
  }

  private async witness(recording: RecordingRef, body: Input, cause: Cause): Promise<ViewAnswer> {
    const { viewerId, viewerRoles = [], purpose, occurredAt } = body;
    const latest = new Date(this.clock.now() + CLOCK_SKEW_MS).toISOString();
    if (viewerId === undefined) throw new ValidationFailed([{ path: 'viewerId', message: 'is needed from a service' }]);
    insist({ occurredAt: occurredAt === undefined || occurredAt <= latest || 'must not be in the future' });
    const report = { ...recording, viewerId, viewerRoles, purpose, occurredAt, ...keptReason(body) };
    return this.commands.execute(new ReportView(report, cause));
  }
}

/** A report of a service is a fact and needs none: this is for who asks to be let in. */
const EMERGENCY_REASON_MIN = 15;

/** Longer than recording a refusal takes; a refused caller can wait that long. */
const TICK_MS = 100;

/** Waits until a whole number of ticks has passed. */
const nextTick = async (since: number): Promise<void> => {
  const passed = performance.now() - since;
  await delay(Math.ceil(passed / TICK_MS) * TICK_MS - passed);
};

/** The same request with the same key is still recorded once; another request with it is another command, not a conflict to be told of. */
const withKeyOfItsOwn = ({ idempotency, ...cause }: Cause): Cause => ({
  ...cause,
  ...(idempotency && { idempotency: { ...idempotency, key: JSON.stringify([idempotency.key, idempotency.request]) } }),
});

const isPerson = (actor: Actor): boolean => hasRole(actor, 'patient', 'clinician');

/** Free text enters the ledger in an emergency only. */
const keptReason = ({ purpose, reason }: Input) => (purpose === 'emergency' ? { reason } : {});

/** @throws ValidationFailed with every field that does not hold, and why */
const insist = (fields: Readonly<Record<string, true | string>>): void => {
  const problems: FieldProblem[] = Object.entries(fields).flatMap(([path, held]) =>
    held === true ? [] : [{ path, message: held }],
  );
  if (problems.length > 0) throw new ValidationFailed(problems);
};

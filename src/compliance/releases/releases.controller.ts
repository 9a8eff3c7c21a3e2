import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sends } from '../../http/response-headers.ts';
import { encodeCursor } from '../../http/schemas.ts';
import type { Cause } from '../../ledger/ledger.ts';
import type { Actor } from '../../request/actor.ts';
import { AccessHistory } from '../history/access-history.ts';
import { Auditors } from '../history/auditors.ts';
import type { Moment } from '../log/moment.ts';
import { ReleaseNotFound } from './errors.ts';
import { lessThan, ReleaseQuestions } from './exposure.ts';
import { ExposureOf, ExposureSchema, ReleaseList, ReleaseListSchema, ReleaseParams } from './schemas.ts';

/** What each release exposed to whom: for compliance officers, who are on record for having asked. */
@ApiTags('Compliance')
@Controller('v1/releases')
export class ReleasesController {
  constructor(
    private readonly history: AccessHistory,
    private readonly auditors: Auditors,
  ) {}

  @Get()
  @Operation({
    id: 'listReleases',
    summary: 'List releases',
    description: 'Answers a page of the releases of apps and of the ledger that were seen, those seen last first.',
    refuses: ['history-unavailable'],
  })
  @ApiResponse({
    status: 200,
    description: 'a page, those seen last first',
    standardSchema: ReleaseListSchema,
    headers: sends('X-Ledger-Position'),
  })
  async list(
    @Query({ schema: ReleaseList }) { asOf, cursor, limit }: z.output<typeof ReleaseList>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const [from = 0, listedAt] = cursor ?? [];
    const [at, questions] = await this.at(reply, asOf, listedAt);
    const found = await questions.seen({ from, limit: limit + 1 });
    const items = found.slice(0, limit);
    const asked = { releases: { from, limit } };
    const reading = { asOf: at, format: 'json', rows: items.length, patientIds: [] } as const;
    await this.auditors.historyRead(actor.id, { question: asked, ...reading }, cause);
    return { items, next: found.length > limit ? encodeCursor([from + limit, at]) : null };
  }

  @Get(':version/exposure')
  @Operation({
    id: 'getReleaseExposure',
    summary: 'Get what a release exposed',
    description:
      'Compares a release with the one before it: how many people and recordings it showed and opened, and a page of those who take no part in them.',
    refuses: ['release-not-found', 'history-unavailable'],
  })
  @ApiResponse({
    status: 200,
    description: 'the release as of the position in `X-Ledger-Position`, and a page of who does not take part',
    standardSchema: ExposureSchema,
    headers: sends('X-Ledger-Position'),
  })
  async exposure(
    @Param({ schema: ReleaseParams }) { version }: z.output<typeof ReleaseParams>,
    @Query({ schema: ExposureOf }) { asOf, cursor, limit, kind }: z.output<typeof ExposureOf>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const [viewerId, patientId, listedAt] = cursor ?? [];
    const after = viewerId === undefined || patientId === undefined ? undefined : ([viewerId, patientId] as const);
    const [at, questions] = await this.at(reply, asOf, listedAt);
    const found = await questions.find(version, kind);
    if (!found) throw new ReleaseNotFound(`nothing was recorded under ${version} by position ${at}`);
    const { release } = found;
    const totals = await questions.totals(release.kind, version);
    const pairs = await questions.notEntitled(release.kind, version, { after, limit: limit + 1 });
    const items = pairs.slice(0, limit);
    const last = items.at(-1);
    const asked = { exposure: { version, kind: release.kind, after: after ?? null, limit } };
    const patientIds = [...new Set(items.map((pair) => pair.patientId))].sort();
    const reading = { asOf: at, format: 'json', rows: items.length, patientIds } as const;
    const before = found.before === undefined ? null : await questions.totals(release.kind, found.before);
    await this.auditors.historyRead(actor.id, { question: asked, ...reading }, cause);
    const { firstSeen, lastSeen } = release;
    return {
      ...{ kind: release.kind, version, firstSeen, lastSeen },
      ...totals,
      before: before && { version: found.before, ...before, difference: lessThan(totals, before) },
      items,
      next: pairs.length > limit && last ? encodeCursor([last.viewerId, last.patientId, at]) : null,
    };
  }

  /** Pages of one list are answered at one position, whatever was recorded since the first. */
  private async at(
    reply: FastifyReply,
    asOf: Moment | undefined,
    listedAt: number | undefined,
  ): Promise<readonly [number, ReleaseQuestions]> {
    const history = await this.history.at(listedAt === undefined ? asOf : { position: listedAt });
    reply.header('x-ledger-position', history.asOf);
    return [history.asOf, new ReleaseQuestions(history.file, history.asOf)];
  }
}

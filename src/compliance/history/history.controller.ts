import type { OutgoingHttpHeaders } from 'node:http';
import { Controller, Get, Inject, Logger, NotAcceptableException, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type RuleSet, referenceOf } from '../../../projections/access-rules.ts';
import { exposureKinds } from '../../../projections/history.ts';
import { Caller } from '../../auth/caller.decorator.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiHeader, ApiProduces, ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sends } from '../../http/response-headers.ts';
import { encodeCursor } from '../../http/schemas.ts';
import { EventSeals } from '../../keys/event-seals.ts';
import type { Cause } from '../../ledger/ledger.ts';
import type { Actor } from '../../request/actor.ts';
import { AccessHistory, type HistoryAt } from './access-history.ts';
import { Auditors } from './auditors.ts';
import { csv, fhir, ndjson, type RowFormat, written } from './formats.ts';
import { openedRows } from './opened-rows.ts';
import type { AnsweredRow, HistoryOrder, HistoryPlace, HistoryQuestion } from './questions.ts';
import { sendText } from './row-stream.ts';
import { HistoryList, HistoryListSchema } from './schemas.ts';
import { VerdictsNow } from './verdicts-now.ts';

const PAGE = 50;
const mediaTypes = ['text/csv', 'application/x-ndjson', 'application/fhir+ndjson'] as const;

type Asked = HistoryAt & {
  readonly question: HistoryQuestion;
  readonly order: HistoryOrder;
  readonly after: HistoryPlace | undefined;
  readonly limit: number | undefined;
  /** By whose rules the views are judged again. */
  readonly rules: RuleSet | undefined;
};

/** Who was shown, opened, received or was refused which recording: for compliance officers, who are on record for having asked. */
@ApiTags('Compliance')
@Controller('v1/access-history')
export class HistoryController {
  private readonly logger = new Logger('AccessHistory');

  private readonly formats: Readonly<Record<(typeof mediaTypes)[number], RowFormat>>;

  constructor(
    private readonly history: AccessHistory,
    private readonly auditors: Auditors,
    private readonly verdicts: VerdictsNow,
    private readonly seals: EventSeals,
    @Inject(CONFIG) { fhirSource }: Config,
  ) {
    this.formats = { 'text/csv': csv, 'application/x-ndjson': ndjson, 'application/fhir+ndjson': fhir(fhirSource) };
  }

  @Get()
  @Operation({
    id: 'listAccessHistory',
    summary: 'Ask the access history',
    description:
      'Answers who was shown, opened, received or was refused which recording, as it was known at a moment: JSON in pages; CSV, NDJSON and FHIR AuditEvents as one stream. Who asked is on record before the answer.',
    refuses: ['not-acceptable', 'history-unavailable'],
  })
  @ApiProduces('application/json', ...mediaTypes)
  @ApiHeader({
    name: 'Accept',
    description: 'JSON in pages; CSV, NDJSON and FHIR AuditEvents as one stream of all rows',
  })
  @ApiResponse({
    status: 200,
    description: 'rows as they were known at the position in `X-Ledger-Position`',
    standardSchema: HistoryListSchema,
    headers: sends('X-Ledger-Position'),
  })
  async list(
    @Query({ schema: HistoryList }) { asOf, order, cursor, limit, rules, ...filter }: z.output<typeof HistoryList>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = acceptedIn(request);
    const accepted = type === 'json' ? type : this.formats[type];
    // An audit in FHIR is of changes, too.
    const question = type === 'application/fhir+ndjson' ? filter : { ...filter, kind: filter.kind ?? exposureKinds };
    // Pages of one list are answered at one position, whatever was recorded since the first.
    const [position, part, listedAt] = cursor ?? [];
    const moment = listedAt === undefined ? asOf : { position: listedAt };
    const after = position === undefined || part === undefined ? undefined : ([position, part] as const);
    const asked = { ...(await this.history.at(moment)), question, order, after, limit, rules };
    reply.header('x-ledger-position', asked.asOf);
    if (accepted === 'json') return this.page(asked, actor, cause);
    // Without a body nothing leaves.
    const isHead = request.method === 'HEAD';
    const rows = isHead ? undefined : await this.linesOf(accepted, asked, actor, cause);
    await this.send(accepted, rows, reply);
    return undefined;
  }

  private async page({ limit = PAGE, ...asked }: Asked, actor: Actor, cause: Cause) {
    const found: AnsweredRow[] = [];
    for await (const rows of rowsOf({ ...asked, limit: limit + 1 }, this.seals)) found.push(...rows);
    const items = await this.judged(asked)(found.slice(0, limit));
    const last = items.at(-1);
    const next = found.length > limit && last ? encodeCursor([last.position, last.part, asked.asOf]) : null;
    const patientIds = [...new Set(items.flatMap(({ patientId }) => patientId ?? []))].sort();
    await this.record('json', { ...asked, limit }, { rows: items.length, patientIds }, actor, cause);
    return { items, next };
  }

  /** The rows as text, to be read once; who asked for them is on record by now. */
  private async linesOf(format: RowFormat, asked: Asked, actor: Actor, cause: Cause): Promise<AsyncIterable<string>> {
    const { questions, question, asOf, after, limit } = asked;
    // Of a part of the list, all of it is said to have been read: more than was, never less.
    const extent = await questions.extent(question, asOf);
    const rows = after || limit !== undefined ? Math.min(extent.rows, limit ?? extent.rows) : extent.rows;
    await this.record(format.name, asked, { ...extent, rows }, actor, cause);
    const judged = this.judged(asked);
    const parts = rowsOf(asked, this.seals);
    const judgedRows = (async function* () {
      for await (const part of parts) yield await judged(part);
    })();
    return written(format, judgedRows);
  }

  private async send(format: RowFormat, lines: AsyncIterable<string> | undefined, reply: FastifyReply): Promise<void> {
    reply.type(format.contentType).header('cache-control', 'no-store');
    reply.hijack();
    const response = reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
    if (!lines) return void response.end();
    const cut = await sendText(lines, response);
    if (cut !== undefined) this.logger.warn(`an answer was cut short: ${cut instanceof Error ? cut.message : cut}`);
  }

  private judged({ rules }: Pick<Asked, 'rules'>): (rows: readonly AnsweredRow[]) => Promise<readonly AnsweredRow[]> {
    return rules ? this.verdicts.by(rules) : async (rows) => rows;
  }

  private record(
    format: 'json' | RowFormat['name'],
    { question, asOf, order, after, limit, rules }: Asked,
    leaving: { readonly rows: number; readonly patientIds: readonly string[] },
    actor: Actor,
    cause: Cause,
  ): Promise<void> {
    const by = rules && { rules: referenceOf(rules) };
    const asked = { question, order, after: after ?? null, limit: limit ?? null, ...by };
    return this.auditors.historyRead(actor.id, { question: asked, asOf, format, ...leaving }, cause);
  }
}

async function* rowsOf({ questions, question, asOf, order, after, limit }: Asked, seals: EventSeals) {
  let left = limit ?? Number.POSITIVE_INFINITY;
  const closed = questions.rows(question, { asOf, order, after, ...(limit && { atOnce: limit }) });
  for await (const rows of openedRows(closed, seals)) {
    yield rows.slice(0, left);
    left -= rows.length;
    if (left <= 0) return;
  }
}

/** @throws NotAcceptableException */
const acceptedIn = (request: FastifyRequest): 'json' | (typeof mediaTypes)[number] => {
  const accepted = (request.headers.accept ?? '*/*')
    .split(',')
    .map((one) => one.split(';', 1)[0]?.trim().toLowerCase());
  for (const type of accepted) {
    if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'json';
    const made = mediaTypes.find((one) => one === type);
    if (made) return made;
  }
  throw new NotAcceptableException(`application/json, ${mediaTypes.join(' or ')}`);
};

import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { Auditors } from '../../compliance/history/auditors.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiHeader, ApiProduces, ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { sendMade } from '../../http/made-bytes.ts';
import { sends } from '../../http/response-headers.ts';
import { encodeCursor } from '../../http/schemas.ts';
import type { Cause } from '../../ledger/ledger.ts';
import type { Actor } from '../../request/actor.ts';
import { acceptedAmong } from './accepted.ts';
import type { BreachFile } from './breach-file.ts';
import { BreachFiles } from './breach-files.ts';
import { countedOf, draftsOf } from './draft.ts';
import { FileVersions } from './file-versions.ts';
import { blocksOf } from './pages.ts';
import { pdfOf } from './pdf.ts';
import { peopleCsv } from './people-csv.ts';
import { registerCsv } from './register.ts';
import {
  BreachFileSchema,
  FileParams,
  FileQuery,
  FileVersionsSchema,
  RegisterQuery,
  RegisterSchema,
} from './schemas.ts';

const JSON_TYPE = 'application/json';
const PDF = 'application/pdf';
const CSV = 'text/csv';
const CSV_TYPE = `${CSV}; charset=utf-8; header=present`;

/** What the law asks for after a breach: one file for each incident, and the register of all. Who reads them is on record before they leave. */
@ApiTags('Breaches')
@Controller('v1/incidents')
export class BreachFileController {
  constructor(
    private readonly files: BreachFiles,
    private readonly versions: FileVersions,
    private readonly auditors: Auditors,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('register')
  @Operation({
    id: 'getBreachRegister',
    summary: 'Get the register of breaches',
    description:
      'Answers every incident that is no drill, newest first, as of a position of the log: JSON in pages, or CSV with all entries. Who reads it is on record.',
    refuses: ['not-acceptable'],
  })
  @ApiProduces(JSON_TYPE, CSV)
  @ApiHeader({ name: 'Accept', description: 'JSON in pages; CSV with all entries' })
  @ApiResponse({
    status: 200,
    description: 'every incident that is no drill, the newest first, as of `X-Ledger-Position`',
    standardSchema: RegisterSchema,
    headers: sends('X-Ledger-Position', 'Content-Disposition'),
  })
  async register(
    @Query({ schema: RegisterQuery }) { asOf, cursor, limit }: z.output<typeof RegisterQuery>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = acceptedAmong(request.headers.accept, [JSON_TYPE, CSV]);
    const [from, listedAt] = cursor ?? [0];
    // Pages of one list are answered at one position, whatever was recorded since the first.
    const at = await this.files.asOf(listedAt ?? asOf);
    const entries = await this.files.register(at);
    const items = type === CSV ? entries : entries.slice(from, from + limit);
    const question = { register: type === CSV ? {} : { from, limit } };
    const reading = { asOf: at.position, format: type === CSV ? 'csv' : 'json', patientIds: [] } as const;
    await this.auditors.historyRead(actor.id, { question, rows: items.length, ...reading }, cause);
    reply.header('x-ledger-position', at.position).header('cache-control', 'no-store');
    if (type === CSV)
      return sendMade(request, reply, {
        type: CSV_TYPE,
        bytes: Buffer.from(registerCsv(entries)),
        name: 'breach-register.csv',
      });
    return { items, next: from + limit < entries.length ? encodeCursor([from + limit, at.position]) : null };
  }

  @Get(':incidentId/file')
  @Operation({
    id: 'getBreachFile',
    summary: 'Get the breach file of an incident',
    description:
      'Answers all that the law asks for after a breach, as of a position of the log; the same for ever at the same position. JSON with all of it, PDF without ids of people, CSV of the people affected.',
    refuses: ['own-case', 'incident-not-found', 'not-acceptable'],
  })
  @ApiProduces(JSON_TYPE, PDF, CSV)
  @ApiHeader({
    name: 'Accept',
    description: 'JSON with all of it; PDF without ids of people; CSV of the people affected',
  })
  @ApiResponse({
    status: 200,
    description: 'the breach file as of `X-Ledger-Position`: the same for ever at the same position',
    standardSchema: BreachFileSchema,
    headers: sends('X-Ledger-Position', 'Content-Disposition'),
  })
  async file(
    @Param({ schema: FileParams }) { incidentId }: z.output<typeof FileParams>,
    @Query({ schema: FileQuery }) { asOf }: z.output<typeof FileQuery>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = acceptedAmong(request.headers.accept, [JSON_TYPE, PDF, CSV]);
    const at = await this.files.asOf(asOf);
    const file = await this.files.file(incidentId, at);
    await this.files.notTheirs(file, actor.id);
    const drafts = draftsOf(countedOf(file), this.config.clocks.sets);
    // Made before it is said to have been read: what cannot be made was not.
    const bytes =
      type === PDF ? await this.print(file, drafts) : type === CSV ? Buffer.from(peopleCsv(file)) : undefined;
    await this.record(file, type, actor, cause);
    reply.header('x-ledger-position', at.position).header('cache-control', 'no-store');
    if (!bytes) return { ...file, drafts };
    const [contentType, name, extension] =
      type === PDF ? [PDF, 'breach-file', 'pdf'] : [CSV_TYPE, 'people-affected', 'csv'];
    return sendMade(request, reply, { type: contentType, bytes, name: `${name}-${incidentId}.${extension}` });
  }

  @Get(':incidentId/file/versions')
  @Operation({
    id: 'listBreachFileVersions',
    summary: 'List who was given the breach file',
    description:
      'Answers who read or downloaded the breach file of an incident, in which form and as of which position, newest first. At each position the file is the same for ever: asked for again with `asOf`, it has the same bytes.',
    refuses: ['own-case', 'incident-not-found'],
  })
  @ApiResponse({ status: 200, description: 'the latest, newest first', standardSchema: FileVersionsSchema })
  async given(@Param({ schema: FileParams }) { incidentId }: z.output<typeof FileParams>, @Caller() actor: Actor) {
    await this.files.notAbout(incidentId, actor.id);
    return { items: this.versions.of(incidentId).map(({ readId: _, ...version }) => version) };
  }

  private print(file: BreachFile, drafts: ReturnType<typeof draftsOf>): Promise<Buffer> {
    const { incidentId, position, asOf, faults } = file;
    return pdfOf(blocksOf(countedOf(file), drafts, faults.length === 0), {
      title: `Breach file of incident ${incidentId}`,
      footer: `Incident ${incidentId}, position ${position}`,
      at: asOf,
    });
  }

  /** The PDF names no person, and shows no one anything of one. */
  private record(
    { incidentId, position, ...file }: BreachFile,
    type: string,
    actor: Actor,
    cause: Cause,
  ): Promise<void> {
    const format = type === PDF ? 'pdf' : type === CSV ? 'csv' : 'json';
    const people = format === 'pdf' ? [] : format === 'csv' ? file.affected : [...file.affected, ...file.withheld];
    const reading = { asOf: position, format, incidentId, rows: people.length } as const;
    const patientIds = people.map(({ patientId }) => patientId).sort();
    return this.auditors.historyRead(actor.id, { question: { file: { incidentId } }, ...reading, patientIds }, cause);
  }
}

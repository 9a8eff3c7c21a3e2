import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { ApiResponse, ApiTags } from '../../http/documented.ts';
import { encodeCursor } from '../../http/schemas.ts';
import type { Actor } from '../../request/actor.ts';
import { Accesses } from './accesses.ts';
import { AccessList, AccessListSchema } from './schemas.ts';

@ApiTags('Access')
@Controller('v1/me/accesses')
export class AccessesController {
  constructor(private readonly accesses: Accesses) {}

  /** From the stream that is named by the caller's own token: no caller can ask about another person. */
  @Get()
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: AccessListSchema })
  async list(@Query({ schema: AccessList }) { cursor, limit }: z.output<typeof AccessList>, @Caller() actor: Actor) {
    const { items, next } = await this.accesses.page(actor.id, { before: cursor, limit });
    return { items, next: next && encodeCursor(next) };
  }
}

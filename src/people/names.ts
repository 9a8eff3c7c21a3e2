import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { auditorStreams } from '../../events/categories.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { asIssued } from '../request/person-id.ts';
import { forRequest } from '../telemetry/logger.ts';
import { NameNotFound, NamesUnavailable } from './errors.ts';

const LIMIT_MS = 5_000;
/** More than any name, in any encoding of it. */
const MOST_BYTES = 4_096;

const Answer = z.object({ name: z.string().trim().min(1).max(200) });

/**
 * Names of people, which the ledger does not have: the host app's own system is asked for one at a time, by the id, when a person of the desk wants
 * to know it. That they asked is on record first. The name is handed on, and neither kept nor logged.
 */
@Injectable()
export class Names {
  private readonly logger = new Logger(Names.name);
  private readonly resolver: Config['console']['names'];

  constructor(
    private readonly ledger: Ledger,
    @Inject(CONFIG) { console }: Config,
  ) {
    this.resolver = console.names;
  }

  /** @throws NamesUnavailable, NameNotFound, LedgerUnavailable: then no one is asked */
  async of(personId: string, cause: Cause): Promise<string> {
    if (!this.resolver) throw new NamesUnavailable('set CONSOLE_NAMES_URL to where your own system tells names');
    const auditorId = cause.actor.id;
    const asked = { type: 'NameAsked' as const, data: { auditorId, personId } };
    await this.ledger.append(auditorStreams.of(auditorId), 'any', [asked], cause);
    const name = await this.resolved(this.resolver, personId).catch((error: unknown) => {
      // What the resolver said stays there: it might have the name in it.
      const why = error instanceof z.ZodError ? 'an answer of another shape' : error instanceof Error ? error.name : '';
      this.logger.warn(`the resolver of names failed: ${why}`, forRequest(cause));
      throw new NamesUnavailable('the system that tells names did not answer, or not as it should');
    });
    if (name === undefined) throw new NameNotFound();
    return name;
  }

  private async resolved({ url, token }: NonNullable<Config['console']['names']>, personId: string) {
    const answer = await fetch(url.replace('{id}', encodeURIComponent(asIssued(personId))), {
      headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      // An address that it leads to was not configured.
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (answer.status === 404) {
      await answer.body?.cancel();
      return undefined;
    }
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`answered ${answer.status}`);
    }
    return Answer.parse(JSON.parse(await bounded(answer))).name;
  }
}

const bounded = async (answer: Response): Promise<string> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../clock.ts';
import type { Outcome } from '../ledger/react/delivery/outcome.ts';
import { noReceiver } from './errors.ts';
import { PAGING } from './escalator.ts';
import type { Told } from './formats.ts';
import type { Action } from './messages.ts';
import { Pager } from './pager.ts';
import { Pages } from './pages.ts';
import type { Paging } from './policy-file.ts';

export type TestedChannel = { readonly channel: string; readonly kind: string; readonly outcome: Outcome };
export type PagingTest = { readonly testId: string; readonly channels: readonly TestedChannel[] };

/** A page marked TEST through every channel at once, of no incident, and its end: so that it is known who would not have been paged. */
@Injectable()
export class TestPages {
  constructor(
    private readonly pager: Pager,
    private readonly pages: Pages,
    private readonly clock: Clock,
    @Inject(PAGING) private readonly paging: Paging,
  ) {}

  /** @throws PagingUnavailable */
  async run(): Promise<PagingTest> {
    const all = Object.entries(this.paging.channels);
    if (all.length === 0) throw noReceiver();
    const testId = `test-${uuidv7()}`;
    const channels = all.map(async ([channel, { kind }]) => {
      const outcome = await this.send(testId, channel, 'trigger');
      // A pager that has it would go on ringing.
      if (outcome.kind === 'taken' && kind !== 'email') await this.send(testId, channel, 'resolve');
      return { channel, kind, outcome };
    });
    return { testId, channels: await Promise.all(channels) };
  }

  private send(testId: string, channel: string, action: Action): Promise<Outcome> {
    const now = this.clock.now();
    const at = new Date(now).toISOString();
    const { policy } = this.paging;
    const told: Told = {
      ...{ messageId: `${testId}.${action}`, incidentId: testId, action, severity: 'critical', kind: 'operations' },
      ...{ status: action === 'trigger' ? 'new' : 'closed', openedAt: at, at, breaches: 0, viewers: 0, people: 0 },
      targets: Object.keys(policy.targets).filter((name) => {
        const { channels = [], ifFails = [] } = policy.targets[name] ?? {};
        return channels.includes(channel) || ifFails.includes(channel);
      }),
      ...{ step: 0, loop: 0, incidents: 1, isTest: true, link: undefined },
    };
    return this.pager.once(this.pages.message(told, channel, now));
  }
}

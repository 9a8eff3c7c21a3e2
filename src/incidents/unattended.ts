import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Cause } from '../ledger/ledger.ts';
import type { AutoContainment } from '../paging/containment.ts';
import { Escalator } from '../paging/escalator.ts';
import { Containment } from './containment.ts';

/** What the policy of paging does about an incident that no person attends to. */
@Injectable()
export class Unattended implements AutoContainment {
  constructor(
    private readonly containment: Containment,
    escalator: Escalator,
  ) {
    escalator.containBy(this);
  }

  async isFlowing(incidentId: string): Promise<boolean> {
    const { transfers } = await this.containment.preview({ incidentId, scope: 'release' }, 'pager');
    return transfers > 0;
  }

  async contain(
    incidentId: string,
    { scope, policy }: { readonly scope: 'release'; readonly policy: string },
  ): Promise<void> {
    const cause: Cause = { actor: { id: `policy:${policy}`, roles: [] }, requestId: randomUUID() };
    await this.containment.contain({ incidentId, scope, reason: 'not-acknowledged' }, { cause, policy });
  }
}

import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Cause } from '../ledger/ledger.ts';
import type { AutoContainment } from '../paging/containment.ts';
import { Escalator, PAGING } from '../paging/escalator.ts';
import { ackDeadline } from '../paging/policy.ts';
import type { Paging } from '../paging/policy-file.ts';
import { Containment } from './containment.ts';
import { Incidents } from './incidents.ts';

/** What the policy of paging does about an incident that no person attends to, and until when an acknowledgement holds. */
@Injectable()
export class Unattended implements AutoContainment {
  constructor(
    private readonly containment: Containment,
    incidents: Incidents,
    escalator: Escalator,
    @Inject(PAGING) { policy }: Paging,
  ) {
    incidents.lapsesAt = (now) => ackDeadline(policy, now);
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

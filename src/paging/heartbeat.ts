import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import { AddressRule } from '../ledger/react/delivery/addresses.ts';
import { post } from '../ledger/react/delivery/post.ts';
import { PAGING_PACE, type Pace } from './pace.ts';
import { Pager } from './pager.ts';

/** Tells a service outside that this pager is alive, and nothing while it is not: who watches the pager must not be the pager. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Paging');
  private readonly aborting = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private isHeard = true;

  constructor(
    private readonly pager: Pager,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(PAGING_PACE) private readonly pace: Pace,
  ) {}

  onApplicationBootstrap(): void {
    const { heartbeatUrl } = this.config.paging;
    if (heartbeatUrl === undefined) return;
    const beat = () => {
      this.beating = this.beating.then(() => this.beat(new URL(heartbeatUrl)));
    };
    this.timer = setInterval(beat, this.pace.heartbeatMs).unref();
    beat();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.aborting.abort();
    await this.beating;
  }

  private async beat(url: URL): Promise<void> {
    if (!this.pager.isAlive) return;
    const { allowedAddresses } = this.config.paging;
    const request = { url, headers: { 'content-type': 'text/plain' }, body: '' };
    const options = { rule: new AddressRule(allowedAddresses), limits: this.pace, signal: this.aborting.signal };
    const outcome = await post(request, options).catch(() => undefined);
    const isHeard = outcome?.kind === 'taken' || this.aborting.signal.aborted;
    if (isHeard !== this.isHeard) {
      if (isHeard) this.logger.log('the heartbeat is heard');
      else this.logger.warn(`the heartbeat is not heard: ${JSON.stringify(outcome ?? { kind: 'failed' })}`);
    }
    this.isHeard = isHeard;
  }
}

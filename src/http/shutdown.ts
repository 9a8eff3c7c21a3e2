import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CONFIG, type Config } from '../config/config.ts';
import { HealthRegistry } from '../telemetry/health.ts';

const SWEEP_MS = 50;

/**
 * Readiness turns 503 at once, and requests are taken as before until balancers have seen it. Requests under way finish before anything they need is taken down, but only so long: what still runs at the deadline is
 * cut. Nest closes the server between the two hooks here; providers that requests need end in `onApplicationShutdown`.
 */
@Injectable()
export class Shutdown implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  private sweep: NodeJS.Timeout | undefined;
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(CONFIG) private readonly config: Config,
    private readonly health: HealthRegistry,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.health.drain();
    const server: Server = this.adapterHost.httpAdapter.getHttpServer();
    if (server.listening) await delay(this.config.http.shutdownDrainMs);
  }

  beforeApplicationShutdown(): void {
    const server: Server = this.adapterHost.httpAdapter.getHttpServer();
    // A closing server drops the connections that are idle at that moment; one that had a request then would be kept open
    // for the client's next one until the keep-alive time is over.
    this.sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    this.deadline = setTimeout(() => server.closeAllConnections(), this.config.http.shutdownTimeoutMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweep);
    clearTimeout(this.deadline);
  }
}

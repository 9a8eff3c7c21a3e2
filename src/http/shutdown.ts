import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CONFIG, type Config } from '../config/config.ts';

/**
 * Requests under way finish before anything they need is taken down, but only so long: what still runs at the deadline is
 * cut. Nest closes the server between the two hooks here; providers that requests need end in `onApplicationShutdown`.
 */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  beforeApplicationShutdown(): void {
    const server: Server = this.adapterHost.httpAdapter.getHttpServer();
    this.deadline = setTimeout(() => server.closeAllConnections(), this.config.http.shutdownTimeoutMs);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.deadline);
  }
}

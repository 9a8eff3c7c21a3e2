import type { OnApplicationShutdown } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import type { z } from 'zod';
import type { TrackedExport } from '../../../projections/exports.ts';
import { Channel, type Telling } from '../../http/channels.ts';
import { SocketDoor } from '../../http/sockets.ts';
import { Exports } from './exports.ts';
import { itemOf } from './item.ts';
import { ExportMaker } from './maker.ts';
import { ExportUpdateSchema, tellsOfExports } from './schemas.ts';

const ROLES = ['compliance'] as const;
type ExportUpdate = z.output<typeof ExportUpdateSchema>;

/**
 * `/compliance`: tells officers how far exports are. Every officer hears of every export, as they may ask for every one. Each instance
 * tells the officers who are connected to it, once `GET` shows them the same there; how far the making is, the instance that makes it.
 * Nothing waits here and nothing is kept of a socket: an officer who was away reads the list.
 */
@Channel({ namespace: '/compliance', roles: ROLES, tells: tellsOfExports })
@WebSocketGateway({ namespace: '/compliance' })
export class ExportsGateway implements OnGatewayInit, OnApplicationShutdown {
  @WebSocketServer() private readonly namespace!: Namespace<Record<never, never>, Telling<typeof tellsOfExports>>;
  private stops: readonly (() => void)[] = [];

  constructor(
    private readonly door: SocketDoor,
    private readonly exports: Exports,
    private readonly maker: ExportMaker,
  ) {}

  afterInit(namespace: Namespace): void {
    this.door.admit(namespace, ROLES);
    this.stops = [
      this.exports.listen((job, before) => {
        if (job.status !== before?.status) this.namespace.emit('export.updated', this.updateOf(job));
      }),
      // Not kept for a socket that does not read: the next says more.
      this.maker.watch((job) => this.namespace.volatile.emit('export.updated', this.updateOf(job))),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops) stop();
  }

  private updateOf(job: TrackedExport): ExportUpdate {
    return ExportUpdateSchema.parse(itemOf(job, this.exports, this.maker));
  }
}

import { Logger } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import type { Recorded } from '../../../events/event.ts';
import { room } from '../../consultations/me.gateway.ts';
import { InTurn } from '../../flow/in-turn.ts';
import { Channel } from '../../http/channels.ts';
import { cut } from '../../http/sockets.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { AccessNotices, type AccessRecorded, type EmergencyAccess, isNoticed, type Noticed } from './notices.ts';
import { tellsOfAccesses } from './schemas.ts';

/** Accesses to one patient's recordings that wait to be told. Beyond that the patient's apps are cut and come back for the list. */
const MAX_WAITING = 1_000;
class TooManyAccesses extends Error {}

/** `/me`, of accesses: tells each patient's apps, and no one else's. Every instance tells the apps that are connected to it. */
@Channel({ namespace: '/me', roles: 'anyone', tells: tellsOfAccesses })
@WebSocketGateway({ namespace: '/me' })
export class AccessNoticesGateway implements OnGatewayInit {
  private readonly logger = new Logger(AccessNoticesGateway.name);
  @WebSocketServer() private readonly namespace!: Namespace<
    Record<never, never>,
    {
      'access.recorded': (access: AccessRecorded) => void;
      'access.emergency': (access: EmergencyAccess) => void;
    }
  >;
  private readonly turns = new InTurn<string>(MAX_WAITING, () => new TooManyAccesses());

  constructor(
    private readonly notices: AccessNotices,
    private readonly ledger: Ledger,
  ) {}

  afterInit(namespace: Namespace): void {
    this.ledger.feed.listen((event) => {
      if (isNoticed(event) && namespace.adapter.rooms.has(room(event.data.patientId))) this.enqueue(event);
    });
  }

  /** One after the other for each patient, in the order of the stream. */
  private enqueue(event: Recorded<Noticed>): void {
    const { patientId } = event.data;
    this.turns
      .run(patientId, () => this.tell(event))
      .catch((error: unknown) => {
        if (!(error instanceof TooManyAccesses)) return this.logger.error(`an access was not told: ${String(error)}`);
        this.logger.warn('too many accesses wait to be told; the patient’s apps are cut and read the list');
        for (const socket of this.namespace.sockets.values()) if (socket.rooms.has(room(patientId))) cut(socket);
      });
  }

  private async tell(event: Recorded<Noticed>): Promise<void> {
    const apps = this.namespace.to(room(event.data.patientId));
    const emergency = await this.notices.emergency(event);
    if (emergency) apps.emit('access.emergency', emergency);
    const recorded = await this.notices.recorded(event);
    if (recorded) apps.emit('access.recorded', recorded);
  }
}

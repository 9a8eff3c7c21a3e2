import type { OnApplicationShutdown } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import type { Namespace, Socket } from 'socket.io';
import { v7 as uuidv7 } from 'uuid';
import type { TrackedBreach } from '../../projections/breach-board.ts';
import { BreachBoard, type BreachChange } from '../breaches/board.ts';
import { Breaches } from '../breaches/breaches.ts';
import { AcknowledgeBreach } from '../breaches/commands.ts';
import { Commands } from '../command-path/commands.ts';
import { Channel, type Telling } from '../http/channels.ts';
import { type Answered, cut, SocketDoor } from '../http/sockets.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { IncidentBoard, type IncidentChange } from './board.ts';
import { AcknowledgeIncident } from './commands.ts';
import { Acknowledge, onCallMessages } from './schemas.ts';
import { IncidentView } from './view.ts';

const ROLES = ['on-call', 'compliance'] as const;
type ToScreen = Telling<(typeof onCallMessages)['tells']>;

const CHANNEL = 'socket';
/** A screen shows no more; the rest is at `GET /v1/breaches`. */
const MAX_OPEN_SHOWN = 1_000;
const MAX_TO_NOTE = 10_000;
const CATCH_UP_WAIT_MS = 60_000;

/**
 * `/on-call`: the screens of those who are on call. They hear of a breach, and of the incident that it is part of, when it is in the
 * ledger, whichever instance noticed it.
 */
@Channel({ namespace: '/on-call', roles: ROLES, ...onCallMessages })
@WebSocketGateway({ namespace: '/on-call' })
export class OnCallGateway implements OnGatewayInit, OnGatewayConnection, OnApplicationShutdown {
  @WebSocketServer() private readonly namespace!: Namespace<Record<never, never>, ToScreen>;
  private stops: readonly (() => void)[] = [];
  private noting: Promise<void> = Promise.resolve();
  private toNote = 0;

  constructor(
    private readonly door: SocketDoor,
    private readonly board: BreachBoard,
    private readonly commands: Commands,
    private readonly breaches: Breaches,
    private readonly incidents: IncidentBoard,
    private readonly view: IncidentView,
    private readonly metrics: Metrics,
  ) {}

  afterInit(namespace: Namespace): void {
    this.door.admit(namespace, ROLES);
    this.metrics.watchScreens(() => namespace.sockets.size);
    this.stops = [
      this.board.listen((change) => this.announce(change)),
      this.incidents.listen((change) => this.announceIncident(change)),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    await this.noting;
  }

  /** Open incidents come first, and those flagged meanwhile among or after them: a screen never misses one, and may get one twice. */
  async handleConnection(socket: Socket<Record<never, never>, ToScreen>): Promise<void> {
    const boards = await Promise.all([this.board.current(CATCH_UP_WAIT_MS), this.incidents.current(CATCH_UP_WAIT_MS)]);
    if (boards.includes(false)) {
      // Without the list the screen would show a quiet night; it comes back by itself.
      cut(socket);
      return;
    }
    const open = this.board.open(MAX_OPEN_SHOWN);
    socket.emit(
      'breach.open',
      open.map(({ item }) => item),
    );
    socket.emit(
      'incident.open',
      this.incidents.open(MAX_OPEN_SHOWN).map((incident) => this.view.item(incident)),
    );
    this.note(open);
  }

  @SubscribeMessage('acknowledge')
  acknowledge(@MessageBody() body: unknown, @ConnectedSocket() socket: Socket): Promise<Answered> {
    return this.door.act(socket, Acknowledge, body, async (which, actor) => {
      const cause = { actor, requestId: uuidv7() };
      await ('incidentId' in which
        ? this.commands.execute(new AcknowledgeIncident(which, cause))
        : this.commands.execute(new AcknowledgeBreach(which, cause)));
      return {};
    });
  }

  private announceIncident({ type, incident }: IncidentChange): void {
    if (this.namespace.sockets.size > 0) this.namespace.emit(`incident.${type}`, this.view.item(incident));
  }

  private announce({ type, breach, shown }: BreachChange): void {
    const { item } = breach;
    if (this.namespace.sockets.size === 0) {
      if (type === 'flagged') this.metrics.unheardAlerts.inc();
      return;
    }
    if (type === 'updated') {
      if (shown) this.namespace.emit('breach.updated', item);
      return;
    }
    this.namespace.emit('breach.flagged', item);
    // A witnessed view may be reported late; this measures our system, not the reporter.
    if (item.source === 'mediated' && item.viewedAt !== null)
      this.metrics.viewToAlertSeconds.observe(Math.max(0, Date.now() - Date.parse(item.viewedAt)) / 1_000);
    this.note([breach]);
  }

  /**
   * One after the other: a note is bookkeeping, and a burst of alerts must not become a burst of appends. Beyond the bound none is
   * made; the next screen that connects is told of the breach again, and it is noted then.
   */
  private note(breaches: readonly TrackedBreach[]): void {
    for (const { item, onCallNotified } of breaches) {
      if (onCallNotified || this.toNote >= MAX_TO_NOTE) continue;
      this.toNote += 1;
      this.noting = this.noting
        .then(() => this.breaches.noteNotified(item.breachId, CHANNEL))
        .finally(() => {
          this.toNote -= 1;
        });
    }
  }
}

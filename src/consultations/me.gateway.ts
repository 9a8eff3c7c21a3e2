import { Logger } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Namespace, Socket } from 'socket.io';
import { patientStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { InTurn } from '../flow/in-turn.ts';
import { Channel, type Telling } from '../http/channels.ts';
import { cut, SocketDoor } from '../http/sockets.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { Actor } from '../request/actor.ts';
import { mergedInto } from './merging/identities.ts';
import { type ConsultationChanged, isAnnounced, tellsOfConsultations } from './messages.ts';
import { Patients } from './patients.ts';

/** Events that wait for their patient's stream to be read. Beyond that the apps are cut and come back for the whole list. */
const MAX_WAITING = 10_000;
class TooManyChanges extends Error {}

/** The apps of one person. */
export const room = (personId: string) => `person:${personId}`;

/** `/me`: tells each person's apps, and no one else's, when one of their consultations changes. */
@Channel({ namespace: '/me', roles: 'anyone', tells: tellsOfConsultations })
@WebSocketGateway({ namespace: '/me' })
export class MeGateway implements OnGatewayInit, OnGatewayConnection {
  private readonly logger = new Logger(MeGateway.name);
  @WebSocketServer() private readonly namespace!: Namespace<Record<never, never>, Telling<typeof tellsOfConsultations>>;
  private readonly turns = new InTurn<'changes'>(MAX_WAITING, () => new TooManyChanges());

  constructor(
    private readonly door: SocketDoor,
    private readonly patients: Patients,
    private readonly ledger: Ledger,
  ) {}

  afterInit(namespace: Namespace): void {
    this.door.admit(namespace, 'anyone');
    this.ledger.feed.listen((event) => {
      if (!patientStreams.includes(event) || namespace.sockets.size === 0) return;
      if (isAnnounced(event.type)) this.enqueue(event);
      else this.followIdentity(event);
    });
  }

  /** An app hears of the consultations under each id of its person. */
  async handleConnection(socket: Socket): Promise<void> {
    const { id } = socket.data.actor as Actor;
    // Its own room first: a merge from now on is followed there.
    await socket.join(room(id));
    try {
      const { ledger } = (await this.patients.get(id)).state;
      for (const { patientId } of await mergedInto(this.patients, id, ledger)) await socket.join(room(patientId));
    } catch (error) {
      this.logger.warn(`it is not known which ids a person has; their app comes back: ${String(error)}`);
      cut(socket);
    }
  }

  /** The merged id's own stream says it. */
  private followIdentity({ type, data }: Recorded<PatientEvent>): void {
    if (type !== 'PatientsMerged' && type !== 'PatientsUnmerged') return;
    const { patientId, mergedPatientId, survivingPatientId } = data;
    if (patientId !== mergedPatientId) return;
    const apps = this.namespace.in(room(survivingPatientId));
    if (type === 'PatientsMerged') apps.socketsJoin(room(mergedPatientId));
    else apps.socketsLeave(room(mergedPatientId));
  }

  /** One event after the other, so that every app hears them in the order of the stream. */
  private enqueue(event: Recorded<PatientEvent>): void {
    this.turns
      .run('changes', () => this.announce(event))
      .catch((error: unknown) => {
        if (!(error instanceof TooManyChanges)) return this.logger.error(`a change was not told: ${String(error)}`);
        this.logger.warn('too many changes wait; the apps are cut and read the list again');
        for (const socket of this.namespace.sockets.values()) cut(socket);
      });
  }

  private async announce(event: Recorded<PatientEvent>): Promise<void> {
    const { type, data, revision } = event;
    if (!('consultationId' in data)) return;
    const { patientId, consultationId } = data;
    const { state } = await this.patients.known(patientId);
    const people = state.list.get(consultationId)?.participants.map(({ personId }) => personId) ?? [];
    // A person just removed hears that they were, and nothing after it.
    const removed = type === 'ParticipantRemoved' ? [data.personId] : [];
    const rooms = [...people, ...removed].map(room);
    if (!isAnnounced(type)) return;
    const changed = { patientId, consultationId, type, revision, ...presenceIn(event) };
    if (rooms.length > 0) this.namespace.to(rooms).emit('consultation.changed', changed);
  }
}

const presenceIn = ({ type, data }: PatientEvent): Pick<ConsultationChanged, 'personId' | 'deviceId'> => {
  if (type !== 'ConsultationJoined' && type !== 'ConsultationLeft') return {};
  const { personId, deviceId } = data;
  return { personId, ...(deviceId !== undefined && { deviceId }) };
};

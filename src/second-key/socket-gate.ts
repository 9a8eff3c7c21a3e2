import { Injectable, Logger } from '@nestjs/common';
import type { Server } from 'socket.io';
import { v7 as uuidv7 } from 'uuid';
import { NOW, type RecordingAccess, tookPart, wasMergedInto } from '../../projections/recording-access.ts';
import type { StopReason } from './answer.ts';
import { isAtTheDesk } from './answer.ts';
import { CallerWitness, type Established } from './caller.ts';
import type { SaidByBrowser } from './console-session.ts';
import { Evidence } from './evidence.ts';
import { keptId } from './person-id.ts';
import { NOBODY, Stops } from './stops.ts';

/** An engine.io connection: what socket.io writes to, and what it hears from. */
type Connection = {
  write: (data: unknown, options?: object, callback?: () => void) => Connection;
  close: (discard?: boolean) => void;
  on: (event: 'data', listener: (data: unknown) => void) => void;
  /** The first request of it. */
  request: { readonly headers: SaidByBrowser };
};

/** A socket.io packet as text: type, namespace, the number an acknowledgement is asked under, JSON. */
type Packet = { readonly type: string; readonly namespace: string; readonly json: string };

const PACKET = /^(\d)(?:(\/[^,]*),)?(\d*)(.*)$/s;
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = ['0', '1', '2', '3', '4'];

type IsFor = (caller: Established) => boolean;
/** Whom all that is said in a namespace is for, where that goes by role. */
const FOR_ROLES: Readonly<Record<string, IsFor | undefined>> = {
  '/on-call': isAtTheDesk,
  '/compliance': ({ roles }) => roles.has('compliance'),
};

/** A token is good for as long after its end as clocks differ. */
const LEEWAY_MS = 5_000;

const readPacket = (data: unknown): Packet | undefined => {
  const [, type, namespace = '/', , json = ''] = typeof data === 'string' ? (PACKET.exec(data) ?? []) : [];
  return type === undefined ? undefined : { type, namespace, json };
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/**
 * The last look at every socket message. It stands under socket.io, at the connection itself: whatever room or namespace a message was
 * sent to, it leaves only to a person whose own credential, as it came over this very connection, lets them hear it.
 */
@Injectable()
export class SocketGate {
  private readonly logger = new Logger(SocketGate.name);

  constructor(
    private readonly witness: CallerWitness,
    private readonly evidence: Evidence,
    private readonly stops: Stops,
  ) {}

  attach(server: Server): void {
    server.engine.on('connection', (connection: unknown) => this.guard(connection as Connection));
  }

  private guard(connection: Connection): void {
    const heard = new Heard(this.witness, connection.request.headers);
    connection.on('data', (data) => heard.take(readPacket(data)));
    const write = connection.write.bind(connection);
    const close = connection.close.bind(connection);
    /** What waits for its check, and everything after it: messages keep their order. */
    let waiting: Promise<void> | undefined;
    const after = (work: () => void | Promise<void>): void => {
      const mine: Promise<void> = (waiting ?? Promise.resolve())
        .then(work)
        .catch((error: unknown) => {
          this.logger.warn(`a message could not be checked, so its connection is closed: ${String(error)}`);
          close(true);
        })
        .finally(() => {
          if (waiting === mine) waiting = undefined;
        });
      waiting = mine;
    };
    const check = async (data: unknown): Promise<boolean> => {
      const packet = readPacket(data);
      const caller = packet && (await heard.callerOn(packet.namespace));
      const reason = await this.reasonToStop(packet, caller);
      if (!reason) return true;
      await this.stops.record(
        { reason, owners: [] },
        {
          viewerId: caller?.id ?? NOBODY,
          route: `socket ${packet?.namespace ?? 'unknown'}`.slice(0, 200),
          cause: {
            actor: { id: caller?.id ?? NOBODY, roles: [...(caller?.roles ?? [])] },
            requestId: uuidv7(),
          },
        },
      );
      return false;
    };
    connection.write = (data, options, callback) => {
      if (!waiting && this.isHarmless(data, heard)) write(data, options, callback);
      else
        after(async () => {
          if (await check(data)) write(data, options, callback);
          else close(true);
        });
      return connection;
    };
    connection.close = (discard) => {
      if (waiting) after(() => close(discard));
      else close(discard);
    };
  }

  /** Packets that can be let through without waiting: the protocol's own, and messages that the folds at hand decide. */
  private isHarmless(data: unknown, heard: Heard): boolean {
    const packet = readPacket(data);
    if (!packet) return false;
    if (packet.type === CONNECT || packet.type === DISCONNECT || packet.type === CONNECT_ERROR) return true;
    const caller = heard.knownOn(packet.namespace);
    if (!caller || (caller.session && !this.evidence.isSignedInAtHand(caller.session, caller.id))) return false;
    const isFor = FOR_ROLES[packet.namespace];
    if (isFor) return this.roleHears(packet, caller, isFor) === undefined;
    const [name, message] = messageOf(packet);
    const access = this.evidence.patientAtHand(keptId(fieldOf(message, 'patientId')));
    return isOwnBusiness(packet, name, message) || (access !== undefined && this.hears(caller, name, message, access));
  }

  /** @returns undefined: it may leave */
  private async reasonToStop(
    packet: Packet | undefined,
    caller: Established | undefined,
  ): Promise<StopReason | undefined> {
    if (!packet) return 'not-theirs';
    if (packet.type === CONNECT || packet.type === DISCONNECT || packet.type === CONNECT_ERROR) return undefined;
    if (!caller || caller.expiresAt + LEEWAY_MS < Date.now()) return 'caller-disputed';
    if (caller.session && !(await this.evidence.isSignedIn(caller.session, caller.id))) return 'caller-disputed';
    const isFor = FOR_ROLES[packet.namespace];
    if (isFor) return this.roleHears(packet, caller, isFor);
    if (packet.namespace !== '/me') return 'not-theirs';
    const [name, message] = messageOf(packet);
    if (isOwnBusiness(packet, name, message)) return undefined;
    const patientId = keptId(fieldOf(message, 'patientId'));
    const revision = fieldOf(message, 'revision');
    if (patientId === '' || typeof revision !== 'number') return 'not-theirs';
    const access = await this.evidence.patient(patientId, revision);
    return this.hears(caller, name, message, access) ? undefined : 'not-theirs';
  }

  private roleHears({ type }: Packet, caller: Established, isFor: IsFor): StopReason | undefined {
    if (type !== EVENT && type !== ACK) return 'not-theirs';
    if (caller.expiresAt + LEEWAY_MS < Date.now()) return 'caller-disputed';
    return isFor(caller) ? undefined : 'desk-only';
  }

  /** A person who took part just before the event or just after it: the one who was removed hears that, too. */
  private hears(caller: Established, name: unknown, message: unknown, access: RecordingAccess): boolean {
    const [patientId, consultationId] = [keptId(fieldOf(message, 'patientId')), fieldOf(message, 'consultationId')];
    const revision = fieldOf(message, 'revision');
    if (patientId === '' || typeof consultationId !== 'string' || typeof revision !== 'number') return false;
    if (caller.expiresAt + LEEWAY_MS < Date.now() || access.revision < revision) return false;
    const known = this.evidence.owners.of(consultationId);
    if (known && known.patientId !== patientId) return false;
    // Who looked is told to the patient alone, under either id.
    if (
      typeof name === 'string' &&
      name.startsWith('access.') &&
      caller.id !== patientId &&
      !wasMergedInto(access, caller.id, NOW)
    )
      return false;
    const place = { patientId, consultationId };
    return (
      tookPart(access, place, caller.id, { revision }) || tookPart(access, place, caller.id, { revision: revision + 1 })
    );
  }
}

const messageOf = ({ json }: Packet): readonly [name: unknown, message: unknown] => {
  const args = parsed(json);
  return Array.isArray(args) ? [args[0], args[1]] : [undefined, undefined];
};

/** What a connection is told about itself: acknowledgements, and that its token ends. Nothing in it is about a patient. */
const isOwnBusiness = ({ type, json }: Packet, name: unknown, message: unknown): boolean =>
  (type === ACK || (type === EVENT && (name === 'token.expiring' || name === 'exception'))) &&
  fieldOf(message, 'patientId') === undefined &&
  !json.includes('consultationId');

/** Who is on each namespace of one connection, by the packets sent over it. */
class Heard {
  private readonly proofs = new Map<string, () => Promise<Established | undefined>>();
  private readonly established = new Map<string, Promise<Established | undefined>>();
  private readonly known = new Map<string, Established>();

  constructor(
    private readonly witness: CallerWitness,
    private readonly handshake: SaidByBrowser,
  ) {}

  take(packet: Packet | undefined): void {
    if (packet?.type === CONNECT) this.put(packet.namespace, fieldOf(parsed(packet.json), 'token'));
    if (packet?.type !== EVENT) return;
    const [name, message] = messageOf(packet);
    if (name === 'token.renew') this.renew(packet.namespace, fieldOf(message, 'token'));
  }

  /**
   * Looked at again where it proved no one: a person who comes for the first time may have no id in the ledger at the handshake, and has one when the first
   * message is for them.
   */
  async callerOn(namespace: string): Promise<Established | undefined> {
    const caller = await this.established.get(namespace);
    const proof = this.proofs.get(namespace);
    if (caller || !proof) return caller;
    this.look(namespace, proof);
    return this.established.get(namespace);
  }

  knownOn(namespace: string): Established | undefined {
    return this.known.get(namespace);
  }

  private put(namespace: string, token: unknown): void {
    // A token is the caller, also a wrong one; without any it is the session that the browser came with.
    const proof =
      token === undefined
        ? () => this.witness.fromHandshake(this.handshake)
        : async () => (typeof token === 'string' ? this.witness.fromToken(token) : undefined);
    this.proofs.set(namespace, proof);
    this.look(namespace, proof);
  }

  private look(namespace: string, proof: () => Promise<Established | undefined>): void {
    const caller = proof();
    this.known.delete(namespace);
    this.established.set(namespace, caller);
    caller.then(
      (who) => who && this.established.get(namespace) === caller && this.known.set(namespace, who),
      () => undefined,
    );
  }

  /** The same person, with a token that ends later; anything else changes nothing. */
  private renew(namespace: string, token: unknown): void {
    const before = this.established.get(namespace);
    if (!before || typeof token !== 'string') return;
    const renewed = Promise.all([before, this.witness.fromToken(token)]).then(([old, next]) =>
      old && next?.id === old.id && (FOR_ROLES[namespace]?.(next) ?? true) ? next : old,
    );
    this.established.set(namespace, renewed);
    renewed.then(
      (who) => who && this.established.get(namespace) === renewed && this.known.set(namespace, who),
      () => undefined,
    );
  }
}

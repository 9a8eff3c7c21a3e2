import { randomUUID } from 'node:crypto';
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import pb from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import {
  type handleUnaryCall,
  type Metadata,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Access } from '../access/access.ts';
import { writeFailure } from '../streams/append-failures.ts';
import { Outbox } from '../streams/outbox.ts';
import { streamName, uuidText } from '../wire/identifiers.ts';
import { invalidArgument, StatusError } from '../wire/status-error.ts';
import { idOf } from './definition.ts';
import { encodeDelivery } from './encoding.ts';
import type { Consumer, Group } from './group.ts';
import type { PersistentSubscriptions } from './persistent-subscriptions.ts';
import { subscriptionInfo } from './reports.ts';
import { nackAction, required, streamOf, wantedByCreate, wantedByUpdate } from './requests.ts';

/** Deliveries are written as the bytes they are stored as. */
export const persistentSubscriptionsDefinition: ServiceDefinition = {
  ...PersistentSubscriptionsService,
  read: {
    ...PersistentSubscriptionsService.read,
    responseSerialize: (encoded: Buffer) => encoded,
  },
};

/** Handlers for `persistentSubscriptionsDefinition`; `access` says who may have what done. */
export const persistentSubscriptionsService = (
  subscriptions: PersistentSubscriptions,
  logger: Logger,
  access: Pick<Access, 'guard' | 'userOf' | 'mayManageSubscriptions' | 'mayInspectSubscriptions'>,
): UntypedServiceImplementation => {
  const answered = (error: unknown): StatusError => {
    if (!(error instanceof StatusError))
      logger.error({ err: error }, 'a request to the persistent subscriptions failed');
    return writeFailure(error);
  };

  const { mayManageSubscriptions, mayInspectSubscriptions, userOf } = access;
  const unary =
    <Request, Response>(
      allowed: (caller: Metadata) => void,
      handle: (request: Request, by: string) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => {
          allowed(call.metadata);
          return handle(call.request, userOf(call));
        })
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(answered(error)),
        );
    };

  return {
    create: unary(mayManageSubscriptions, async (request: pb.CreateReq, by) => {
      await subscriptions.create(wantedByCreate(request), by);
      return new pb.CreateResp();
    }),

    update: unary(mayManageSubscriptions, async (request: pb.UpdateReq, by) => {
      await subscriptions.update(wantedByUpdate(request), by);
      return new pb.UpdateResp();
    }),

    delete: unary(mayManageSubscriptions, async (request: pb.DeleteReq, by) => {
      const options = required(request.getOptions(), 'options');
      await subscriptions.delete(streamOf(options), options.getGroupName(), by);
      return new pb.DeleteResp();
    }),

    getInfo: unary(mayInspectSubscriptions, (request: pb.GetInfoReq) => {
      const options = required(request.getOptions(), 'options');
      const response = new pb.GetInfoResp();
      response.setSubscriptionInfo(
        subscriptionInfo(subscriptions.find(streamOf(options), options.getGroupName()).report()),
      );
      return response;
    }),

    list: unary(mayInspectSubscriptions, (request: pb.ListReq) => {
      const options = required(request.getOptions(), 'options');
      const response = new pb.ListResp();
      response.setSubscriptionsList(listed(subscriptions, options).map((group) => subscriptionInfo(group.report())));
      return response;
    }),

    replayParked: unary(mayManageSubscriptions, (request: pb.ReplayParkedReq) => {
      const options = required(request.getOptions(), 'options');
      const [stream, group] = [streamOf(options), options.getGroupName()];
      subscriptions.replayParked(stream, group, options.hasStopAt() ? BigInt(options.getStopAt()) : undefined);
      return new pb.ReplayParkedResp();
    }),

    restartSubsystem: unary(mayManageSubscriptions, async () => {
      await subscriptions.restart();
      return new shared.Empty();
    }),

    read: (call: ServerDuplexStream<pb.ReadReq, Buffer>) => {
      new Reading(subscriptions, access, call, answered).begin();
    },
  };
};

const listed = (subscriptions: PersistentSubscriptions, options: pb.ListReq.Options): Group[] => {
  if (options.hasListAllSubscriptions()) return subscriptions.all();
  const source = required(options.getListForStream(), 'stream to list');
  if (source.hasAll()) return subscriptions.ofStream('$all');
  return subscriptions.ofStream(streamName(source.getStream()));
};

/** One consumer's call: waits for options, joins the group, then carries deliveries out and acknowledgements in. */
class Reading {
  readonly #id = randomUUID();
  readonly #outbox: Outbox;
  #group: Group | undefined;
  #asked = false;
  #over = false;

  constructor(
    private readonly subscriptions: PersistentSubscriptions,
    private readonly access: Pick<Access, 'guard' | 'userOf'>,
    private readonly call: ServerDuplexStream<pb.ReadReq, Buffer>,
    private readonly answered: (error: unknown) => StatusError,
  ) {
    this.#outbox = new Outbox(call);
  }

  begin(): void {
    this.call.on('data', (request: pb.ReadReq) => this.#received(request));
    this.call.on('cancelled', () => this.#leave());
    this.call.on('error', () => this.#leave());
    this.call.on('end', () => {
      if (!this.#over) this.call.end();
      this.#leave();
    });
  }

  #received(request: pb.ReadReq): void {
    if (this.#over) return;
    try {
      const options = request.getOptions();
      if (options === undefined) this.#answer(request);
      else if (this.#asked) throw invalidArgument('A consumer belongs to one group: the options are sent once.');
      else {
        this.#asked = true;
        this.#join(options).catch((error: unknown) => this.#refuse(error));
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #join(options: pb.ReadReq.Options): Promise<void> {
    const slots = options.getBufferSize();
    if (slots < 1) throw invalidArgument('The buffer size must be at least 1.');
    const [stream, group] = [streamOf(options), options.getGroupName()];
    this.access.guard(this.call.metadata, 'read', stream);
    this.#group = await this.subscriptions.join(stream, group, this.#consumer(stream, group, slots));
    if (this.#over) this.#group.leave(this.#id);
  }

  #consumer(stream: string, group: string, slots: number): Consumer {
    const [connectionName] = this.call.metadata.get('connection-name');
    return {
      id: this.#id,
      slots,
      username: this.access.userOf(this.call),
      from: this.call.getPeer(),
      connectionName: connectionName?.toString() ?? '',
      admitted: () => {
        const confirmation = new pb.ReadResp.SubscriptionConfirmation();
        confirmation.setSubscriptionId(idOf(stream, group));
        const response = new pb.ReadResp().setSubscriptionConfirmation(confirmation);
        this.#outbox.write(PersistentSubscriptionsService.read.responseSerialize(response));
      },
      send: (delivery) => this.#send(encodeDelivery(delivery)),
      drop: (error) => this.#refuse(error),
    };
  }

  #send(delivery: Buffer): boolean {
    this.#outbox.write(delivery);
    if (!this.#outbox.blocked) return true;
    void this.#outbox.ready().then(() => this.#group?.drained(this.#id));
    return false;
  }

  #answer(request: pb.ReadReq): void {
    if (this.#group === undefined) throw invalidArgument('The options come first.');
    const [ack, nack] = [request.getAck(), request.getNack()];
    if (ack !== undefined) this.#group.ack(ack.getIdsList().map(uuidText));
    if (nack === undefined) return;
    this.#group.nack(nack.getIdsList().map(uuidText), nackAction(nack.getAction()), nack.getReason());
  }

  #leave(): void {
    this.#over = true;
    this.#group?.leave(this.#id);
  }

  #refuse(error: unknown): void {
    if (this.#over) return;
    this.#leave();
    this.call.emit('error', this.answered(error));
  }
}

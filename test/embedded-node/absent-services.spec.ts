import { MonitoringService } from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import monitoring from '@eventstore/db-client/generated/monitoring_pb.js';
import { OperationsService } from '@eventstore/db-client/generated/operations_grpc_pb.js';
import operations from '@eventstore/db-client/generated/operations_pb.js';
import { ProjectionsService } from '@eventstore/db-client/generated/projections_grpc_pb.js';
import projections from '@eventstore/db-client/generated/projections_pb.js';
import { UsersService } from '@eventstore/db-client/generated/users_grpc_pb.js';
import users from '@eventstore/db-client/generated/users_pb.js';
import { credentials, type MethodDefinition, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { errorOf } from '../embedded/server-under-test.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

describe('services that the node does not have', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startEmbeddedNode();
  });
  afterAll(() => node.stop());

  /** Calls a method the way any gRPC client would, and waits for its end. */
  const call = <Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<void> => {
    const Client = makeGenericClientConstructor({}, 'any');
    const client = new Client(node.connectionString.replace(/^esdb:\/\/|\?.*/g, ''), credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize, responseStream } = method;
    return new Promise<void>((resolve, reject) => {
      if (responseStream) {
        const answers = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
        answers.on('error', reject).on('end', resolve).resume();
      } else {
        const answered = (error: Error | null) => (error === null ? resolve() : reject(error));
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, answered);
      }
    }).finally(() => client.close());
  };

  const [noProjections, noUsers] = ['it runs no projections', 'its users are set in its data folder'];
  it.each<[string, () => Promise<void>]>([
    [noProjections, () => call(ProjectionsService.statistics, new projections.StatisticsReq())],
    [noProjections, () => call(ProjectionsService.create, new projections.CreateReq())],
    [noUsers, () => call(UsersService.details, new users.DetailsReq())],
    [noUsers, () => call(UsersService.create, new users.CreateReq())],
    ['its command line', () => call(OperationsService.startScavenge, new operations.StartScavengeReq())],
    ['it keeps no statistics', () => call(MonitoringService.stats, new monitoring.StatsReq())],
  ])('say so in plain words: %s', async (reason, called) => {
    expect(await errorOf(called())).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringMatching(`is not part of the embedded node: .*${reason}`),
    });
  });
});

import { randomUUID } from 'node:crypto';
import type { IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { uuid } from '../wire/identifiers.ts';

/** A cluster of one: the node is its own leader, at the address its clients can dial. */
export const gossipOfOne = (endpoint: () => { readonly host: string; readonly port: number }): IGossipServer => {
  const instance = uuid(randomUUID());
  return {
    read: (_call, callback) => {
      const { host, port } = endpoint();
      const member = new gossip.MemberInfo()
        .setInstanceId(instance)
        .setTimeStamp(String(BigInt(Date.now()) * 10_000n))
        .setState(gossip.MemberInfo.VNodeState.LEADER)
        .setIsAlive(true)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
      callback(null, new gossip.ClusterInfo().setMembersList([member]));
    },
  };
};

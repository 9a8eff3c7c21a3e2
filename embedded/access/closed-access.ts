import { join } from 'node:path';
import {
  type Metadata,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { EventLog } from '../log/event-log.ts';
import { accessDenied } from '../wire/status-error.ts';
import { type Access, authority } from './access.ts';
import { tlsFiles } from './certificate.ts';
import { privateFolder, writePrivately } from './private-files.ts';
import { streamRights } from './stream-rights.ts';
import { type Caller, recognise, usersOf } from './users.ts';

/** Groups that may run persistent subscriptions, as in EventStoreDB. */
const OPERATORS = ['$admins', '$ops'];

/**
 * Closed to every other user of the machine: TLS with a certificate of the data folder's own, users with random
 * passwords, and EventStoreDB's rules on who may do what. Everything that opens the door lies in the data folder, which
 * only its owner may enter.
 *
 * As on the real server, a wrong password is answered UNAUTHENTICATED, and a call without credentials is a call by
 * an anonymous caller, who may ask what the node is able to do and nothing else.
 * @throws FolderOpenToOthers, UsersUnreadable
 */
export const closedAccess = async (dir: string, log: EventLog): Promise<Access> => {
  privateFolder(dir);
  const users = usersOf(dir);
  const tls = await tlsFiles(dir);
  const recognised = recognise(users);
  const allows = streamRights(log);

  const callerOf = (metadata: Metadata): Caller => {
    const caller = recognised(metadata);
    if (caller === 'nobody' || caller === 'refused') throw accessDenied();
    return caller;
  };

  return {
    credentials: ServerCredentials.createSsl(null, [
      { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
    ]),
    interceptors: [refuseWrongCredentials(recognised)],
    guard: (metadata, operation, stream) => {
      if (!allows(callerOf(metadata), operation, stream)) throw accessDenied();
    },
    mayManageSubscriptions: (metadata) => {
      if (!callerOf(metadata).groups.some((group) => OPERATORS.includes(group))) throw accessDenied();
    },
    mayInspectSubscriptions: (metadata) => {
      callerOf(metadata);
    },
    userOf: ({ metadata }) => callerOf(metadata).name,
    publish: ({ port }) => {
      // A name, since TLS has no server name for bare addresses; the certificate covers it on every loopback address.
      const endpoint = { host: 'localhost', port };
      const options = `tls=true&tlsCAFile=${encodeURIComponent(tls.authorityFile)}`;
      const connectionString = (credentials: string) => `esdb://${credentials}${authority(endpoint)}?${options}`;
      const fileOf = (name: string) => join(dir, 'access', `credentials-${name}.json`);
      for (const { name, password } of users) {
        const login = {
          connectionString: connectionString(`${encodeURIComponent(name)}:${encodeURIComponent(password)}@`),
        };
        writePrivately(fileOf(name), `${JSON.stringify(login)}\n`);
      }
      return { connectionString: connectionString(''), credentialsFile: fileOf('admin') };
    },
  };
};

const refuseWrongCredentials =
  (recognised: ReturnType<typeof recognise>): ServerInterceptor =>
  (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (listenWith) =>
        listenWith({
          onReceiveMetadata: (metadata, proceed) => {
            if (recognised(metadata) !== 'refused') proceed(metadata);
            else
              call.sendStatus({
                code: status.UNAUTHENTICATED,
                details: 'Wrong user name or password.',
                metadata: null,
              });
          },
        }),
    });

import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import type { Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { shown } from '../request/person-id.ts';
import { type AddressOf, addressBehind } from './address.ts';
import { HandshakeRefused, JOIN_WITHIN_MS } from './sockets.ts';
import { ignoreOtherUpgrades } from './upgrades.ts';

/** As much as the headers of a request, where a token may be as long; anything larger is not for us. */
const MAX_MESSAGE_BYTES = 16_384;
const PATH = '/socket.io/';

/** What checks every message on its way out: the second key, of which this adapter knows nothing else. */
type Gate = { attach(server: Server): void };

/** socket.io on the port of the API, under the same CORS rules, and bounded: no caller keeps an idle connection, nor all of them. */
export class SocketAdapter extends IoAdapter {
  private readonly addressOf: AddressOf;

  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly gate: Gate | undefined,
  ) {
    super(app);
    this.addressOf = addressBehind(config.http.trustedProxies);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { corsOrigins } = this.config.http;
    const connections = new Connections(this.config.http.sockets, this.addressOf);
    const server: Server = super.createIOServer(port, {
      ...options,
      path: PATH,
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      connectTimeout: JOIN_WITHIN_MS,
      allowRequest: (request: IncomingMessage, decide: (error: string | null, allowed: boolean) => void) => {
        const full = connections.full(request);
        decide(full ?? null, full === undefined);
      },
      cors: corsOrigins.length > 0 ? { origin: [...corsOrigins] } : { origin: false },
    } as ServerOptions);
    showIds(server);
    this.gate?.attach(server);
    server.engine.on('connection', (connection: Connection) => connections.opened(connection));
    server
      .of('/')
      .use((_socket, next) => next(new HandshakeRefused('route-not-found', 'connect to /me, /on-call or /compliance')));
    ignoreOtherUpgrades(this.httpServer as HttpServer, PATH);
    return server;
  }
}

/** All messages go through the server's one encoder: to one socket, to a room, and acknowledgements. One whose ids cannot be shown is not sent. */
const showIds = ({ encoder }: Server): void => {
  const logger = new Logger('Sockets');
  const encode = encoder.encode.bind(encoder);
  encoder.encode = (packet) => {
    try {
      return encode({ ...packet, data: shown(packet.data) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      logger.warn(`a message to ${packet.nsp} is not sent: ${error.message}`);
      return [];
    }
  };
};

type Connection = {
  readonly request: IncomingMessage;
  once(event: 'close', listener: () => void): void;
  close(discard: boolean): void;
};

/** The open connections of sockets, all together and by address. */
class Connections {
  private all = 0;
  private readonly byAddress = new Map<string, number>();

  constructor(
    private readonly most: Config['http']['sockets'],
    private readonly addressOf: AddressOf,
  ) {}

  /** Why no other connection is taken from there; undefined while one is. */
  full(request: IncomingMessage): string | undefined {
    if (this.all >= this.most.max) return 'there are too many connections';
    const here = this.byAddress.get(this.addressOf(request)) ?? 0;
    return here >= this.most.perAddress ? 'there are too many connections from this address' : undefined;
  }

  opened(connection: Connection): void {
    // Several at once can have been let in before any of them was counted.
    if (this.full(connection.request) !== undefined) {
      connection.close(true);
      return;
    }
    const address = this.addressOf(connection.request);
    this.all += 1;
    this.byAddress.set(address, (this.byAddress.get(address) ?? 0) + 1);
    connection.once('close', () => {
      this.all -= 1;
      const left = (this.byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.byAddress.set(address, left);
      else this.byAddress.delete(address);
    });
  }
}

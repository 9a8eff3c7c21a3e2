import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import type { Config } from '../config/config.ts';
import type { SocketGate } from '../second-key/socket-gate.ts';

/** What a client sends is an id and an acknowledgement; anything larger is not for us. */
const MAX_MESSAGE_BYTES = 4_096;

/** socket.io on the port of the API, under the same CORS rules. */
export class SocketAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly gate: SocketGate | undefined,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { corsOrigins } = this.config.http;
    const server: Server = super.createIOServer(port, {
      ...options,
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      cors: corsOrigins.length > 0 ? { origin: [...corsOrigins] } : { origin: false },
    } as ServerOptions);
    this.gate?.attach(server);
    return server;
  }
}

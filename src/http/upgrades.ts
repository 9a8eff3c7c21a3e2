import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

type Upgraded = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

/**
 * A server may ignore an upgrade it does not know (RFC 9110, 7.8), but once any listener takes upgrades Node gives all of them to the
 * listeners and answers none. Only websockets on `path` go there; any other request is put back in front of its connection without the
 * offer, and gets the answer it would have got.
 */
export const ignoreOtherUpgrades = (server: Server, path: string): void => {
  const listeners = server.listeners('upgrade') as Upgraded[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket' && request.url?.startsWith(path)) {
      for (const listener of listeners) listener.call(server, request, socket, head);
      return;
    }
    // An answer to an earlier request on this connection is still on its way, and the next must not overtake it.
    if ((socket as Socket & { _httpMessage?: unknown })._httpMessage) {
      socket.destroy();
      return;
    }
    socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
    server.emit('connection', socket);
  });
};

const headOf = ({ method, url, httpVersion, rawHeaders }: IncomingMessage): string => {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    const kept = name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value;
    if (name.toLowerCase() !== 'upgrade' && kept !== '') lines.push(`${name}: ${kept}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
};

const withoutUpgrade = (connection: string): string =>
  connection
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option.toLowerCase() !== 'upgrade')
    .join(', ');

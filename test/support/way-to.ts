import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be closed and opened again, as a network is. */
export const wayTo = async (endpoint: string) => {
  const { hostname, port } = new URL(endpoint);
  const connections = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(Number(port), hostname);
    for (const socket of [from, to]) {
      connections.add(socket);
      socket.on('error', () => undefined).on('close', () => connections.delete(socket));
    }
    from.pipe(to).pipe(from);
  });
  const open = async (at = 0) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const own = await open();
  return {
    endpoint: `http://127.0.0.1:${own}`,
    open: () => open(own),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
};

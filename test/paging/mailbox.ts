import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export type ReceivedMail = { readonly to: readonly string[]; readonly text: string };

/** A mail server that takes everything, or answers RCPT with a code of its choice. */
export class Mailbox {
  readonly received: ReceivedMail[] = [];
  refusesWith: number | undefined;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  async start(): Promise<this> {
    this.server = createServer((socket) => this.converse(socket));
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server?.address() as AddressInfo | undefined)?.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server?.listening) await once(this.server.close(), 'close');
  }

  private converse(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    const say = (line: string) => void socket.write(`${line}\r\n`);
    let to: string[] = [];
    let text: string | undefined;
    let rest = '';
    const hear = (line: string) => {
      if (text !== undefined) {
        if (line !== '.') text += `${line}\n`;
        else {
          this.received.push({ to, text });
          text = undefined;
          to = [];
          say('250 taken');
        }
        return;
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT' && this.refusesWith !== undefined) say(`${this.refusesWith} not here`);
      else if (verb === 'DATA') {
        text = '';
        say('354 go ahead');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
      } else {
        if (verb === 'RCPT') to.push(/<(.*)>/.exec(line)?.[1] ?? '');
        say('250 ok');
      }
    };
    say('220 mailbox');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      lines.forEach(hear);
    });
  }
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as PagerDuty's Events API v2 takes it. */
export type Page = {
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string; readonly severity: string };
};
type Received = { readonly page: Page; readonly text: string; readonly at: number };

/** What stands in for PagerDuty: takes messages on `/v2/enqueue`, and answers as it does. */
export class Pager {
  readonly received: Received[] = [];
  private readonly server: Server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString('utf8');
      const isTaken = request.method === 'POST' && request.url === '/v2/enqueue';
      const page = isTaken ? (JSON.parse(text) as Page) : undefined;
      if (page) this.received.push({ page, text, at: performance.now() });
      response.writeHead(page ? 202 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(page ? { status: 'success', dedup_key: page.dedup_key } : { status: 'not found' }));
    })().catch(() => response.destroy());
  });

  /** @returns the settings that have a server page it */
  async start(): Promise<Readonly<Record<string, string>>> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return { PAGERDUTY_URL: `http://127.0.0.1:${port}/v2/enqueue`, PAGERDUTY_ROUTING_KEY: 'a-key-of-the-demo' };
  }

  of(action: Page['event_action']): readonly Received[] {
    return this.received.filter(({ page }) => page.event_action === action);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }
}

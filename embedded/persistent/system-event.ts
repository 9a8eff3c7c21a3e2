import { randomUUID } from 'node:crypto';
import type { EventLog } from '../log/event-log.ts';

/** Appends one of the node's own events; resolves once it is durable. @throws Error when the log refuses it */
export const writeSystemEvent = async (log: EventLog, stream: string, type: string, json: string): Promise<void> => {
  const result = await log.append(stream, 'any', [
    { id: randomUUID(), type, contentType: 'application/json', data: Buffer.from(json), metadata: Buffer.alloc(0) },
  ]);
  if (!result.ok) throw new Error(`The log refused an event of ${stream}: ${result.reason}.`);
};

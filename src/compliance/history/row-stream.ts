import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A receiver that takes nothing for so long has gone away. */
const IDLE_MS = 30_000;

/**
 * Sends a text, or bytes, at the pace of its receiver. Once it has begun it can only be cut short: the connection is reset, so that no receiver takes half
 * an answer for the whole.
 * @returns why it was cut short; undefined when all of it left
 */
export const sendText = async (
  parts: AsyncIterable<string | Uint8Array>,
  response: ServerResponse,
  idleMs = IDLE_MS,
): Promise<unknown> => {
  const stalled = setTimeout(() => response.destroy(), idleMs);
  async function* paced() {
    for await (const part of parts) {
      stalled.refresh();
      yield part;
    }
  }
  try {
    await pipeline(Readable.from(paced(), { highWaterMark: 2 }), response);
    return undefined;
  } catch (error) {
    response.socket?.resetAndDestroy();
    return error;
  } finally {
    clearTimeout(stalled);
  }
};

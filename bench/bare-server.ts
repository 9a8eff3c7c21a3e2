import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { v7 } from 'uuid';
import { objectKey } from '../src/objects/object-key.ts';
import { recordingKey, recordingKeys } from '../src/recordings/recording-key.ts';
import { recordingFiles } from '../src/recordings/stores.ts';

// The bare store behind HTTP, in a process of its own: what the application is measured against. No caller is asked who they are,
// nothing is hashed, checked or recorded.
const store = recordingFiles({ folder: process.argv[2] as string });
const server = createServer(async (asked, answer) => {
  try {
    if (asked.method === 'POST') {
      const key = recordingKey({ patientId: 'bench', recordingId: v7() });
      await store.write(key, asked, { contentType: 'video/webm' });
      answer.writeHead(201).end(key);
    } else {
      const { stream, totalBytes } = await store.read(objectKey((asked.url ?? '').slice(1), recordingKeys));
      answer.writeHead(200, { 'content-length': totalBytes });
      await pipeline(stream, answer);
    }
  } catch (error) {
    answer.destroy(error as Error);
  }
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));

/*
 * Fills a folder through the log itself, the way the node would, twenty events an append:
 *
 *   node fill.js <address of the build> <folder> <number of events> <stream>   each append on a stream of its own where its name ends with a dash
 *
 * A process of its own: in a suite the same takes four times as long.
 */
import { randomUUID } from 'node:crypto';

const [dist, dir, count, stream] = process.argv.slice(2);
const { EventLog } = await import(`${dist}/log/event-log.js`);
const events = Number(count);

const proposed = (number) => ({
  id: randomUUID(),
  type: 'ConsultationBooked',
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify({ number, filler: 'x'.repeat(300) })),
  metadata: Buffer.from(JSON.stringify({ $correlationId: randomUUID() })),
});

const log = await EventLog.open(dir);
let number = 0;
for (let append = 0; number < events; ) {
  const waiting = [];
  for (let batch = 0; batch < 50 && number < events; batch++, append++) {
    const twenty = Array.from({ length: Math.min(20, events - number) }, () => proposed(number++));
    waiting.push(log.append(stream.endsWith('-') ? `${stream}${append}` : stream, 'any', twenty));
  }
  await Promise.all(waiting);
}
await log.close();

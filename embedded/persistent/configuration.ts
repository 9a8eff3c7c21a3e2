import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventLog } from '../log/event-log.ts';
import { type Definition, definitionSchema } from './definition.ts';

const stream = '$persistentSubscriptionConfig';

const configurationSchema = z.object({
  version: z.literal('2'),
  updated: z.iso.datetime(),
  updatedBy: z.string(),
  entries: z.array(definitionSchema),
});

/** Every persistent subscription there is, as last written. @throws Error when what is stored can't be understood */
export const readConfiguration = (log: EventLog): Definition[] => {
  const newest = log.readStream(stream, { from: 'end', direction: 'backwards', max: 1 }).events[0];
  if (newest === undefined) return [];
  try {
    return configurationSchema.parse(JSON.parse(newest.data.toString('utf8'))).entries;
  } catch (error) {
    throw new Error(`Event ${newest.revision} of ${stream} is not a configuration of persistent subscriptions.`, {
      cause: error,
    });
  }
};

/** Resolves once durable. */
export const writeConfiguration = async (
  log: EventLog,
  entries: readonly Definition[],
  updatedBy: string,
): Promise<void> => {
  const configuration: z.infer<typeof configurationSchema> = {
    version: '2',
    updated: new Date().toISOString(),
    updatedBy,
    entries: [...entries],
  };
  await append(log, stream, '$PersistentConfig', JSON.stringify(configuration));
  const metastream = `$$${stream}`;
  const { events } = log.readStream(metastream, { from: 'end', direction: 'backwards', max: 1 });
  if (events.length === 0) await append(log, metastream, '$metadata', '{"$maxCount":2}');
};

const append = async (log: EventLog, to: string, type: string, json: string): Promise<void> => {
  const result = await log.append(to, 'any', [
    { id: randomUUID(), type, contentType: 'application/json', data: Buffer.from(json), metadata: Buffer.alloc(0) },
  ]);
  if (!result.ok) throw new Error(`The log refused the configuration: ${result.reason}.`);
};

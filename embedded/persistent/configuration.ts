import { z } from 'zod';
import type { EventLog } from '../log/event-log.ts';
import { type Definition, definitionSchema } from './definition.ts';
import { writeSystemEvent } from './system-event.ts';

const stream = '$persistentSubscriptionConfig';

const configurationSchema = z.object({
  version: z.literal('2'),
  updated: z.iso.datetime(),
  updatedBy: z.string(),
  entries: z.array(definitionSchema),
});

/** Every persistent subscription there is, as last written. @throws Error when the stored ones can't be understood */
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
  await writeSystemEvent(log, stream, '$PersistentConfig', JSON.stringify(configuration));
};

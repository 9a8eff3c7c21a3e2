import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What `node main.js` is asked to do. */
const nodeOptions = z.strictObject({
  dir: z
    .string({ error: 'a data folder is needed: --dir <folder>, or DATA_DIR in the environment' })
    .min(1)
    .transform((dir) => resolve(dir)),
  port: z.coerce.number({ error: 'a port is a number' }).int().min(0).max(65_535).default(0),
  host: z
    .enum(['127.0.0.1', '::1', 'localhost'], {
      error: 'the node listens on this machine only: 127.0.0.1, ::1 or localhost',
    })
    .default('127.0.0.1'),
  insecure: z.boolean().default(false),
  parent: z.boolean().default(false),
  maxAppendSize: z.coerce.number().int().min(1).max(16_000_000).optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type NodeConfiguration = z.infer<typeof nodeOptions>;

/** Something in the arguments or the environment can't be used; the message says what, for all of it. */
export class ConfigurationError extends Error {
  readonly code = 'configuration';
}

/**
 * Reads the node's options: arguments first, then the environment (DATA_DIR, LOG_LEVEL).
 * @throws ConfigurationError
 */
export const nodeConfiguration = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): NodeConfiguration => {
  const values = argumentValues(args);
  const parsed = nodeOptions.safeParse({
    dir: values.dir ?? environment.DATA_DIR,
    port: values.port,
    host: values.host,
    insecure: values.insecure,
    parent: values.parent,
    maxAppendSize: values['max-append-size'],
    logLevel: environment.LOG_LEVEL,
  });
  if (!parsed.success) throw new ConfigurationError(z.prettifyError(parsed.error));
  return parsed.data;
};

const argumentValues = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        dir: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        insecure: { type: 'boolean' },
        parent: { type: 'boolean' },
        'max-append-size': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : String(error));
  }
};

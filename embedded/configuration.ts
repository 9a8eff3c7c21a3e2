import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const folder = z
  .string({ error: 'a data folder is needed: --dir <folder>, or DATA_DIR in the environment' })
  .min(1)
  .transform((dir) => resolve(dir));

const nodeOptions = z.strictObject({
  dir: folder,
  port: z.coerce.number({ error: 'a port is a number' }).int().min(0).max(65_535).default(0),
  host: z
    .enum(['127.0.0.1', '::1', 'localhost'], {
      error: 'the node listens on this machine only: 127.0.0.1, ::1 or localhost',
    })
    .default('127.0.0.1'),
  insecure: z.boolean().default(false),
  parent: z.boolean().default(false),
  maxAppendSize: z.coerce.number().int().min(1).max(16_767_216).optional(),
  rememberIds: z.coerce
    .number({ error: 'how many ids to remember is a number' })
    .int()
    .min(0)
    .max(1_000_000)
    .optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type NodeConfiguration = z.infer<typeof nodeOptions>;

/** What a command works on besides the data folder. */
const backupFile = z
  .string({ error: 'the name of the backup file is needed' })
  .min(1)
  .transform((file) => resolve(file));

export type Command =
  | { readonly name: 'verify'; readonly dir: string }
  | { readonly name: 'compact'; readonly dir: string }
  | { readonly name: 'backup' | 'restore'; readonly dir: string; readonly file: string };

/** Something in the arguments or the environment can't be used; the message says what, for all of it. */
export class ConfigurationError extends Error {
  readonly code = 'configuration';
}

/**
 * Reads the node's options: arguments first, then the environment (DATA_DIR, EMBEDDED_REMEMBER_IDS, LOG_LEVEL).
 * @throws ConfigurationError
 */
export const nodeConfiguration = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): NodeConfiguration => {
  const values = argumentValues(args);
  return valid(nodeOptions, {
    dir: values.dir ?? environment.DATA_DIR,
    port: values.port,
    host: values.host,
    insecure: values.insecure,
    parent: values.parent,
    maxAppendSize: values['max-append-size'],
    rememberIds: values['remember-ids'] ?? environment.EMBEDDED_REMEMBER_IDS,
    logLevel: environment.LOG_LEVEL,
  });
};

/** Whether the arguments name a command, rather than being options of the node itself. */
export const isCommand = ([name]: readonly string[]): boolean => name !== undefined && !name.startsWith('-');

/** Reads a command, `verify|compact|backup|restore --dir <folder> [file]`. @throws ConfigurationError */
export const command = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command => {
  const [name, ...rest] = args;
  const { values, positionals } = parsed(() =>
    parseArgs({ args: rest, options: { dir: { type: 'string' } }, allowPositionals: true }),
  );
  const dir = values.dir ?? environment.DATA_DIR;
  const [file, ...tooMany] = positionals;
  if ((name === 'verify' || name === 'compact') && positionals.length === 0) return { name, dir: valid(folder, dir) };
  if ((name === 'backup' || name === 'restore') && tooMany.length === 0) {
    return { name, dir: valid(folder, dir), file: valid(backupFile, file) };
  }
  throw new ConfigurationError(
    `'${args.join(' ')}' is none of: verify, compact, backup <file>, restore <file> (with --dir <folder>).`,
  );
};

const argumentValues = (args: readonly string[]) =>
  parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        dir: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        insecure: { type: 'boolean' },
        parent: { type: 'boolean' },
        'max-append-size': { type: 'string' },
        'remember-ids': { type: 'string' },
      },
    }),
  ).values;

const parsed = <Arguments>(parse: () => Arguments): Arguments => {
  try {
    return parse();
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : String(error));
  }
};

const valid = <Value>(schema: z.ZodType<Value>, input: unknown): Value => {
  const result = schema.safeParse(input);
  if (!result.success) throw new ConfigurationError(z.prettifyError(result.error));
  return result.data;
};

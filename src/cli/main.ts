import { ConfigError, settings } from '../config/config.ts';
import { backtest } from './backtest.ts';
import { type Command, UsageError } from './command.ts';
import { history } from './history.ts';
import { keys } from './keys.ts';
import { migrate } from './migrate.ts';
import { recordings } from './recordings.ts';
import { rehearse } from './rehearse.ts';
import { replay } from './replay.ts';
import { backup, compact, restore, verifyStore } from './store.ts';
import { token } from './token.ts';

const EXIT_FAILURE = 1;
/** sysexits.h */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

/** Whatever a command makes (keys, back-ups) is for this user alone. */
process.umask(0o077);

const help: Command = {
  summary: 'print this, or how one command is used',
  usage: 'help [<command>]',
  async run([name]) {
    if (name === undefined) process.stdout.write(overview());
    else process.stdout.write(`${named(name).usage}\n`);
  },
};

const list = (): string[] => Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`);

const commands: Readonly<Record<string, Command>> = {
  token,
  'verify-store': verifyStore,
  compact,
  backup,
  restore,
  migrate,
  keys,
  recordings,
  history,
  replay,
  backtest,
  rehearse,
  help,
};

const named = (name: string): Command => {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`there is no command "${name}". There are:\n\n${list().join('\n')}`);
  return command;
};

const overview = (): string => {
  const width = Math.max(...settings().map(({ name }) => name.length));
  return [
    'npm run -s ledger -- <command>',
    '',
    ...list(),
    '',
    'Settings, from the environment:',
    '',
    ...settings().map((s) => `  ${s.name.padEnd(width + 2)}${s.meaning}${s.default && ` [${s.default}]`}`),
    '',
  ].join('\n');
};

/** parseArgs throws errors with such codes for options it does not know. */
const isParseError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

const run = async ([name = 'help', ...args]: readonly string[]): Promise<number> => {
  const asked = ['--help', '-h'].includes(name) ? 'help' : name;
  try {
    if (args.includes('--help')) await help.run([asked]);
    else await named(asked).run(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      const usage = Object.hasOwn(commands, asked) ? commands[asked]?.usage : help.usage;
      process.stderr.write(`${error.message}\n\n${usage}\n`);
      return EXIT_USAGE;
    }
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILURE;
  }
};

process.exitCode = await run(process.argv.slice(2));

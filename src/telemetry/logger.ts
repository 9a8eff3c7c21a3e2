import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';

/** Nest token of the application's pino `Logger`. */
export const LOGGER = Symbol('logger');

/** Fields that hold secrets wherever they turn up in a logged object. */
const SECRET_FIELDS = ['authorization', 'cookie', 'set-cookie', 'token', 'accessToken', 'password', 'secret'];

/** Secrets inside texts: a JWT, a token in a query, the password of a connection string. Error messages of libraries quote such things. */
const SECRET_TEXTS: readonly [RegExp, string][] = [
  [/eyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '[token]'],
  [/([?&](?:access_|id_)?token=)[^&\s"]+/gi, '$1[token]'],
  [/(\w+:\/\/[^/\s:@"]*:)[^@\s"]+@/g, '$1[password]@'],
];

/**
 * The application's log: JSON lines. Lines about a request name it (`forRequest`). Of a person only ids are logged; bodies,
 * reasons and queries are not logged at all.
 * @param destination where lines go; standard output when not given
 */
export const createLogger = ({ logLevel }: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger =>
  pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]), censor: '[redacted]' },
      hooks: {
        streamWrite: (line) => SECRET_TEXTS.reduce((text, [secret, instead]) => text.replace(secret, instead), line),
      },
    },
    destination ?? pino.destination(1),
  );

/** The parts of Nest that announce every module and route at the start: of use when debugging the start, noise otherwise. */
const CHATTY = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
]);

/** Nest's word on a start that failed; the program that starts it says it once, plainly. */
const START = 'ExceptionHandler';

/** The request that a log line belongs to, as the last argument of Nest's `Logger`. */
export const forRequest = ({ requestId }: { readonly requestId: string }): { readonly requestId: string } => ({
  requestId,
});

/** Nest's `Logger` writes into the same log, with the name it was made with as `context`. */
export const nestLogger = (logger: Logger): LoggerService => {
  const write =
    (level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace') =>
    (message: unknown, ...more: unknown[]) => {
      const context = more.at(-1);
      const isQuiet = context === START || (level === 'info' && CHATTY.has(String(context)));
      const at = isQuiet ? 'debug' : level;
      // Nest's own error calls are (message, stack, context).
      const said = more.length > 1 ? more[0] : undefined;
      const fields =
        typeof said === 'object' ? { ...said, context } : { context, ...(said !== undefined && { stack: said }) };
      if (message instanceof Error) logger[at]({ err: message, ...fields });
      else logger[at](fields, String(message));
    };
  return {
    fatal: write('fatal'),
    error: write('error'),
    warn: write('warn'),
    log: write('info'),
    debug: write('debug'),
    verbose: write('trace'),
  };
};

import { parseArgs } from 'node:util';
import { ROLES } from '../../events/values.ts';
import { devToken } from '../auth/dev-token.ts';
import { readConfig } from '../config/config.ts';
import { RoleName } from '../request/actor.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { type Command, UsageError } from './command.ts';

const EIGHT_HOURS = '28800';
const MAX_TTL_SECONDS = 31_536_000;

/** A token of the development key; works only while no issuer is configured. */
export const token: Command = {
  summary: 'print a development token',
  usage: `token --sub <id> [--role <role>]… [--ttl <seconds>]

  --sub    the person's id, or the service's name
  --role   ${ROLES.join(', ')}; may be repeated
  --ttl    how long it is valid, in seconds; ${EIGHT_HOURS} by default`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        sub: { type: 'string' },
        role: { type: 'string', multiple: true, default: [] },
        ttl: { type: 'string', default: EIGHT_HOURS },
      },
    });
    // As a server takes it; the token says it as it is issued.
    const sub = GivenPersonId.safeParse(values.sub);
    if (!sub.success || values.sub === undefined)
      throw new UsageError(`--sub ${values.sub === undefined ? 'is needed' : sub.error?.issues[0]?.message}`);
    const roles = values.role.map((name) => {
      const role = RoleName.safeParse(name);
      if (!role.success) throw new UsageError(`--role ${name} is none of: ${ROLES.join(', ')}`);
      return role.data;
    });
    const ttl = Number(values.ttl);
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL_SECONDS) {
      throw new UsageError(`--ttl must be whole seconds from 1 to ${MAX_TTL_SECONDS}`);
    }
    process.stdout.write(`${await devToken(readConfig(), { id: values.sub, roles }, ttl)}\n`);
  },
};

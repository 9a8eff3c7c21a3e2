import { z } from 'zod';
import { type Channel, channels, type Message, type Request } from './channels.ts';
import { problems } from './problems.ts';
import { renewing, tellsAll } from './sockets.ts';

type Json = Readonly<Record<string, unknown>>;

const ANSWER = 'Refused';
const refused = z
  .object({ ok: z.literal(false), code: z.enum(Object.keys(problems) as [string, ...string[]]), detail: z.string() })
  .meta({ id: ANSWER });

/** The AsyncAPI document of the sockets, from what their gateways say of themselves. */
export const asyncApiDocument = (version: string): Json => {
  const schemas: Record<string, unknown> = {};
  const messages: Record<string, Json> = {};
  const operations: Record<string, Json> = {};
  const described = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const { $schema: _, definitions = {}, ...root } = inComponents(z.toJSONSchema(schema, { target: 'draft-7', io }));
    Object.assign(schemas, definitions);
    return root;
  };
  const put = (name: string, says: string, payload: Json): string => {
    messages[name] ??= { name: name.split('-answer')[0], title: name, summary: says, payload };
    return name;
  };
  const found: Record<string, Json> = {};
  for (const [namespace, parts] of byNamespace()) {
    const name = namespace.slice(1);
    const channel = { $ref: `#/channels/${name}` };
    const of = (message: string) => ({ $ref: `#/channels/${name}/messages/${message}` });
    const names: string[] = [];
    const tell = ([message, { says, schema }]: [string, Message]) => {
      names.push(put(message, says, described(schema, 'output')));
      operations[`${name}.${message}`] = { action: 'send', channel, summary: says, messages: [of(message)] };
    };
    const take = ([event, { says, body, answer }]: [string, Request]) => {
      const done = described(z.union([answer, refused]), 'output');
      names.push(put(event, says, described(body, 'input')));
      names.push(put(`${event}-answer`, `the answer to \`${event}\`, as socket.io acknowledges it`, done));
      operations[`${name}.${event}`] = {
        ...{ action: 'receive', channel, summary: says, messages: [of(event)] },
        reply: { channel, messages: [of(`${event}-answer`)] },
      };
    };
    for (const { tells, takes = {} } of [...parts, { tells: tellsAll, takes: renewing }]) {
      Object.entries(tells).forEach(tell);
      Object.entries(takes).forEach(take);
    }
    found[name] = {
      address: namespace,
      description: who(parts[0]?.roles ?? 'anyone'),
      messages: Object.fromEntries(names.map((one) => [one, { $ref: `#/components/messages/${one}` }])),
    };
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Consultation Ledger: sockets',
      version,
      description:
        'socket.io on the port of the API. Each channel is a namespace, each message an event of that name with one argument, and each reply an acknowledgement.',
    },
    defaultContentType: 'application/json',
    servers: {
      local: {
        ...{ host: 'localhost:3000', pathname: '/socket.io/', protocol: 'ws' },
        description: 'what `npm start` serves; the token goes into `auth.token` of the handshake',
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
    },
    channels: found,
    operations,
    components: {
      ...{ messages, schemas },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
};

const byNamespace = (): ReadonlyMap<string, readonly Channel[]> => {
  const found = new Map<string, Channel[]>();
  for (const channel of channels()) found.set(channel.namespace, [...(found.get(channel.namespace) ?? []), channel]);
  return found;
};

const inComponents = (schema: object): Json & { readonly definitions?: Json } =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"#/components/schemas/'));

const who = (roles: Channel['roles']): string =>
  roles === 'anyone' ? 'For anyone with a token.' : `For callers with one of the roles: ${roles.join(', ')}.`;

import { z } from 'zod';
import type { EventLog, StreamMetadata } from '../log/event-log.ts';
import { isMetastream, originalOf } from '../log/stream-metadata.ts';
import type { StreamOperation } from '../streams/guard.ts';
import type { Caller } from './users.ts';

type Acl = NonNullable<StreamMetadata['acl']>;
type Right = keyof Acl;

const ADMINISTRATORS = '$admins';
const EVERYBODY = '$all';
const SETTINGS = '$settings';

/**
 * Whether a caller may do something to a stream, by the rules of EventStoreDB 24.2
 * (LegacyStreamPermissionAssertion.cs): administrators may; others when the stream's `$acl`, else the `$settings`
 * stream, else the default (user streams: all users; system streams: administrators) names them or one of their groups.
 */
export const streamRights = (
  log: EventLog,
): ((caller: Caller, operation: StreamOperation, stream: string) => boolean) => {
  let settings: { revision: bigint; acls: Settings } = { revision: -1n, acls: {} };
  const currentSettings = (): Settings => {
    const revision = log.lastRevision(SETTINGS);
    if (revision !== settings.revision) settings = { revision, acls: readSettings(log) };
    return settings.acls;
  };
  return (caller, operation, stream) => {
    if (stream === '$all' && operation !== 'read') return false;
    if (caller.groups.includes(ADMINISTRATORS)) return true;
    const { right, of } = needed(operation, stream);
    const isSystem = of.startsWith('$');
    const general = isSystem ? currentSettings().$systemStreamAcl : currentSettings().$userStreamAcl;
    const roles = log.streamMetadata(of).acl?.[right] ?? general?.[right] ?? [isSystem ? ADMINISTRATORS : EVERYBODY];
    return roles.some((role) => role === EVERYBODY || role === caller.name || caller.groups.includes(role));
  };
};

/** An operation on a metadata stream counts as reading or writing the metadata of the stream it is about. */
const needed = (operation: StreamOperation, stream: string): { right: Right; of: string } => {
  if (isMetastream(stream)) return { right: operation === 'read' ? 'mr' : 'mw', of: originalOf(stream) };
  return { right: operation === 'read' ? 'r' : operation === 'write' ? 'w' : 'd', of: stream };
};

const roles = z
  .union([z.string().transform((role) => [role]), z.array(z.string())])
  .optional()
  .catch(undefined);
const acl = z
  .object({ $r: roles, $w: roles, $d: roles, $mr: roles, $mw: roles })
  .transform(({ $r: r, $w: w, $d: d, $mr: mr, $mw: mw }): Acl => ({ r, w, d, mr, mw }))
  .optional()
  .catch(undefined);
const settingsSchema = z.object({ $userStreamAcl: acl, $systemStreamAcl: acl });
type Settings = { readonly $userStreamAcl?: Acl | undefined; readonly $systemStreamAcl?: Acl | undefined };

/** What can't be understood counts as absent, as in EventStoreDB: the defaults then apply. */
const readSettings = (log: EventLog): Settings => {
  const newest = log.readStream(SETTINGS, { from: 'end', direction: 'backwards', max: 1 }).events[0];
  if (newest === undefined) return {};
  try {
    return settingsSchema.safeParse(JSON.parse(newest.data.toString('utf8'))).data ?? {};
  } catch {
    return {};
  }
};

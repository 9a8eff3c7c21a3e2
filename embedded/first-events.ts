import { type EventLog, METADATA_EVENT, type ProposedEvent } from './log/event-log.ts';

const json = (type: string, value: unknown): ProposedEvent => ({
  id: crypto.randomUUID(),
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(value)),
  metadata: Buffer.alloc(0),
});

const EVERYBODY = { $r: '$all', $w: '$all', $d: '$all', $mr: '$all', $mw: '$all' };
const ADMINISTRATORS = { $r: '$admins', $w: '$admins', $d: '$admins', $mr: '$admins', $mw: '$admins' };

/**
 * Writes what a new log begins with: the default access rules, where EventStoreDB keeps them, and the bound on the
 * list of persistent subscriptions. A log that has anything is left alone.
 */
export const writeFirstEvents = async (log: EventLog): Promise<void> => {
  if (log.lastPosition >= 0n) return;
  const settings = { $userStreamAcl: EVERYBODY, $systemStreamAcl: ADMINISTRATORS };
  await Promise.all([
    log.append('$$$settings', 'no_stream', [json(METADATA_EVENT, { $acl: ADMINISTRATORS })]),
    log.append('$settings', 'no_stream', [json('$settings', settings)]),
    log.append('$$$persistentSubscriptionConfig', 'no_stream', [json(METADATA_EVENT, { $maxCount: 2 })]),
  ]);
};

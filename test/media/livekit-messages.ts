import { createHash, randomUUID } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import { mediaStreams } from '../../events/categories.ts';
import { eventsOf } from '../access/scene.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

export const LIVEKIT = {
  LIVEKIT_API_KEY: 'APIledger',
  LIVEKIT_API_SECRET: 'a-secret-of-the-livekit-server-0123',
} as const;

/** Seconds, as LiveKit writes 64-bit numbers in JSON. */
export const seconds = (ms = Date.now()): string => String(Math.floor(ms / 1_000));
export const nanoseconds = (ms: number): string => `${ms}000000`;

export type Room = { readonly name: string; readonly sid: string };
export const freshRoom = (name: string): Room => ({ name, sid: `RM_${randomUUID().slice(0, 12)}` });

export const webhook = (event: string, room: Room, more: object = {}) => ({
  ...{ event, id: `EV_${randomUUID().slice(0, 12)}`, createdAt: seconds(), room },
  ...more,
});

export const person = (identity: string, sid = `PA_${randomUUID().slice(0, 12)}`, more: object = {}) => ({
  participant: { sid, identity, state: 'ACTIVE', joinedAt: seconds(), ...more },
});

export const egress = (room: Room, egressId: string, more: object = {}) => ({
  egressInfo: { egressId, roomId: room.sid, roomName: room.name, status: 'EGRESS_COMPLETE', ...more },
});

/** The token by which LiveKit signs a body: made by its own SDK. */
export const signatureOf = async (body: string, secret: string = LIVEKIT.LIVEKIT_API_SECRET): Promise<string> => {
  const token = new AccessToken(LIVEKIT.LIVEKIT_API_KEY, secret, { ttl: '5m' });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
};

export const tell = async (app: RunningApp, message: object, headers: Record<string, string> = {}): Promise<number> => {
  const body = JSON.stringify(message);
  const response = await app.call('/v1/hooks/livekit', {
    method: 'POST',
    headers: { 'content-type': 'application/webhook+json', authorization: await signatureOf(body), ...headers },
    body,
  });
  return response.status;
};

export const mediaEventsOf = async (app: RunningApp, { sid }: Pick<Room, 'sid'>, type?: string) =>
  (await eventsOf(app, mediaStreams.of(sid))).filter((event) => type === undefined || event.type === type);

/** The breaches of a rule that the ledger holds, once there is one that fits. */
export const breachOf = (app: RunningApp, rule: string, fits: (breach: Record<string, string>) => boolean) =>
  eventually(async () => {
    const response = await app.call('/v1/breaches?limit=100', { as: 'oncall-1', roles: ['on-call'] });
    const { items } = (await response.json()) as { items: Record<string, string>[] };
    return items?.find((breach) => breach.rule === rule && fits(breach));
  });

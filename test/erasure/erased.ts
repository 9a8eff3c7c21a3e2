import { randomUUID } from 'node:crypto';
import { erasureStreams } from '../../events/categories.ts';
import { eventsOf, send, typesOf } from '../access/scene.ts';
import type { Callable, RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

export const asks = { as: 'officer-1', roles: ['compliance'] } as const;
export const approves = { as: 'officer-2', roles: ['compliance'] } as const;

export const requested = (app: Callable, patientId: string, more: object = {}) =>
  send(app, 'POST', `/v1/patients/${patientId}/erasure`, { ...asks, body: { reason: 'objection' }, ...more });

export const approved = (app: Callable, erasureId: string) =>
  send(app, 'POST', `/v1/erasures/${erasureId}/approve`, approves);

export const statusOf = async (app: Callable, erasureId: string): Promise<string> =>
  (await send(app, 'GET', `/v1/erasures/${erasureId}`, asks)).body.status;

export const certificateFrom = async (app: Callable, erasureId: string) =>
  (await send(app, 'GET', `/v1/erasures/${erasureId}/certificate`, asks)).body;

export const erasureTypes = async (app: RunningApp, erasureId: string) =>
  typesOf(await eventsOf(app, erasureStreams.of(erasureId)));

/** Asked for, approved and carried out. */
export const erased = async (app: Callable, patientId: string): Promise<string> => {
  const { body } = await requested(app, patientId, { headers: { 'idempotency-key': randomUUID() } });
  const { status } = await approved(app, body.erasureId);
  if (status !== 200) throw new Error(`not approved: ${status}`);
  await eventually(async () => (await statusOf(app, body.erasureId)) === 'erased', 30_000);
  return body.erasureId;
};

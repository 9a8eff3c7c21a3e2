import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { SupervisedApp } from './supervised-app.ts';

const AN_APPEND = 2_000;

/** Many lists that showed each of these patients to one viewer: a row of the access history for each patient in each. */
export const seedLists = async (app: SupervisedApp, viewerId: string, count: number, patientIds: readonly string[]) => {
  const client = EventStoreDBClient.connectionString(await app.connectionString());
  const metadata = {
    actor: { id: viewerId, roles: ['clinician'] },
    ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.0.0' },
  };
  const shown = patientIds.map((patientId) => ({ patientId, consultationId: `con-of-${patientId}`, recordingIds: [] }));
  const data = { viewerId, shown, digest: 'b'.repeat(64) };
  for (let at = 0; at < count; at += AN_APPEND) {
    const lists = Array.from({ length: AN_APPEND }, () => jsonEvent({ type: 'ConsultationsListed', data, metadata }));
    await client.appendToStream(`viewer-${viewerId}`, lists);
  }
  await client.dispose();
};

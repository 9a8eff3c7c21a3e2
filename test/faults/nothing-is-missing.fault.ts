import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, StreamNotFoundError } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { livingPatients, type Patient } from './patient.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=200 npm run test:faults -- nothing-is-missing` for the long run. */
const KILLS = Number(process.env.KILLS ?? 6);
const PEOPLE = 4;
const LONGEST_PAUSE_MS = 400;
/** A transfer's end is retried until it is stored; after the last kill this is how long that may take. */
const SETTLE_MS = 20_000;

let app: SupervisedApp;
beforeAll(async () => {
  app = await startSupervisedApp();
}, 120_000);
afterAll(() => app?.stop());

type Facts = { readonly type: string; readonly data: Record<string, unknown> };

const factsOf = async (client: EventStoreDBClient, stream: string): Promise<Facts[]> => {
  const facts: Facts[] = [];
  try {
    for await (const { event } of client.readStream(stream)) if (event) facts.push(event as unknown as Facts);
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return facts;
};

/** What of a view's content the ledger says may have left: what was counted, and all of a transfer whose end it does not know. */
const accountedFor = (facts: readonly Facts[], viewId: string): number => {
  const about = facts.filter(({ data }) => data.viewId === viewId);
  const ended = about.filter(({ type }) => type === 'RecordingPlayed');
  const known = new Set(ended.map(({ data }) => data.transferId));
  const open = about.filter(({ type, data }) => type === 'RecordingTransferBegan' && !known.has(data.transferId));
  const lengths = open.map(({ data }) => {
    const [first, last] = data.range as [number, number];
    return last - first + 1;
  });
  return [...ended.map(({ data }) => Number(data.bytesServed)), ...lengths].reduce((sum, bytes) => sum + bytes, 0);
};

/** What somebody was told and the ledger does not know. */
const missing = async (client: EventStoreDBClient, { id, told }: Patient): Promise<string[]> => {
  const facts = await factsOf(client, `patient-${id}`);
  const idsOf = (type: string, field: string) =>
    new Set(facts.filter((fact) => fact.type === type).map(({ data }) => String(data[field])));
  const lost = (what: string, those: Iterable<string>, known: ReadonlySet<string>) =>
    [...those].filter((one) => !known.has(one)).map((one) => `${what} ${one}`);
  const bytes = [...told.received].flatMap(([viewId, received]) => {
    const known = accountedFor(facts, viewId);
    return known >= received ? [] : [`${received - known} of ${received} bytes of view ${viewId}`];
  });
  return [
    ...lost('booking', told.bookings, idsOf('ConsultationBooked', 'consultationId')),
    ...lost('recording', told.recordings.keys(), idsOf('RecordingStored', 'recordingId')),
    ...lost('view', told.views, idsOf('RecordingViewed', 'viewId')),
    ...bytes,
  ];
};

describe('application and store killed again and again under load', () => {
  it(
    'leave nothing out of the ledger that somebody was told or received',
    async () => {
      let going = true;
      const { patients, lives } = await livingPatients(app, PEOPLE, () => going);
      const told = () => patients.reduce((sum, patient) => sum + patient.told.count, 0);
      for (let kill = 0; kill < KILLS; kill++) {
        const before = told();
        await Promise.race([eventually(() => told() > before + PEOPLE, 60_000), lives]);
        // At any moment of whatever is under way by then.
        await delay(randomInt(LONGEST_PAUSE_MS));
        await app.kill(kill % 2 ? 'node' : 'app');
      }
      going = false;
      await lives;

      const client = EventStoreDBClient.connectionString(await app.connectionString());
      const lost = async () => (await Promise.all(patients.map((patient) => missing(client, patient)))).flat();
      await eventually(async () => (await lost()).length === 0, SETTLE_MS).catch(() => undefined);
      const facts = { bookings: 0, recordings: 0, views: 0, bytes: 0 };
      for (const { told: its } of patients) {
        facts.bookings += its.bookings.size;
        facts.recordings += its.recordings.size;
        facts.views += its.views.size;
        for (const bytes of its.received.values()) facts.bytes += bytes;
      }
      process.stdout.write(`${KILLS} kills: ${JSON.stringify(facts)}\n`);
      expect(await lost()).toEqual([]);
      await client.dispose();
    },
    60_000 + KILLS * 15_000,
  );
});

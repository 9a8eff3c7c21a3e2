import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, StreamNotFoundError } from '@eventstore/db-client';
import { media } from '../recordings/media.ts';
import { eventually } from '../support/eventually.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=200 npm run test:faults -- nothing-is-missing` for the long run. */
const KILLS = Number(process.env.KILLS ?? 6);
const PEOPLE = 4;
const RECORDING_BYTES = 3_000_000;
const LONGEST_PAUSE_MS = 400;
/** A transfer's end is retried until it is stored; after the last kill this is how long that may take. */
const SETTLE_MS = 20_000;

let app: SupervisedApp;
beforeAll(async () => {
  app = await startSupervisedApp();
}, 120_000);
afterAll(() => app?.stop());

type Facts = { readonly type: string; readonly data: Record<string, unknown> };

/** What somebody was told is so, or received: the ledger must know of all of it. */
class Told {
  readonly bookings = new Set<string>();
  readonly recordings = new Map<string, string>();
  readonly views = new Set<string>();
  /** Bytes of content that arrived, by view: each view is fetched once. */
  readonly received = new Map<string, number>();

  get count(): number {
    return this.bookings.size + this.recordings.size + this.views.size;
  }
}

/** One patient whose bookings, uploads, views and transfers go on whatever dies; a command without an answer is sent again until it has one. */
class Patient {
  readonly clinicianId = `doc-${randomUUID().slice(0, 8)}`;
  readonly told = new Told();
  private readonly session = randomUUID();
  private slot = 0;
  private path = '';

  constructor(
    readonly id: string,
    private readonly own: string,
    private readonly service: string,
    private readonly going: () => boolean,
  ) {}

  async begin(): Promise<void> {
    this.path = `/v1/patients/${this.id}/consultations/${await this.book()}`;
    for (const personId of [this.id, this.clinicianId])
      await this.post(this.service, `${this.path}/join`, { mediaSessionId: this.session, personId });
    await this.post(this.own, `${this.path}/consent`, { given: true });
    await this.upload();
  }

  /** Everything at once, until it is told to stop and knows what became of its last command. */
  async live(): Promise<void> {
    const again = async (work: () => Promise<unknown>) => {
      while (this.going()) await work();
    };
    await Promise.all([again(() => this.book()), again(() => this.upload()), again(() => this.watch())]);
  }

  private async book(): Promise<string> {
    const start = Date.UTC(2031, 0, 1) + this.slot++ * 1_200_000;
    const body = {
      ...{ clinicianId: this.clinicianId, medium: 'video' },
      ...{ scheduledStart: new Date(start).toISOString(), scheduledEnd: new Date(start + 600_000).toISOString() },
    };
    const { consultationId } = await this.post(this.service, `/v1/patients/${this.id}/consultations`, body);
    this.told.bookings.add(String(consultationId));
    return String(consultationId);
  }

  private async upload(): Promise<void> {
    const body = randomBytes(RECORDING_BYTES);
    (await media('voice.webm')).copy(body);
    const hash = createHash('sha256').update(body);
    const digest = `sha-256=:${hash.copy().digest('base64')}:`;
    const path = `${this.path}/recordings?mediaSessionId=${this.session}`;
    const headers = { 'content-type': 'video/webm', 'content-digest': digest };
    const { recordingId } = await this.until(this.service, path, { headers, body });
    this.told.recordings.set(String(recordingId), hash.digest('hex'));
  }

  private async watch(): Promise<void> {
    const recordings = [...this.told.recordings.keys()];
    const recordingId = recordings[randomInt(recordings.length)];
    const asked = { purpose: 'patient-request' };
    const { viewId, contentUrl } = await this.post(this.own, `${this.path}/recordings/${recordingId}/views`, asked);
    this.told.views.add(String(viewId));
    this.told.received.set(String(viewId), await this.receive(String(contentUrl)));
  }

  /** However it ends: what arrived, arrived. */
  private receive(path: string): Promise<number> {
    return new Promise((resolve) => {
      let bytes = 0;
      const asked = get(new URL(path, app.url), { agent: false, headers: { authorization: `Bearer ${this.own}` } });
      asked.on('error', () => undefined);
      asked.once('close', () => resolve(bytes));
      asked.once('response', (response) => {
        response.on('error', () => undefined);
        if (response.statusCode !== 200) response.resume();
        else
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
          });
      });
    });
  }

  private post(token: string, path: string, body: object): Promise<Record<string, unknown>> {
    return this.until(token, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  /** The same command with the same key, until it is done. */
  private async until(
    token: string,
    path: string,
    { headers, body }: { headers: Record<string, string>; body: string | Buffer },
  ): Promise<Record<string, unknown>> {
    const key = randomUUID();
    for (;;) {
      const answer = await fetch(new URL(path, app.url), {
        ...{ method: 'POST', body },
        headers: { ...headers, authorization: `Bearer ${token}`, 'idempotency-key': key },
      }).catch(() => undefined);
      const said = (await answer?.json().catch(() => undefined)) as Record<string, unknown> | undefined;
      if (answer?.ok && said) return said;
      // Away, or cut on the way: whether it was done is not known. Anything else would be a refusal, and there is no reason for one.
      if (answer && said && answer.status < 500) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
      await eventually(app.ready, 60_000);
    }
  }
}

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
      const service = await app.token('video-service', 'service');
      const patients = await Promise.all(
        Array.from({ length: PEOPLE }, async () => {
          const id = `pat-${randomUUID().slice(0, 8)}`;
          return new Patient(id, await app.token(id, 'patient'), service, () => going);
        }),
      );
      await Promise.all(patients.map((patient) => patient.begin()));
      const lives = Promise.all(patients.map((patient) => patient.live()));
      lives.catch(() => undefined);
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

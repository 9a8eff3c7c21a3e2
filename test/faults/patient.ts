import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { media } from '../recordings/media.ts';
import { eventually } from '../support/eventually.ts';
import type { SupervisedApp } from './supervised-app.ts';

const RECORDING_BYTES = 3_000_000;

/** What somebody was told is so, or received: the ledger must know of all of it. */
export class Told {
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
export class Patient {
  readonly clinicianId = `doc-${randomUUID().slice(0, 8)}`;
  readonly told = new Told();
  private readonly session = randomUUID();
  private slot = 0;
  private path = '';

  constructor(
    private readonly app: SupervisedApp,
    readonly id: string,
    private readonly tokens: { readonly own: string; readonly service: string },
    private readonly going: () => boolean,
  ) {}

  async begin(): Promise<void> {
    this.path = `/v1/patients/${this.id}/consultations/${await this.book()}`;
    for (const personId of [this.id, this.clinicianId])
      await this.post(this.tokens.service, `${this.path}/join`, { mediaSessionId: this.session, personId });
    await this.post(this.tokens.own, `${this.path}/consent`, { given: true });
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
    const { consultationId } = await this.post(this.tokens.service, `/v1/patients/${this.id}/consultations`, body);
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
    const { recordingId } = await this.until(this.tokens.service, path, { headers, body });
    this.told.recordings.set(String(recordingId), hash.digest('hex'));
  }

  private async watch(): Promise<void> {
    const recordings = [...this.told.recordings.keys()];
    const recordingId = recordings[randomInt(recordings.length)];
    const asked = { purpose: 'patient-request' };
    const { viewId, contentUrl } = await this.post(
      this.tokens.own,
      `${this.path}/recordings/${recordingId}/views`,
      asked,
    );
    this.told.views.add(String(viewId));
    this.told.received.set(String(viewId), await this.receive(String(contentUrl)));
  }

  /** However it ends: what arrived, arrived. */
  private receive(path: string): Promise<number> {
    return new Promise((resolve) => {
      let bytes = 0;
      const asked = get(new URL(path, this.app.url), {
        agent: false,
        headers: { authorization: `Bearer ${this.tokens.own}` },
      });
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
      const answer = await fetch(new URL(path, this.app.url), {
        ...{ method: 'POST', body },
        headers: { ...headers, authorization: `Bearer ${token}`, 'idempotency-key': key },
      }).catch(() => undefined);
      const said = (await answer?.json().catch(() => undefined)) as Record<string, unknown> | undefined;
      if (answer?.ok && said) return said;
      // Away, or cut on the way: whether it was done is not known. Anything else would be a refusal, and there is no reason for one.
      if (answer && said && answer.status < 500) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
      await eventually(this.app.ready, 60_000);
    }
  }
}

/** People whose lives have begun, and go on as long as `isGoing` says so. */
export const livingPatients = async (app: SupervisedApp, people: number, isGoing: () => boolean) => {
  const service = await app.token('video-service', 'service');
  const patients = await Promise.all(
    Array.from({ length: people }, async () => {
      const id = `pat-${randomUUID().slice(0, 8)}`;
      return new Patient(app, id, { own: await app.token(id, 'patient'), service }, isGoing);
    }),
  );
  await Promise.all(patients.map((patient) => patient.begin()));
  const lives = Promise.all(patients.map((patient) => patient.live()));
  lives.catch(() => undefined);
  return { patients, lives };
};

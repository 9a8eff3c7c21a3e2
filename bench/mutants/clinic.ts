import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { Application } from './application.ts';
import { type Answer, Client } from './client.ts';
import { bytesOf, sha256 } from './content.ts';
import type { Credentials } from './credentials.ts';
import { type Name, people } from './people.ts';

export type Recording = { readonly recordingId: string; readonly content: string; readonly length: number };
export type Consultation = {
  readonly consultationId: string;
  readonly patient: Name;
  readonly clinician: Name;
  /** Invited and not removed. */
  guests: Name[];
  /** Invited and removed. */
  former: Name[];
  readonly start: string;
  readonly end: string;
  readonly session: string;
  readonly recordings: Record<string, Recording>;
};
export type View = { readonly viewId: string; readonly viewer: Name; readonly cookie: string; readonly of: string };

/** What an oracle must know of everybody; plain data, so that each trial has a copy of its own to go on from. */
export type Clinic = {
  readonly consultations: Record<string, Consultation>;
  readonly views: Record<string, View>;
  /** Of the incident that is open when the attacks begin. */
  breachId: string;
  /** Counts up, so that no two consultations have a time in common. */
  slots: number;
};

const SMALL = 160_000;
/** More than the buffers of a connection hold, so that a reader who stops holds the sender up. */
export const LARGE = 12_000_000;
const FIRST_SLOT = Date.UTC(2031, 2, 3, 8);

export const recordingOf = ({ consultations }: Clinic, name: string): [Consultation, Recording] => {
  for (const consultation of Object.values(consultations)) {
    const recording = consultation.recordings[name];
    if (recording) return [consultation, recording];
  }
  throw new Error(`there is no recording ${name}`);
};

export const pathOf = ({ patient, consultationId }: Pick<Consultation, 'patient' | 'consultationId'>): string =>
  `/v1/patients/${people[patient].id}/consultations/${consultationId}`;

export const recordingPath = (clinic: Clinic, name: string): string => {
  const [consultation, { recordingId }] = recordingOf(clinic, name);
  return `${pathOf(consultation)}/recordings/${recordingId}`;
};

export const contentPath = (viewId: string): string => `/v1/views/${viewId}/content`;

/** A time that no other consultation has. */
export const nextSlot = (clinic: Clinic): { scheduledStart: string; scheduledEnd: string } => {
  const start = FIRST_SLOT + clinic.slots++ * 3_600_000;
  const at = (ms: number) => new Date(ms).toISOString();
  // Odd minutes and seconds: nothing but this consultation is ever at such a time.
  const odd = (clinic.slots % 29) * 61_000;
  return { scheduledStart: at(start + odd), scheduledEnd: at(start + odd + 1_234_000) };
};

/** Fills a data folder through the API of an application without a bug; everything that the attacks are after is there afterwards. */
export const foundClinic = async (app: Application, credentials: Credentials): Promise<Clinic> => {
  const client = new Client(app.url);
  const clinic: Clinic = { consultations: {}, views: {}, breachId: '', slots: 0 };
  const as = (name: Name) => credentials.token(people[name]);
  const must = (what: string, answer: Answer): Record<string, unknown> => {
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`${what}: ${answer.status} ${answer.body.toString()}`);
    return (answer.json ?? {}) as Record<string, unknown>;
  };
  const post = async (name: Name, path: string, json: object) =>
    must(path, await client.ask({ method: 'POST', path, token: as(name), json }));

  const book = async (key: string, patient: Name, clinician: Name): Promise<void> => {
    const slot = nextSlot(clinic);
    const json = { clinicianId: people[clinician].id, ...slot, medium: 'video' };
    const { consultationId } = await post(patient, `/v1/patients/${people[patient].id}/consultations`, json);
    const booked: Consultation = {
      ...{
        consultationId: String(consultationId),
        patient,
        clinician,
        guests: [],
        former: [],
        session: randomUUID(),
        recordings: {},
      },
      ...{ start: slot.scheduledStart, end: slot.scheduledEnd },
    };
    clinic.consultations[key] = booked;
    for (const each of [patient, clinician])
      await post('service', `${pathOf(booked)}/join`, { mediaSessionId: booked.session, personId: people[each].id });
    await post(patient, `${pathOf(booked)}/consent`, { given: true });
  };
  const invite = async (key: string, host: Name, guest: Name): Promise<void> => {
    const consultation = clinic.consultations[key] as Consultation;
    await post(host, `${pathOf(consultation)}/participants`, { personId: people[guest].id, capacity: 'observer' });
    consultation.guests.push(guest);
  };
  const store = async (key: string, name: string, length = SMALL): Promise<void> => {
    const consultation = clinic.consultations[key] as Consultation;
    const raw = bytesOf(name, length);
    const answer = await client.ask({
      method: 'POST',
      path: `${pathOf(consultation)}/recordings?mediaSessionId=${consultation.session}`,
      token: as('service'),
      headers: { 'content-type': 'audio/wav', 'content-digest': `sha-256=:${sha256(raw).digest('base64')}:` },
      raw,
    });
    const { recordingId } = must(`the upload of ${name}`, answer);
    consultation.recordings[name] = { recordingId: String(recordingId), content: name, length };
  };
  const view = async (key: string, viewer: Name, of: string): Promise<void> => {
    const path = `${recordingPath(clinic, of)}/views`;
    const answer = await client.ask({ method: 'POST', path, token: as(viewer), json: { purpose: 'patient-request' } });
    const { viewId } = must(`the view ${key}`, answer);
    const [cookie = ''] = (answer.headers['set-cookie'] ?? '').split(';');
    clinic.views[key] = { viewId: String(viewId), viewer, cookie, of };
  };

  // Two at a time: each patient's commands wait for each other anyway.
  await Promise.all([
    book('A', 'anna', 'adler').then(async () => {
      await book('A2', 'anna', 'clara');
      for (const guest of ['gus', 'finn', 'sue'] as const) await invite('A', 'anna', guest);
    }),
    book('B', 'ben', 'bauer').then(() => invite('B', 'ben', 'ella')),
    book('C', 'carla', 'cross').then(() => book('D', 'both', 'bauer')),
    book('X', 'xenia', 'xaver').then(() => book('N', 'nora', 'nils')),
  ]);
  await Promise.all([
    ...['a1', 'erased', 'quarantined', 'exchanged', 'linked', 'cut-short'].map((name) => store('A', name)),
    store('A', 'large', LARGE),
    store('A2', 'a2'),
    ...[store('B', 'b1'), store('C', 'c1'), store('D', 'd1'), store('X', 'x1'), store('N', 'n1')],
  ]);
  await Promise.all([
    ...(['anna', 'gus', 'finn', 'sue', 'adler'] as const).map((viewer) => view(`${viewer} a1`, viewer, 'a1')),
    ...['erased', 'quarantined', 'exchanged', 'linked', 'cut-short', 'large'].map((name) =>
      view(`anna ${name}`, 'anna', name),
    ),
    ...[view('anna revoked', 'anna', 'a1'), view('gus large', 'gus', 'large'), view('gus to revoke', 'gus', 'a1')],
    ...[
      view('ben b1', 'ben', 'b1'),
      view('ella b1', 'ella', 'b1'),
      view('carla c1', 'carla', 'c1'),
      view('nora n1', 'nora', 'n1'),
    ],
  ]);

  const { anna, finn, sue, carla } = people;
  const A = clinic.consultations.A as Consultation;
  must(
    'removal',
    await client.ask({ method: 'DELETE', path: `${pathOf(A)}/participants/${finn.id}`, token: as('anna') }),
  );
  A.guests = A.guests.filter((guest) => guest !== 'finn');
  A.former.push('finn');
  await post('onCall', `/v1/viewers/${sue.id}/suspend`, { reason: 'case-1' });
  await post('compliance', `${recordingPath(clinic, 'quarantined')}/quarantine`, { reason: 'case-2' });
  await post('compliance', `${recordingPath(clinic, 'erased')}/erase`, { reason: 'case-3' });
  const revoked = clinic.views['anna revoked'] as View;
  await post('compliance', `/v1/views/${revoked.viewId}/revoke`, { viewerId: anna.id, reason: 'case-4' });

  const [, { recordingId }] = recordingOf(clinic, 'a1');
  const witnessed = { purpose: 'treatment', viewerId: carla.id, viewerRoles: ['patient'] };
  const { viewId } = await post('service', `${recordingPath(clinic, 'a1')}/views`, witnessed);
  clinic.breachId = String(viewId);

  // Views as older releases may have left them: one that has ended, and one by a stranger that the policy of its day let pass.
  const events = EventStoreDBClient.connectionString(app.connectionString);
  const viewed = async (key: string, viewer: Name, expiresAt: string): Promise<void> => {
    const id = randomUUID();
    const data = {
      ...{ patientId: anna.id, consultationId: A.consultationId, recordingId, viewId: id, viewerId: people[viewer].id },
      ...{
        viewerRoles: people[viewer].roles,
        purpose: 'treatment',
        source: 'mediated',
        releaseMode: 'two-key',
        expiresAt,
      },
    };
    await events.appendToStream(
      `patient-${anna.id}`,
      jsonEvent({ type: 'RecordingViewed', data, metadata: metadataOf(viewer) }),
    );
    clinic.views[key] = { viewId: id, viewer, cookie: '', of: 'a1' };
  };
  await viewed('anna expired', 'anna', '2026-01-02T03:04:05.000Z');
  await viewed('carla flagged', 'carla', '2037-01-02T03:04:05.000Z');
  // On Xenia's stream, a consultation that says itself that it is Anna's.
  const foreign = {
    patientId: anna.id,
    consultationId: A.consultationId,
    clinicianId: people.adler.id,
    medium: 'video',
  };
  const data = { ...foreign, scheduledStart: A.start, scheduledEnd: A.end };
  await events.appendToStream(
    `patient-${people.xenia.id}`,
    jsonEvent({ type: 'ConsultationBooked', data, metadata: metadataOf('anna') }),
  );
  // Of Nora the fence alone: no event says of her recording that it is erased, and her key and her file are there.
  await events.appendToStream(
    `patient-${people.nora.id}`,
    jsonEvent({
      ...{ type: 'PatientErased', metadata: metadataOf('compliance') },
      data: { patientId: people.nora.id, erasureId: randomUUID() },
    }),
  );
  await verdicts(events, [clinic.views['anna expired'], clinic.views['carla flagged']] as View[]);
  await events.dispose();
  client.close();
  return clinic;
};

export const metadataOf = (actor: Name) => {
  const requestId = randomUUID();
  return {
    actor: people[actor],
    ...{ $correlationId: requestId, $causationId: requestId, requestId, appVersion: '0.1.0' },
  };
};

/** Waits until the monitor has said something of each view. */
const verdicts = async (events: EventStoreDBClient, views: readonly View[]): Promise<void> => {
  const limit = Date.now() + 10_000;
  for (const { viewer, viewId } of views)
    for (let found = false; !found; ) {
      for await (const { event } of events.readStream(`viewer-${people[viewer].id}`))
        found ||= (event?.data as { viewId?: string } | undefined)?.viewId === viewId;
      if (!found && Date.now() > limit) throw new Error(`no verdict on ${viewId}`);
    }
};

/** What happens to files where no application looks: one is exchanged for another patient's, one becomes a link to it, one is cut short. */
export const tamper = async (dataDir: string, clinic: Clinic): Promise<void> => {
  const fileOf = (name: string) => {
    const [{ patient }, { recordingId }] = recordingOf(clinic, name);
    return join(dataDir, 'recordings', `patient-${people[patient].id}`, recordingId);
  };
  // Beside the first and renamed over it: copies of the folder may share its files.
  const stolen = `${fileOf('exchanged')}.new`;
  await writeFile(stolen, await readFile(fileOf('b1')), { mode: 0o600 });
  await rename(stolen, fileOf('exchanged'));
  await rm(fileOf('linked'));
  await symlink(`../patient-${people.ben.id}/${recordingOf(clinic, 'b1')[1].recordingId}`, fileOf('linked'));
  await truncate(fileOf('cut-short'), SMALL / 2);
};

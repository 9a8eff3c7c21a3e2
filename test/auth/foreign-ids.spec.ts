import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { patientStreams } from '../../events/categories.ts';
import type { Role } from '../../src/request/actor.ts';
import { asIssued, GivenPersonId } from '../../src/request/person-id.ts';
import { eventsOf, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

let app: RunningApp;
const sockets: Socket[] = [];
/** How the ledger keeps them: encoded, or under random ids. */
const modes = {
  encoded: {},
  pseudonyms: {
    PATIENT_ID_MODE: 'pseudonym',
    PATIENT_ID_SECRET: 'no test guesses this secret of ids',
    KEYS_KMS: 'file',
  },
} as const;

const service = { as: 'booking@clients', roles: ['service'] as const };
const officer = { as: 'waad|officer', roles: ['compliance'] as const };
/** People of one test, with ids in the shapes of issuers. */
const people = () => {
  const n = randomUUID().slice(0, 8);
  return {
    ...{ patient: `auth0|pat-${n}`, clinician: `doc.${n}+x@clinic.example`, guest: `urn:example:guest:${n}` },
    ...{ stranger: `https://id.example/people/${n}`, encoded: GivenPersonId.parse(`auth0|pat-${n}`) },
  };
};
const pathOf = (patientId: string) => `/v1/patients/${encodeURIComponent(patientId)}/consultations`;
const slot = { scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z', medium: 'video' };

const heardBy = async (namespace: string, id: string, roles: readonly Role[], ...names: readonly string[]) => {
  const heard: Record<string, unknown>[] = [];
  const auth = { token: await app.token(id, roles) };
  const socket = io(`${app.url}/${namespace}`, { auth, transports: ['websocket'], reconnection: false });
  sockets.push(socket);
  for (const name of names) socket.on(name, (message: Record<string, unknown>) => heard.push(message));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return heard;
};

/** A consultation of them in which the patient and the clinician are, with a recording. */
const recordedConsultation = async ({ patient, clinician }: ReturnType<typeof people>) => {
  const booked = await send(app, 'POST', pathOf(patient), { ...service, body: { clinicianId: clinician, ...slot } });
  expect(booked).toMatchObject({ status: 201, body: { patientId: patient, clinicianId: clinician } });
  const consultation = `${pathOf(patient)}/${booked.body.consultationId}`;
  expect(booked.headers.get('location')).toBe(consultation);
  const mediaSessionId = `room-${booked.body.consultationId}`;
  for (const [as, role] of [
    [patient, 'patient'],
    [clinician, 'clinician'],
  ] as const)
    expect(
      (await send(app, 'POST', `${consultation}/join`, { as, roles: [role], body: { mediaSessionId } })).status,
    ).toBe(200);
  await send(app, 'POST', `${consultation}/consent`, { as: patient, roles: ['patient'], body: { given: true } });
  const upload = await app.call(`${consultation}/recordings?mediaSessionId=${mediaSessionId}`, {
    ...{ method: 'POST', as: clinician, roles: ['clinician'], body: Buffer.from('1a45dfa3010000', 'hex') },
    headers: { 'content-type': 'video/webm' },
  });
  const { recordingId } = (await upload.json()) as { recordingId: string };
  return {
    consultation,
    consultationId: booked.body.consultationId as string,
    recordingId,
    revision: booked.body.revision,
  };
};

describe.each(['encoded', 'pseudonyms'] as const)(
  'people whose ids an issuer writes its own way, kept as %s',
  (mode) => {
    beforeAll(async () => {
      app = await startApp({ env: { HISTORY_INDEX: 'on', ACCESS_NOTIFICATIONS_DEFAULT: 'on', ...modes[mode] } });
    });
    afterAll(async () => {
      for (const socket of sockets.splice(0)) socket.disconnect();
      await app?.close();
    });

    it('book, invite, join, record and watch, and are shown under the ids that they were issued', async () => {
      const who = people();
      const { patient, clinician, guest, stranger } = who;
      const heard = await heardBy('me', patient, ['patient'], 'consultation.changed', 'access.recorded');
      const { consultation, consultationId, recordingId } = await recordedConsultation(who);
      const invite = { personId: guest, capacity: 'guardian' };
      expect((await send(app, 'POST', `${consultation}/participants`, { ...service, body: invite })).status).toBe(200);
      const seen = await send(app, 'GET', consultation, { as: guest });
      expect(seen.body).toMatchObject({ patientId: patient, clinicianId: clinician });
      expect(seen.body.participants).toContainEqual(invite);
      for (const [as, roles] of [
        [patient, ['patient']],
        [clinician, ['clinician']],
        [guest, []],
      ] as const) {
        const mine = await send(app, 'GET', '/v1/me/consultations', { as, roles });
        expect([as, mine.status, mine.body.items]).toMatchObject([as, 200, [{ consultationId, patientId: patient }]]);
      }
      expect((await send(app, 'GET', pathOf(patient), { as: patient, roles: ['patient'] })).body.items).toHaveLength(1);
      const views = `${consultation}/recordings/${recordingId}/views`;
      const opened = await send(app, 'POST', views, { as: guest, body: { purpose: 'treatment' } });
      expect(opened.status).toBe(201);
      expect((await app.call(opened.body.contentUrl, { as: guest })).status).toBe(200);
      const refused = await send(app, 'POST', views, {
        as: stranger,
        roles: ['patient'],
        body: { purpose: 'treatment' },
      });
      expect(refused.status).toBe(404);
      const witnessed = { purpose: 'treatment', viewerId: clinician };
      expect((await send(app, 'POST', views, { ...service, body: witnessed })).status).toBe(201);

      const accesses = await send(app, 'GET', '/v1/me/accesses', { as: patient, roles: ['patient'] });
      const rows = accesses.body.items as { kind: string; viewerId: string; patientId: string }[];
      expect(new Set(rows.map(({ patientId }) => patientId))).toEqual(new Set([patient]));
      expect(rows.map(({ kind, viewerId }) => `${kind} ${viewerId}`)).toEqual(
        expect.arrayContaining([`opened ${guest}`, `refused ${stranger}`, `opened ${clinician}`]),
      );
      const gone = await app.call(`${consultation}/participants/${encodeURIComponent(guest)}`, {
        ...{ method: 'DELETE', ...service },
      });
      expect(gone.status).toBe(200);
      expect((await send(app, 'GET', consultation, { as: guest })).status).toBe(404);

      await eventually(
        () =>
          heard.some(({ viewerId }) => viewerId === guest) && heard.some(({ type }) => type === 'ParticipantRemoved'),
      );
      expect(new Set(heard.map(({ patientId }) => patientId))).toEqual(new Set([patient]));
      // In the store there are ids in the ledger's shape, and no other form of them.
      const events = await eventsOf(app, patientStreams.of(who.encoded));
      expect(events.length).toBeGreaterThan(5);
      const stored = JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      for (const id of [patient, clinician, guest, stranger, service.as]) expect(stored).not.toContain(id);
    });

    it('have one id: in the ledger’s own encoding they are nobody, in paths, bodies, questions and tokens', async () => {
      const who = people();
      const { patient, clinician, encoded } = who;
      const { consultation, recordingId } = await recordedConsultation(who);
      const before = (await eventsOf(app, patientStreams.of(encoded))).length;
      const body = { clinicianId: clinician, ...slot };
      const asks: [string, string, object?][] = [
        ['GET', pathOf(encoded)],
        ['POST', pathOf(encoded), body],
        ['POST', pathOf(patient), { ...body, clinicianId: encoded }],
        ['POST', `${consultation}/participants`, { personId: encoded, capacity: 'guardian' }],
        ['DELETE', `${consultation}/participants/${encoded}`],
        ['POST', `${consultation}/join`, { mediaSessionId: 'room', personId: encoded }],
        ['POST', `${consultation}/recordings/${recordingId}/views`, { purpose: 'treatment', viewerId: encoded }],
        ['PUT', `/v1/people/${encoded}/facts`, { asOf: '2026-01-01T00:00:00Z', facts: {} }],
        ['GET', `/v1/patients/${encoded}/accesses`],
      ];
      for (const [method, path, given] of asks) {
        const { status, body: problem } = await send(app, method, path, { ...service, ...(given && { body: given }) });
        expect([method, path, status, problem?.code]).toEqual([method, path, 400, 'validation-failed']);
      }
      for (const path of [`/v1/access-history?patientId=${encoded}`, `/v1/access-history?viewerId=${encoded}`])
        expect([path, (await send(app, 'GET', path, officer)).status]).toEqual([path, 400]);
      for (const path of [`/v1/viewers/${encoded}/suspend`, `/v1/patients/${encoded}/access-holds`])
        expect([path, (await send(app, 'POST', path, { ...officer, body: { reason: 'test' } })).status]).toEqual([
          path,
          400,
        ]);
      expect((await send(app, 'GET', '/v1/me/consultations', { as: encoded, roles: ['patient'] })).status).toBe(401);
      // Encoded it is longer than an id may be.
      const long = mode === 'encoded' ? [`${'x'.repeat(60)}|`] : [];
      for (const id of ['.', '..', '../x', ...long]) {
        expect([id, (await send(app, 'GET', '/v1/me/consultations', { as: id, roles: ['patient'] })).status]).toEqual([
          id,
          401,
        ]);
        const given = await send(app, 'POST', pathOf(patient), { ...service, body: { ...body, clinicianId: id } });
        expect([id, given.status, given.body.code]).toEqual([id, 400, 'validation-failed']);
      }
      expect(await eventsOf(app, patientStreams.of(encoded))).toHaveLength(before);
    });

    it('are strangers to each other, however much their ids are alike', async () => {
      const who = people();
      const { consultation } = await recordedConsultation(who);
      const n = who.patient.slice('auth0|'.length);
      for (const as of [`auth0.7C${n}`, `auth0:${n}`, `Auth0|${n}`, `auth0%7C${n}`, n])
        expect([as, (await send(app, 'GET', consultation, { as, roles: ['patient'] })).status]).toEqual([as, 404]);
    });

    it('are found by officers, in every form of the history, and stopped by them', async () => {
      const who = people();
      const { patient, stranger, clinician } = who;
      const flagged = await heardBy('on-call', officer.as, officer.roles, 'breach.flagged', 'breach.updated');
      const { consultation, recordingId } = await recordedConsultation(who);
      const views = `${consultation}/recordings/${recordingId}/views`;
      // A service says that a stranger saw it elsewhere.
      const reported = { purpose: 'treatment', viewerId: stranger };
      expect((await send(app, 'POST', views, { ...service, body: reported })).status).toBe(201);
      await eventually(() => flagged.some(({ viewerId }) => viewerId === stranger));
      expect(flagged.find(({ viewerId }) => viewerId === stranger)).toMatchObject({ patientId: patient });

      const incidents = await eventually(async () => {
        const { body } = await send(app, 'GET', '/v1/incidents?limit=100', { as: officer.as, roles: ['on-call'] });
        return body.items.find(({ key }: { key: string }) => key === `viewer:${stranger}`) && body.items;
      });
      expect(JSON.stringify(incidents)).not.toContain('_.');
      const whole = `/v1/incidents/${incidents.find(({ key }: { key: string }) => key.endsWith(stranger)).incidentId}`;
      const { body: incident } = await send(app, 'GET', whole, officer);
      expect(JSON.stringify(incident)).toContain(stranger);
      expect(JSON.stringify(incident)).not.toContain('_.');

      const question = `/v1/access-history?viewerId=${encodeURIComponent(stranger)}&patientId=${encodeURIComponent(patient)}`;
      const rows = await eventually(async () => {
        const { body } = await send(app, 'GET', question, officer);
        return body.items?.length > 0 ? body.items : undefined;
      });
      expect(rows).toContainEqual(
        expect.objectContaining({ viewerId: stranger, patientId: patient, actorId: service.as }),
      );
      for (const accept of ['text/csv', 'application/x-ndjson', 'application/fhir+ndjson']) {
        const text = await (await app.call(question, { ...officer, headers: { accept } })).text();
        for (const id of [stranger, patient]) expect([accept, text]).toEqual([accept, expect.stringContaining(id)]);
        // A name of a stream is the store's: there alone the id stands as the ledger keeps it.
        expect(text.replaceAll(/(viewer|patient|person)-_\./g, '')).not.toContain('_.');
      }
      const stop = `/v1/viewers/${encodeURIComponent(stranger)}/suspend`;
      const suspended = await send(app, 'POST', stop, { ...officer, body: { reason: 'investigation' } });
      expect(suspended).toMatchObject({ status: 200, body: { viewerId: stranger, suspended: true } });
      const taken = await send(app, 'POST', pathOf(`other|${randomUUID()}`), {
        ...{ ...service, body: { clinicianId: clinician, ...slot } },
      });
      expect(taken.body.detail).toBe(`${clinician} is not available at that time`);
      expect(asIssued(who.encoded)).toBe(patient);
    });

    it('are shown in every form of an export, and to the SIEM', async () => {
      const who = people();
      const { patient, stranger } = who;
      const { consultation, recordingId } = await recordedConsultation(who);
      const reported = { purpose: 'treatment', viewerId: stranger };
      const views = `${consultation}/recordings/${recordingId}/views`;
      expect((await send(app, 'POST', views, { ...service, body: reported })).status).toBe(201);
      const question = `/v1/access-history?kind=flagged&patientId=${encodeURIComponent(patient)}`;
      await eventually(async () => (await send(app, 'GET', question, officer)).body.items?.length === 1);

      for (const format of ['csv', 'ndjson', 'parquet', 'fhir', 'accounting']) {
        const asked = await send(app, 'POST', '/v1/exports', {
          ...officer,
          body: { format, purpose: 'patient-request', filter: { patientId: patient } },
        });
        expect([format, asked.status, asked.body.requestedBy]).toEqual([format, 202, officer.as]);
        const job = `/v1/exports/${asked.body.exportId}`;
        await eventually(async () => (await send(app, 'GET', job, officer)).body.status === 'made');
        const bytes = Buffer.from(await (await app.call(`${job}/content`, officer)).arrayBuffer());
        const text = format === 'parquet' ? await parquetText(bytes) : bytes.toString();
        for (const id of [stranger, patient]) expect([format, text]).toEqual([format, expect.stringContaining(id)]);
        // A name of a stream is the store's: there alone the id stands as the ledger keeps it.
        expect(text.replaceAll(/(viewer|patient|person|auditor)-_\./g, '')).not.toContain('_.');
      }

      const siem = { as: 'siem@clients', roles: ['siem'] as const };
      let lines = '';
      for (let after = ''; ; ) {
        const response = await app.call(`/v1/feed?limit=1000${after && `&after=${after}`}`, siem);
        expect(response.status).toBe(200);
        const text = await response.text();
        if (text === '') break;
        lines += text;
        after = String(response.headers.get('x-ledger-position'));
      }
      const ours = lines.split('\n').filter((line) => line.includes(stranger));
      expect(ours.length).toBeGreaterThan(0);
      expect(ours.join('\n')).toContain(patient);
      expect(lines.replaceAll(/(viewer|patient|person|auditor|privacy)-_\./g, '')).not.toContain('"_.');
    });

    it('are named by facts about other people', async () => {
      const { patient, clinician, guest, stranger, encoded } = people();
      const path = `/v1/people/${encodeURIComponent(clinician)}/facts`;
      const facts = {
        employment: { managerId: stranger },
        asPatientId: patient,
        kinOf: [guest],
        guardianOf: [patient],
      };
      const state = (given: object) =>
        send(app, 'PUT', path, { ...service, body: { asOf: '2026-03-01T08:00:00.000Z', facts: given } });
      expect(await state(facts)).toMatchObject({ status: 200, body: { personId: clinician, facts } });
      expect((await send(app, 'GET', path, service)).body).toMatchObject({ personId: clinician, facts });
      for (const wrong of [{ employment: { managerId: encoded } }, { asPatientId: encoded }, { kinOf: [encoded] }])
        expect(await state(wrong)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    });

    it('are merged and parted, and either id is told as it was issued', async () => {
      const [old, now] = [people(), people()];
      const { consultation } = await recordedConsultation(old);
      await recordedConsultation(now);
      const merge = `/v1/patients/${encodeURIComponent(old.patient)}`;
      const merged = await send(app, 'POST', `${merge}/merge`, {
        ...{ ...officer, body: { survivingPatientId: now.patient } },
      });
      expect(merged).toMatchObject({ status: 200, body: { patientId: old.patient, mergedInto: now.patient } });
      const surviving = `/v1/patients/${encodeURIComponent(now.patient)}/identity`;
      expect((await send(app, 'GET', surviving, officer)).body).toMatchObject({ patientId: now.patient });
      expect(JSON.stringify((await send(app, 'GET', surviving, officer)).body)).toContain(old.patient);
      const mine = await send(app, 'GET', '/v1/me/consultations', { as: now.patient, roles: ['patient'] });
      expect(mine.body.items.map(({ patientId }: { patientId: string }) => patientId).sort()).toEqual(
        [old.patient, now.patient].sort(),
      );
      expect((await send(app, 'GET', consultation, { as: now.patient, roles: ['patient'] })).status).toBe(200);
      const encoded = await send(app, 'POST', `${merge}/merge`, {
        ...{ ...officer, body: { survivingPatientId: now.encoded } },
      });
      expect(encoded).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
      const parted = await send(app, 'POST', `${merge}/unmerge`, {
        ...{ ...officer, body: { survivingPatientId: now.patient, reason: 'two-people' } },
      });
      expect(parted).toMatchObject({ status: 200, body: { patientId: old.patient, mergedInto: null } });
      expect((await send(app, 'GET', consultation, { as: now.patient, roles: ['patient'] })).status).toBe(404);
    });
  },
);

/** What an analyst reads in it, as JSON. */
const parquetText = async (bytes: Buffer): Promise<string> => {
  const file = join(app.config.dataDir, `${randomUUID()}.parquet`);
  await writeFile(file, bytes);
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(`SELECT to_json(t)::VARCHAR FROM read_parquet('${file}') t`);
    return rows.getRows().flat().join('\n');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

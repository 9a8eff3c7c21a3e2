import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patientStreams, personStreams, viewerStreams } from '../../events/categories.ts';
import { isSealed } from '../../events/sealed.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, scene, send, typesOf } from '../access/scene.ts';
import { type KmsServer, vaultServer, vaultSettings } from '../keys/kms-servers.ts';
import { filesUnder } from '../recordings/files-under.ts';
import { ask, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';
import { erased } from './erased.ts';

const ERASED = '[erased]';
const officer = { as: 'officer-1', roles: ['compliance'] as const };
const onCall = { as: 'oncall-1', roles: ['on-call'] as const };
const system = { as: 'hr-system', roles: ['service'] as const };

/** A word that is nowhere else. */
const word = (what: string) => `${what}-${randomUUID()}`;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({
    env: {
      ...{ KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0', HISTORY_INDEX: 'on', EXPORT_APPROVAL_PEOPLE: '1000' },
      PEOPLE_FACTS_KEY: 'a key of facts that no test guesses',
    },
  });
});
afterAll(() => app.close());

const emergency = async (here: RecordedConsultation, reason: string, as = `doc-${randomUUID().slice(0, 8)}`) => {
  const opened = await send(app, 'POST', `${here.recordingPath}/views`, {
    ...{ as, roles: ['clinician'] as const, body: { purpose: 'emergency', reason } },
  });
  expect(opened.status).toBe(201);
  const { viewId } = opened.body;
  await eventually(async () => (await send(app, 'GET', `/v1/breaches/${viewId}`, onCall)).status === 200);
  return { viewId, as };
};
const justification = (breachId: string) => send(app, 'GET', `/v1/breaches/${breachId}/justification`, onCall);
const incidentWith = async (patientId: string): Promise<string> => {
  let found: string | undefined;
  await eventually(async () => {
    for (const { incidentId } of (await send(app, 'GET', '/v1/incidents?limit=100', onCall)).body.items) {
      const { body } = await send(app, 'GET', `/v1/incidents/${incidentId}/breaches`, onCall);
      if (body.items.some((one: { patientId?: string }) => one.patientId === patientId)) found = incidentId;
    }
    return found !== undefined;
  });
  return found as string;
};
const facts = (personId: string, given: object) =>
  send(app, 'PUT', `/v1/people/${personId}/facts`, {
    ...{ ...system, body: { asOf: '2026-03-01T08:00:00.000Z', facts: given } },
  });
const exportFor = async (body: object) => {
  let asked = await send(app, 'POST', '/v1/exports', { ...officer, body });
  await eventually(async () => {
    if (asked.status !== 202) asked = await send(app, 'POST', '/v1/exports', { ...officer, body });
    return asked.status === 202;
  });
  const { exportId } = asked.body;
  const job = async () => (await send(app, 'GET', `/v1/exports/${exportId}`, officer)).body;
  await eventually(async () => (await job()).status === 'made', 30_000);
  return { exportId, job: await job() };
};
const fetched = async (exportId: string): Promise<string> =>
  (await app.call(`/v1/exports/${exportId}/content`, officer)).text();
const history = async (patientId: string) =>
  (await send(app, 'GET', `/v1/access-history?patientId=${patientId}&limit=500`, officer)).body.items;

describe('what a person writes, and what is said of them', () => {
  it('is on no disk in clear, before their erasure and after it, and their record still answers', async () => {
    const held = await recorded(app);
    const { patientId } = held;
    const [why, reported, note, court, street] = [
      ...[word('chest-pain'), word('reported'), word('looks-odd'), word('court'), word('street')],
    ] as const;
    const other = `pat-${randomUUID().slice(0, 8)}`;
    const { viewId, as: viewer } = await emergency(held, why);
    await send(app, 'POST', `/v1/patients/${other}/consultations/con-none/recordings/rec-none/views`, {
      ...{ as: 'player', roles: ['service'] as const },
      body: { purpose: 'emergency', viewerId: viewer, viewerRoles: ['clinician'], reason: reported },
    });
    const [unknown] = (await eventsOf(app, viewerStreams.of(viewer))).flatMap((event) =>
      event.type === 'ViewReported' ? [event.data] : [],
    );
    expect(isSealed(unknown?.reason)).toBe(true);
    await eventually(async () => (await send(app, 'GET', `/v1/breaches/${unknown?.viewId}`, onCall)).status === 200);
    expect((await justification(unknown?.viewId ?? '')).body.reason).toBe(reported);
    const incidentId = await incidentWith(patientId);
    const noted = { ...onCall, body: { code: 'seen', text: note } };
    expect((await send(app, 'POST', `/v1/incidents/${incidentId}/note`, noted)).status).toBe(200);
    const kin = word('kin');
    const known = { vip: 2, kinOf: [kin], employment: { departmentKey: 'dep-1' } };
    expect((await facts(patientId, { ...known, street })).status).toBe(200);
    const recipient = { name: court, address: `1 ${court} Street` };
    const asked = { format: 'accounting', purpose: 'legal', recipient, filter: { patientId } };
    const first = await exportFor(asked);
    expect(first.job.recipient).toEqual(recipient);
    await fetched(first.exportId);
    const { exportId } = await exportFor(asked);
    const accounting = await fetched(exportId);
    expect(accounting).toContain(court);

    expect((await justification(viewId)).body.reason).toBe(why);
    const timeline = async () =>
      (await send(app, 'GET', `/v1/incidents/${incidentId}`, onCall)).body.timeline.find(
        ({ type }: { type: string }) => type === 'NoteAdded',
      ).data.text;
    expect(await timeline()).toBe(note);
    const person = async (personId: string) => (await send(app, 'GET', `/v1/people/${personId}/facts`, system)).body;
    expect((await person(patientId)).facts).toMatchObject(known);
    const exported = async () => (await history(patientId)).filter(({ kind }: { kind: string }) => kind === 'exported');
    expect(await exported()).toContainEqual(
      expect.objectContaining({ recipient: court, recipientAddress: recipient.address }),
    );

    const search = async () => {
      const secrets = [why, reported, note, court, kin, street].map((text) => Buffer.from(text));
      for (const [path, content] of await filesUnder(app.config.dataDir))
        for (const secret of secrets) if (content.includes(secret)) throw new Error(`${secret} is in ${path}`);
      for (const secret of secrets) expect(app.logged.join('')).not.toContain(secret.toString());
    };
    await search();

    await erased(app, patientId);
    await search();
    expect((await justification(viewId)).body).toMatchObject({ reason: ERASED, patientId, viewerId: viewer });
    // Theirs, not the patient's.
    expect(await timeline()).toBe(note);
    expect((await exported())[0].recipient).toBe(court);
    expect(await person(patientId)).toMatchObject({ facts: { employment: { departmentKey: 'dep-1' } } });
    expect((await person(patientId)).facts).not.toHaveProperty('vip');
    expect(await fetched(exportId)).toBe(accounting);

    const rows = await history(patientId);
    expect(rows.map(({ kind }: { kind: string }) => kind)).toEqual(expect.arrayContaining(['opened', 'erased']));
    expect(rows.find((row: { viewId?: string }) => row.viewId === viewId)).toMatchObject({ purpose: 'emergency' });
    const patient = { as: patientId, roles: ['patient'] as const };
    const accesses = await send(app, 'GET', '/v1/me/accesses', patient);
    expect(accesses.status).toBe(200);
    expect(JSON.stringify(accesses.body)).toContain(viewer);
    const file = await send(app, 'GET', `/v1/incidents/${incidentId}/file`, officer);
    expect(file.status).toBe(200);
    expect(file.body.affected.map((one: { patientId: string }) => one.patientId)).toContain(patientId);
    const after = await exportFor({ format: 'ndjson', purpose: 'audit', filter: { patientId } });
    expect(await fetched(after.exportId)).toContain(viewId);
  }, 120_000);

  it('is erased with the person who wrote it', async () => {
    const held = await recorded(app);
    // Of staff who are patients here, too, under one id.
    const staff = (await recorded(app)).patientId;
    const compliance = { as: staff, roles: ['compliance', 'on-call'] as readonly Role[] };
    await emergency(held, word('reason'));
    const incidentId = await incidentWith(held.patientId);
    const note = word('note');
    await send(app, 'POST', `/v1/incidents/${incidentId}/note`, { ...compliance, body: { code: 'seen', text: note } });
    await erased(app, staff);
    const { timeline } = (await send(app, 'GET', `/v1/incidents/${incidentId}`, onCall)).body;
    expect(timeline.find(({ type }: { type: string }) => type === 'NoteAdded').data).toMatchObject({ text: ERASED });
  }, 60_000);

  it('is stored sealed in each of its events, and the same request again is the same request', async () => {
    const held = await recorded(app);
    const viewer = `doc-${randomUUID().slice(0, 8)}`;
    const again = () =>
      send(app, 'POST', `${held.recordingPath}/views`, {
        ...{
          as: viewer,
          roles: ['clinician'] as const,
          body: { purpose: 'emergency', reason: 'unconscious in the ward' },
        },
        headers: { 'idempotency-key': `key-${viewer}` },
      });
    const [one, two] = [await again(), await again()];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body.viewId).toBe(one.body.viewId);
    const viewed = (await eventsOf(app, patientStreams.of(held.patientId))).filter(
      ({ type }) => type === 'RecordingViewed',
    );
    expect(viewed.map(({ data }) => 'reason' in data && isSealed(data.reason))).toEqual([true]);

    const given = { vip: 1, asPatientId: 'pat-of-staff' };
    await facts(viewer, given);
    await facts(viewer, given);
    const stated = await eventsOf(app, personStreams.of(viewer));
    expect(stated).toHaveLength(1);
    expect(isSealed(stated[0]?.data.facts)).toBe(true);
    expect(stated[0]?.data.staff).toEqual({ asPatientId: 'pat-of-staff' });
    await facts(viewer, { ...given, vip: 2 });
    expect(await eventsOf(app, personStreams.of(viewer))).toHaveLength(2);
  });

  it('is never read as sealed where a caller writes what looks like it', async () => {
    const held = await recorded(app);
    const [stored] = await eventsOf(app, patientStreams.of(held.patientId));
    for (const reason of [
      '{ "sealed": "erased" }',
      '[erased] [erased] [erased]',
      `v1:${stored?.id}:${'a'.repeat(60)}`,
    ]) {
      const { viewId } = await emergency(held, reason);
      expect((await justification(viewId)).body.reason).toBe(reason);
    }
    const body = { purpose: 'emergency', reason: { sealed: 'erased' } };
    const sent = await send(app, 'POST', `${held.recordingPath}/views`, { as: 'doc-x', roles: ['clinician'], body });
    expect(sent.status).toBe(400);
    expect((await facts(held.patientId, { sealed: 'erased' })).status).toBe(400);
    const recipient = { sealed: 'erased' };
    const asked = { format: 'csv', purpose: 'legal', recipient, filter: { patientId: held.patientId } };
    expect((await send(app, 'POST', '/v1/exports', { ...officer, body: asked })).status).toBe(400);
  });

  it('is in clear nowhere, and no acknowledged event is lost, where it is said while they are erased', async () => {
    const held = await recorded(app);
    const report = async (reason: string) => {
      const viewerId = `doc-${randomUUID().slice(0, 8)}`;
      const { status, body } = await send(app, 'POST', `${held.recordingPath}/views`, {
        ...{ as: 'player', roles: ['service'] as const },
        body: { purpose: 'emergency', viewerId, viewerRoles: ['clinician'], reason },
      });
      return { status, viewId: body.viewId, reason };
    };
    let isOver = false;
    const reports: Awaited<ReturnType<typeof report>>[] = [];
    const saying = Array.from({ length: 3 }, async () => {
      while (!isOver) reports.push(await report(word('while-they-are-erased')));
    });
    await erased(app, held.patientId);
    isOver = true;
    await Promise.all(saying);
    const stored = new Map(
      (await eventsOf(app, patientStreams.of(held.patientId))).flatMap((event) =>
        event.type === 'RecordingViewed' ? [[event.data.viewId, event.data.reason] as const] : [],
      ),
    );
    const acknowledged = reports.filter(({ status }) => status === 201);
    expect(acknowledged.length).toBeGreaterThan(3);
    for (const { viewId } of acknowledged) expect(isSealed(stored.get(viewId))).toBe(true);
    for (const [path, content] of await filesUnder(app.config.dataDir))
      for (const { reason } of reports) if (content.includes(reason)) throw new Error(`${reason} is in ${path}`);
    const last = acknowledged.at(-1)?.viewId ?? '';
    await eventually(async () => (await send(app, 'GET', `/v1/breaches/${last}`, onCall)).status === 200);
    for (const { viewId } of [acknowledged[0], acknowledged.at(-1)] as { viewId: string }[])
      expect((await justification(viewId)).body.reason).toBe(ERASED);
  }, 60_000);

  it('leaves a report after the erasure on record, without what it says', async () => {
    const held = await recorded(app);
    await erased(app, held.patientId);
    const viewerId = `doc-${randomUUID().slice(0, 8)}`;
    const said = word('said-afterwards');
    const reported = await send(app, 'POST', `${held.recordingPath}/views`, {
      ...{ as: 'player', roles: ['service'] as const },
      body: { purpose: 'emergency', viewerId, viewerRoles: ['clinician'], reason: said },
    });
    expect(reported.status).toBe(201);
    const views = (await eventsOf(app, patientStreams.of(held.patientId))).flatMap((event) =>
      event.type === 'RecordingViewed' ? [event.data] : [],
    );
    expect(views.at(-1)).toMatchObject({ viewerId, reason: { sealed: 'erased' } });
    expect((await ask(app, held, held.patientId)).status).toBe(410);
    await eventually(
      async () => (await send(app, 'GET', `/v1/breaches/${reported.body.viewId}`, onCall)).status === 200,
    );
    expect((await justification(reported.body.viewId)).body.reason).toBe(ERASED);
  });
});

describe('on an instance that has not the keys', () => {
  it('an incident is answered to on-call all the same, and says of a note that it cannot be read now', async () => {
    const held = await recorded(app);
    await emergency(held, word('why'));
    const incidentId = await incidentWith(held.patientId);
    const note = word('looks-odd');
    await send(app, 'POST', `/v1/incidents/${incidentId}/note`, { ...onCall, body: { code: 'seen', text: note } });
    const other = await startApp({ env: { STORE_URL: await storeOf(app) } });
    try {
      await eventually(async () => (await send(other, 'GET', '/v1/incidents?limit=1', onCall)).status === 200);
      const noteOn = async (here: RunningApp) => {
        const { status, body } = await send(here, 'GET', `/v1/incidents/${incidentId}`, onCall);
        expect(status).toBe(200);
        return body.timeline.find(({ type }: { type: string }) => type === 'NoteAdded').data.text;
      };
      expect([await noteOn(app), await noteOn(other)]).toEqual([note, '[not readable now]']);
    } finally {
      await other.close();
    }
  });

  it('an officer is told of every export, and that whom one is for cannot be read now', async () => {
    const { patientId } = await recorded(app);
    const recipient = { name: word('court') };
    const { exportId } = await exportFor({ format: 'csv', purpose: 'legal', recipient, filter: { patientId } });
    const plain = await exportFor({ format: 'csv', purpose: 'audit', filter: { patientId } });
    const other = await startApp({ env: { STORE_URL: await storeOf(app) } });
    try {
      const listed = async (here: RunningApp) => {
        const { body } = await send(here, 'GET', '/v1/exports?limit=100', officer);
        return new Map<string, unknown>(
          body.items?.map((one: { exportId: string; recipient?: unknown }) => [one.exportId, one.recipient]),
        );
      };
      await eventually(async () => (await listed(other)).has(plain.exportId));
      expect((await listed(app)).get(exportId)).toEqual(recipient);
      const there = await listed(other);
      expect([there.get(exportId), there.get(plain.exportId)]).toEqual([{ name: '[not readable now]' }, undefined]);
      const one = await send(other, 'GET', `/v1/exports/${exportId}`, officer);
      expect(one).toMatchObject({ status: 200, body: { recipient: { name: '[not readable now]' } } });
    } finally {
      await other.close();
    }
  });
});

describe('while the KMS is away', () => {
  let server: KmsServer;
  let dataDir: string;
  let away: RunningApp;
  beforeAll(async () => {
    server = await vaultServer();
    dataDir = await mkdtemp(join(tmpdir(), 'ledger-sealed-fields-'));
    away = await startApp({ env: { DATA_DIR: dataDir, ...(await vaultSettings(server, dataDir)) } });
  });
  afterAll(async () => {
    await away.close();
    await server.close();
    await rm(dataDir, { recursive: true });
  });

  const declared = (viewsPath: string, reason: string) =>
    send(away, 'POST', viewsPath, {
      ...{
        as: `doc-${randomUUID().slice(0, 8)}`,
        roles: ['clinician'] as const,
        body: { purpose: 'emergency', reason },
      },
    });

  it('an emergency is let in where the key is held, and refused, with nothing on record, where it is not', async () => {
    const held = await scene(away);
    server.answerWith({ status: 503, name: 'sealed' });
    const newcomer = await scene(away);
    expect((await declared(held.viewsPath, word('why-it-is-one'))).status).toBe(201);
    const why = word('why-it-is-none');
    const refused = await declared(newcomer.viewsPath, why);
    expect(refused.body).toMatchObject({ status: 503, code: 'keys-unavailable' });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(typesOf(await eventsOf(away, patientStreams.of(newcomer.patientId)))).toEqual([
      ...['ConsultationBooked', 'RecordingStored'],
    ]);
    // All that is not to be sealed is recorded on.
    const views = await send(away, 'POST', newcomer.viewsPath, {
      ...{ as: newcomer.patientId, roles: ['patient'] as const, body: { purpose: 'patient-request' } },
    });
    expect(views.status).toBe(201);
    server.answerWith(undefined);
    expect((await declared(newcomer.viewsPath, why)).status).toBe(201);
    for (const [path, content] of await filesUnder(dataDir))
      if (content.includes(why)) throw new Error(`a reason is in ${path}`);
  });
});

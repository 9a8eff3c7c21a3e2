import { Readable } from 'node:stream';
import { jsonEvent } from '@eventstore/db-client';
import { auditorStreams, viewerStreams } from '../../events/categories.ts';
import { fhir, written } from '../../src/compliance/history/formats.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { type Answer, type Scene, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { shortfalls } from './fhir/must-supports.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ env: { HISTORY_INDEX: 'on' } });
});
afterAll(() => app.close());

const officer = { as: 'officer-1', roles: ['compliance'] as const };
const ask = (query: string, accept?: string, as: typeof officer = officer): Promise<Answer> =>
  send(app, 'GET', `/v1/access-history?${query}`, { ...as, ...(accept && { headers: { accept } }) });
const text = async (query: string, accept: string) => {
  const response = await app.call(`/v1/access-history?${query}`, { ...officer, headers: { accept } });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const opened = (here: Scene, as = here.clinicianId) =>
  send(app, 'POST', here.viewsPath, { as, roles: ['clinician'], body: { purpose: 'treatment' } });

describe('asking for the access history', () => {
  it('tells who opened what, with the verdict on it, as soon as the view was answered', async () => {
    const here = await scene(app);
    const view = await opened(here);
    expect(view.status).toBe(201);

    const { status, body, headers } = await ask(`patientId=${here.patientId}`);

    expect(status).toBe(200);
    expect(Number(headers.get('x-ledger-position'))).toBeGreaterThan(0);
    expect(body.next).toBeNull();
    const kinds = body.items.map(({ kind }: { kind: string }) => kind);
    expect(kinds.sort()).toEqual(['cleared', 'opened']);
    const row = body.items.find(({ kind }: { kind: string }) => kind === 'opened');
    expect(row).toMatchObject({
      ...{ viewerId: here.clinicianId, viewerRoles: ['clinician'], patientId: here.patientId },
      ...{ recordingId: here.recordingId, viewId: view.body.viewId, purpose: 'treatment', source: 'mediated' },
      ...{ verdictThen: 'cleared', appVersion: app.config.appVersion, stream: `patient-${here.patientId}` },
    });
  });

  it('tells of a person under each of their ids, as of a merge, and names the id that was used', async () => {
    const [old, now] = [await scene(app), await scene(app)];
    await opened(old);
    await opened(now);
    const patientsIn = ({ body }: Answer) =>
      new Set(body.items.map(({ patientId }: { patientId: string }) => patientId));
    const before = await ask(`patientId=${now.patientId}`);
    expect(patientsIn(before)).toEqual(new Set([now.patientId]));
    const service = { as: 'identity-service', roles: ['service'] as const };
    const ids = { survivingPatientId: now.patientId };
    expect((await send(app, 'POST', `/v1/patients/${old.patientId}/merge`, { ...service, body: ids })).status).toBe(
      200,
    );
    expect((await view(app, old, now.patientId)).status).toBe(201);

    const after = await ask(`patientId=${now.patientId}`);
    expect(patientsIn(after)).toEqual(new Set([old.patientId, now.patientId]));
    expect(after.body.items).toContainEqual(
      expect.objectContaining({ kind: 'opened', patientId: old.patientId, viewerId: now.patientId }),
    );
    expect((await ask(`patientId=${now.patientId}&viewerId=${now.patientId}&entitled=false`)).body.items).toEqual([]);
    expect(patientsIn(await ask(`patientId=${old.patientId}`))).toEqual(new Set([old.patientId]));
    const asOf = `asOf=${before.headers.get('x-ledger-position')}`;
    expect(patientsIn(await ask(`patientId=${now.patientId}&${asOf}`))).toEqual(new Set([now.patientId]));
    const merged = await ask(`patientId=${now.patientId}&kind=changed`);
    expect(merged.body.items.map(({ reason, patientId }: Record<string, string>) => [reason, patientId])).toEqual([
      ['merged', old.patientId],
      ['merged', now.patientId],
    ]);
    const unmerge = { ...service, body: { ...ids, reason: 'two-people' } };
    await send(app, 'POST', `/v1/patients/${old.patientId}/unmerge`, unmerge);
    expect(patientsIn(await ask(`patientId=${now.patientId}`))).toEqual(new Set([now.patientId]));
  });

  it('shows a verdict as pending as of a position before it', async () => {
    const here = await scene(app);
    await opened(here);
    const { body } = await ask(`patientId=${here.patientId}&kind=opened`);
    const [row] = body.items;

    const before = await ask(`patientId=${here.patientId}&asOf=${row.position}`);

    expect(before.body.items).toEqual([{ ...row, verdictThen: 'pending' }]);
    expect(before.headers.get('x-ledger-position')).toBe(String(row.position));
  });

  it('is itself on record before the first row leaves, and shown to the patient whose history it was', async () => {
    const here = await scene(app);
    await opened(here);
    const { body } = await ask(`patientId=${here.patientId}`, undefined, { ...officer, as: 'officer-2' });

    const reads = [];
    for await (const event of app.app.get(Ledger).store.read(auditorStreams.of('officer-2'))) reads.push(event);
    expect(reads).toEqual([
      expect.objectContaining({
        type: 'HistoryRead',
        data: expect.objectContaining({ rows: body.items.length, patientIds: [here.patientId], format: 'json' }),
      }),
    ]);
    const after = await ask(`patientId=${here.patientId}&kind=audited`);
    expect(after.body.items).toEqual([expect.objectContaining({ kind: 'audited', viewerId: 'officer-2' })]);
  });

  it('pages through a list at the position of its first page', async () => {
    const here = await scene(app);
    for (let i = 0; i < 3; i++) await opened(here);
    const all = await ask(`patientId=${here.patientId}`);
    const asOf = all.headers.get('x-ledger-position');

    const paged = [];
    let query = `patientId=${here.patientId}&limit=4&asOf=${asOf}`;
    for (;;) {
      const { body, headers } = await ask(query);
      expect(headers.get('x-ledger-position')).toBe(asOf);
      paged.push(...body.items);
      if (body.next === null) break;
      query = `patientId=${here.patientId}&limit=4&cursor=${body.next}`;
    }

    expect(paged).toEqual(all.body.items);
    const oldest = await ask(`patientId=${here.patientId}&order=oldest&asOf=${asOf}`);
    expect(oldest.body.items).toEqual([...all.body.items].reverse());
  });

  it('gives all rows as CSV and as NDJSON, the same as in pages', async () => {
    const here = await scene(app);
    await opened(here);
    const { body, headers } = await ask(`patientId=${here.patientId}`);
    const asOf = headers.get('x-ledger-position');

    const lines = await text(`patientId=${here.patientId}&asOf=${asOf}`, 'application/x-ndjson');
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson');
    expect(
      lines.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(body.items);

    const csv = await text(`patientId=${here.patientId}&asOf=${asOf}`, 'text/csv');
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const [head, ...cells] = csv.text.trimEnd().split('\r\n');
    expect(head).toMatch(/^accessed_at,kind,viewer_id,viewer_role,patient_id/);
    expect(cells).toHaveLength(body.items.length);
    expect((await text(`patientId=${here.patientId}&asOf=${asOf}`, 'text/csv')).text).toBe(csv.text);
  });

  it('gives AuditEvents of all rows that have a profile, one a line, changes of the record among them', async () => {
    const here = await scene(app);
    await opened(here);
    await send(app, 'POST', here.viewsPath, {
      ...{ as: 'doc-on-duty', roles: ['clinician'] },
      body: { purpose: 'emergency', reason: 'found unconscious in the waiting room' },
    });
    await view(app, here, 'doc-stranger', { roles: ['clinician'] });
    await send(app, 'GET', '/v1/me/consultations', { as: here.patientId, roles: ['patient'] });
    await ask(`patientId=${here.patientId}`);
    // Its verdict and its incident follow the view.
    await eventually(async () => (await ask(`patientId=${here.patientId}&kind=flagged`)).body.items.length > 0);

    const { headers, text: lines } = await text(`patientId=${here.patientId}&order=oldest`, 'application/fhir+ndjson');

    expect(headers.get('content-type')).toBe('application/fhir+ndjson');
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const event of events) expect(shortfalls(event)).toEqual([]);
    const made = events.map(({ meta }) => meta.profile[0].split('.').at(-1));
    expect(made.slice(0, 3)).toEqual(['PatientCreate', 'PatientCreate', 'PatientRead']);
    expect(new Set(made)).toEqual(
      new Set([
        'PatientCreate',
        'PatientRead',
        'PatientQuery',
        'AuthZconsent',
        'org/fhir/StructureDefinition/AuditEvent',
      ]),
    );
  });

  it('puts what one list showed of a patient into one AuditEvent, wherever the rows are parted', async () => {
    const row = {
      part: 0,
      at: '2026-05-04T09:00:00.000Z',
      kind: 'shown',
      patientId: 'pat-1',
      stream: 's',
      revision: 0,
    } as const;
    const rows = ['a', 'a', 'a', 'b', 'b'].map((eventId, position) => ({ ...row, eventId, position }));
    for (const cut of [1, 2, 3, 4]) {
      let made = '';
      for await (const part of written(fhir('here'), Readable.from([rows.slice(0, cut), rows.slice(cut)])))
        made += part;
      expect(made.trim().split('\n')).toHaveLength(2);
    }
  });

  it('judges the opened rows by rules as they are now, in every format, and says where it cannot', async () => {
    const [here, odd] = [await scene(app), await scene(app)];
    await opened(here);
    await opened(odd);
    await opened(here, 'doc-stranger');
    await send(app, 'POST', here.viewsPath, {
      ...{ as: 'player-service', roles: ['service'] },
      body: { purpose: 'treatment', viewerId: 'pat-stranger' },
    });
    const { raw } = app.app.get(Ledger).store;
    await raw.appendToStream(`patient-${odd.patientId}`, jsonEvent({ type: 'Odd', data: {} }));

    const { body, headers } = await ask(`patientId=${here.patientId}&rules=current&order=oldest`);
    const now = (row: { kind: string; verdictNow?: string }) => [row.kind, row.verdictNow];
    expect(body.items.map(now)).toEqual([
      ...[
        ['opened', 'cleared'],
        ['cleared', undefined],
        ['refused', undefined],
      ],
      ...[
        ['opened', 'flagged'],
        ['flagged', undefined],
      ],
    ]);
    const asked = `patientId=${here.patientId}&rules=access-rules@1&order=oldest&asOf=${headers.get('x-ledger-position')}`;
    const lines = (await text(asked, 'application/x-ndjson')).text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).map(now)).toEqual(body.items.map(now));
    expect((await text(`${asked}&kind=opened`, 'text/csv')).text).toContain(',cleared,cleared,');
    const [unknown] = (await ask(`patientId=${odd.patientId}&rules=current&kind=opened`)).body.items;
    expect(unknown).toMatchObject({ verdictThen: 'cleared', verdictNow: 'unknown' });
    const [without] = (await ask(`patientId=${here.patientId}&kind=opened`)).body.items;
    expect(without).not.toHaveProperty('verdictNow');
  });

  it('tells apart who took part and who did not, in every format', async () => {
    const [here, other] = [await scene(app), await scene(app)];
    const stranger = other.clinicianId;
    await opened(here);
    // The release of 2020 listed a patient's consultation to a clinician of another.
    const shown = [here, other].map(({ patientId, consultationId, recordingId }) => ({
      ...{ patientId, consultationId, recordingIds: [recordingId] },
    }));
    const cause = { actor: { id: stranger, roles: ['clinician'] }, requestId: 'list', clientRelease: '20.20' };
    const listed = {
      type: 'ConsultationsListed',
      data: { viewerId: stranger, shown, digest: 'a'.repeat(64) },
    } as const;
    await app.app.get(Ledger).append(viewerStreams.of(stranger), 'any', [listed], cause);

    const { body, headers } = await ask('release=20.20&entitled=false');
    expect(body.items).toEqual([
      expect.objectContaining({ kind: 'shown', viewerId: stranger, patientId: here.patientId, clientRelease: '20.20' }),
    ]);
    const asOf = headers.get('x-ledger-position');
    const csv = await text(`release=20.20&entitled=false&asOf=${asOf}`, 'text/csv');
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(2);
    const audits = await text(`release=20.20&entitled=false&asOf=${asOf}`, 'application/fhir+ndjson');
    expect(
      audits.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).resourceType),
    ).toEqual(['AuditEvent']);
    const entitled = await ask(`patientId=${here.patientId}&entitled=true`);
    expect(entitled.body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['opened']);
    expect((await ask('release=20.20&entitled=true')).body.items).toEqual([
      expect.objectContaining({ kind: 'shown', patientId: other.patientId }),
    ]);
  });

  it('answers with an empty list where nothing matches', async () => {
    const { status, body } = await ask('patientId=pat-nobody');
    expect({ status, body }).toEqual({ status: 200, body: { items: [], next: null } });
  });

  it.each([
    ['a position after the newest event', 'asOf=999999999'],
    ['a time in the future', 'asOf=2999-01-01T00:00:00Z'],
    ['a moment that is none', 'asOf=tomorrow'],
    ['an empty moment', 'asOf='],
    ['a kind there is not', 'kind=looked'],
    ['a field there is not', 'patient=pat-1'],
    ['a cursor of another list', 'cursor=abc'],
    ['too long a page', 'limit=501'],
    ['a word for whether the viewer took part', 'entitled=perhaps'],
    ['a release that is none', `release=${encodeURIComponent("1' OR 1=1")}`],
  ])('refuses %s', async (_, query) => {
    const { status, body } = await ask(query);
    expect([status, body.code]).toEqual([400, 'validation-failed']);
  });

  it('refuses a media type that it does not make', async () => {
    expect((await ask('', 'application/pdf')).status).toBe(406);
  });

  it.each(['patient', 'clinician', 'service', 'on-call'] as const)('is not for the role %s', async (role) => {
    expect((await send(app, 'GET', '/v1/access-history', { as: 'p-1', roles: [role] })).status).toBe(403);
  });
});

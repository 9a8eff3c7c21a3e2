import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { auditorStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { Clock } from '../../src/clock.ts';
import { ExportExpiry } from '../../src/compliance/exports/expiry.ts';
import { EXPORT_STORE } from '../../src/compliance/exports/stores.ts';
import type { ObjectKey } from '../../src/objects/object-key.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { type Answer, eventsOf, type Scene, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { shortfalls } from './fhir/must-supports.ts';

type Officer = { readonly as: string; readonly roles: readonly ['compliance'] };
const officer = (as: string): Officer => ({ as, roles: ['compliance'] });
const [anna, boris] = [officer('officer-anna'), officer('officer-boris')];

const DAY_MS = 86_400_000;
let daysAhead = 0;
const clock = { now: () => Date.now() + daysAhead * DAY_MS };

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({
    env: { HISTORY_INDEX: 'on', EXPORT_APPROVAL_PEOPLE: '1' },
    override: (builder) => builder.overrideProvider(Clock).useValue(clock),
  });
  await eventually(async () => (await ask({ filter: { patientId: 'pat-none' } })).status === 202);
});
afterEach(() => {
  daysAhead = 0;
});
afterAll(() => app.close());

const ask = (body: object, by: Officer = anna, headers = {}): Promise<Answer> =>
  send(app, 'POST', '/v1/exports', { ...by, body: { format: 'csv', purpose: 'audit', ...body }, headers });
const jobOf = async (exportId: string, by: Officer = anna) =>
  (await send(app, 'GET', `/v1/exports/${exportId}`, by)).body;
const step = (exportId: string, action: 'approve' | 'cancel', by: Officer) =>
  send(app, 'POST', `/v1/exports/${exportId}/${action}`, by);
const made = async (exportId: string) => {
  await eventually(async () => !['queued'].includes((await jobOf(exportId)).status), 30_000);
  return jobOf(exportId);
};
const fetched = async (exportId: string, by: Officer = anna) => {
  const response = await app.call(`/v1/exports/${exportId}/content`, by);
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const exported = async (body: object): Promise<Buffer> => {
  const { body: job } = await ask(body);
  expect(await made(job.exportId)).toMatchObject({ status: 'made' });
  const { status, bytes } = await fetched(job.exportId);
  expect(status).toBe(200);
  return bytes;
};
const opened = async (here: Scene) => {
  const { status, body } = await view(app, here, here.clinicianId, { roles: ['clinician'] });
  expect(status).toBe(201);
  return body;
};
const history = async (query: string, accept: string) => {
  const response = await app.call(`/v1/access-history?${query}`, { ...anna, headers: { accept } });
  return Buffer.from(await response.arrayBuffer());
};
const typesOn = async ({ as }: Officer, exportId: string) =>
  (await eventsOf(app, auditorStreams.of(as))).flatMap(({ type, data }) =>
    'exportId' in data && data.exportId === exportId ? [type] : [],
  );
const store = () => app.app.get<ObjectStore>(EXPORT_STORE, { strict: false });
const filesOf = async (exportId: string): Promise<readonly ObjectKey[]> => {
  const keys: ObjectKey[] = [];
  for await (const page of store().list()) keys.push(...page.map(({ key }) => key));
  return keys.filter((key) => key.startsWith(exportId));
};

describe('an export of the access history', () => {
  it('is made as of the position it was asked at, with its hash on record, and is fetched whole', async () => {
    const here = await scene(app);
    await opened(here);
    const asked = await ask({ filter: { patientId: here.patientId } });
    expect(asked).toMatchObject({ status: 202, body: { requestedBy: anna.as, people: 1, needsApproval: false } });
    const { exportId, asOf } = asked.body;
    expect(asked.headers.get('location')).toBe(`/v1/exports/${exportId}`);
    await opened(here);

    const job = await made(exportId);
    const { headers, bytes } = await fetched(exportId);

    const expected = await history(`patientId=${here.patientId}&asOf=${asOf}&order=oldest`, 'text/csv');
    expect(bytes.equals(expected)).toBe(true);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(job).toMatchObject({ status: 'made', sha256, bytes: bytes.length, rows: 2 });
    expect(headers.get('content-disposition')).toBe(`attachment; filename="export-${exportId}.csv"`);
    expect(Date.parse(job.expiresAt) - Date.parse(job.madeAt)).toBe(7 * DAY_MS);
    expect(await typesOn(anna, exportId)).toEqual(['ExportRequested', 'ExportMade', 'ExportDownloaded']);
  });

  it.each([
    ['ndjson', 'application/x-ndjson'],
    ['fhir', 'application/fhir+ndjson'],
  ])('has the same rows as the list, as %s', async (format, accept) => {
    const here = await scene(app);
    await opened(here);
    const { body } = await ask({ format, filter: { patientId: here.patientId } });
    await made(body.exportId);
    const { bytes } = await fetched(body.exportId);
    const expected = await history(`patientId=${here.patientId}&asOf=${body.asOf}&order=oldest`, accept);
    expect(bytes.toString()).toBe(expected.toString());
    if (format === 'fhir')
      for (const line of bytes.toString().trim().split('\n')) expect(shortfalls(JSON.parse(line))).toEqual([]);
  });

  it('has the same rows as Parquet, and leaves nothing of the making', async () => {
    const here = await scene(app);
    await opened(here);
    const bytes = await exported({ format: 'parquet', filter: { patientId: here.patientId } });
    const file = join(app.config.dataDir, 'read-back.parquet');
    await writeFile(file, bytes);
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const rows = (
      await connection.runAndReadAll(`SELECT kind, "viewerRoles", "verdictThen" FROM '${file}'`)
    ).getRowsJson();
    connection.closeSync();
    instance.closeSync();
    expect(rows).toEqual([
      ['opened', ['clinician'], 'cleared'],
      ['cleared', null, 'cleared'],
    ]);
    expect(await readdir(join(app.config.dataDir, 'exports-making'))).toEqual([]);
  });

  it('is shown in the history of each patient in it once it is fetched, with whom it was for', async () => {
    const here = await scene(app);
    await opened(here);
    const recipient = { name: '=Court of Appeal', address: '1 Main Street' };
    const { body } = await ask({ filter: { patientId: here.patientId }, purpose: 'legal', recipient });
    await made(body.exportId);
    const rows = async () =>
      (await send(app, 'GET', `/v1/access-history?patientId=${here.patientId}&kind=exported`, anna)).body.items;
    expect(await rows()).toEqual([]);

    await fetched(body.exportId, boris);

    expect(await rows()).toEqual([
      expect.objectContaining({
        ...{ kind: 'exported', viewerId: boris.as, exportId: body.exportId, reason: 'legal' },
        ...{ recipient: recipient.name, recipientAddress: recipient.address },
      }),
    ]);
    const audit = (await history(`patientId=${here.patientId}&kind=exported`, 'application/fhir+ndjson')).toString();
    expect(shortfalls(JSON.parse(audit))).toEqual([]);
    expect(audit).toContain('PrivacyDisclosure.Source');
  });

  it('is an accounting of disclosures: exports to others, and bytes that left under a flagged view, as series', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId } = here;
    await opened(here);
    const recipient = { name: '=Court of Appeal', address: '1 Main Street' };
    for (const purpose of ['legal', 'legal', 'treatment']) {
      const { body } = await ask({ filter: { patientId }, purpose, recipient });
      await made(body.exportId);
      await fetched(body.exportId);
    }
    const seen = await send(app, 'POST', here.viewsPath, {
      ...{ as: 'player-service', roles: ['service'] },
      body: { purpose: 'treatment', viewerId: 'pat-stranger' },
    });
    expect(seen.body).toMatchObject({ verdict: 'flagged', severity: 'critical' });

    const lines = (await exported({ format: 'accounting', filter: { patientId }, purpose: 'patient-request' }))
      .toString()
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));

    expect(lines[0]).toEqual([
      ...['disclosure_date', 'recipient_name', 'recipient_address', 'phi_description', 'purpose', 'series_first_date'],
      ...['series_last_date', 'series_count', 'released_by', 'event_id', 'patient_id'],
    ]);
    expect(lines.slice(1)).toHaveLength(2);
    const [court = [], stranger = []] = lines.slice(1);
    expect([court[1], court[2], court[4], court[7], court[8], court[10]]).toEqual([
      ...["'=Court of Appeal", '1 Main Street', 'legal', '2', anna.as, patientId],
    ]);
    expect(Date.parse(court[6] ?? '')).toBeGreaterThan(Date.parse(court[5] ?? ''));
    expect([stranger[1], stranger[3], stranger[8]]).toEqual([
      ...['pat-stranger', `recording ${recordingId} of consultation ${consultationId}`, 'player-service'],
    ]);
  });

  it('is an accounting without the rows that a hold keeps from the patient while it is made, and says so to the officer alone', async () => {
    const here = await scene(app);
    const { patientId } = here;
    await opened(here);
    for (const viewerId of ['pat-held', 'pat-stranger'])
      await send(app, 'POST', here.viewsPath, {
        ...{ as: 'player-service', roles: ['service'] },
        body: { purpose: 'treatment', viewerId },
      });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const body = { reason: 'health-oversight', viewerId: 'pat-held', until };
    expect((await send(app, 'POST', `/v1/patients/${patientId}/access-holds`, { ...boris, body })).status).toBe(201);
    const accounting = { format: 'accounting', filter: { patientId }, purpose: 'patient-request' };
    const recipients = async () => {
      const job = await made((await ask(accounting)).body.exportId);
      const lines = (await fetched(job.exportId)).bytes.toString().trim().split('\r\n').slice(1);
      return { job, recipients: lines.map((line) => line.split(',')[1]) };
    };

    const held = await recipients();
    expect(held.recipients).toEqual(['pat-stranger']);
    expect(held.job).toMatchObject({ status: 'made', rows: 3, heldRows: 1 });
    const events = await eventsOf(app, auditorStreams.of(anna.as));
    expect(events.findLast(({ type }) => type === 'ExportMade')?.data).toMatchObject({ rows: 2, heldRows: 1 });

    const ofAll = { ...accounting, format: 'ndjson', purpose: 'audit' };
    expect((await exported(ofAll)).toString()).toContain('pat-held');
    daysAhead = 1;
    const after = await recipients();
    expect(after.recipients.toSorted()).toEqual(['pat-held', 'pat-stranger']);
    expect(after.job.heldRows).toBeUndefined();
  });

  it('needs a second officer where it is of many people, and the one who asked is not that', async () => {
    const [one, two] = [await scene(app), await scene(app)];
    const viewerId = `doc-of-${one.patientId}`;
    for (const here of [one, two]) await view(app, here, viewerId, { roles: ['clinician'] });
    const { body } = await ask({ filter: { viewerId } });
    expect(body).toMatchObject({ status: 'awaiting-approval', people: 2, needsApproval: true });

    expect(await step(body.exportId, 'approve', anna)).toMatchObject({ status: 403, body: { code: 'own-case' } });
    expect(await fetched(body.exportId)).toMatchObject({ status: 409 });
    expect(await step(body.exportId, 'approve', boris)).toMatchObject({ status: 200, body: { approvedBy: boris.as } });
    expect((await step(body.exportId, 'approve', boris)).status).toBe(200);

    expect(await made(body.exportId)).toMatchObject({ status: 'made', approvedBy: boris.as, people: 2 });
    expect(await typesOn(anna, body.exportId)).toEqual(['ExportRequested', 'ExportApproved', 'ExportMade']);
  });

  it('is cancelled by any officer until it is made, and then has no file', async () => {
    const [one, two] = [await scene(app), await scene(app)];
    const viewerId = `doc-of-${one.patientId}`;
    for (const here of [one, two]) await view(app, here, viewerId, { roles: ['clinician'] });
    const { body } = await ask({ filter: { viewerId } });
    expect(await step(body.exportId, 'cancel', boris)).toMatchObject({
      ...{ status: 200, body: { status: 'cancelled', cancelledBy: boris.as } },
    });
    expect(await step(body.exportId, 'approve', boris)).toMatchObject({ status: 409, body: { code: 'export-closed' } });
    expect(JSON.parse((await fetched(body.exportId)).bytes.toString())).toMatchObject({ code: 'export-not-ready' });
    const small = (await ask({ filter: { patientId: one.patientId } })).body;
    await made(small.exportId);
    expect(await step(small.exportId, 'cancel', anna)).toMatchObject({ status: 409, body: { code: 'export-closed' } });
    expect(await filesOf(body.exportId)).toEqual([]);
  });

  it('is asked for once, however often the same request is sent', async () => {
    const key = { 'idempotency-key': 'export-once' };
    const [first, second] = [
      await ask({ filter: { patientId: 'pat-none' } }, anna, key),
      await ask({ filter: { patientId: 'pat-none' } }, anna, key),
    ];
    expect(second.body.exportId).toBe(first.body.exportId);
    expect((await ask({ filter: { patientId: 'pat-other' } }, anna, key)).status).toBe(422);
  });

  it('is listed for all officers, by status', async () => {
    const { body } = await ask({ filter: { patientId: 'pat-none' } });
    await made(body.exportId);
    const { body: page } = await send(app, 'GET', '/v1/exports?status=made&limit=1', boris);
    expect(page.items).toEqual([expect.objectContaining({ exportId: body.exportId, requestedBy: anna.as })]);
    expect(page.next).not.toBeNull();
  });

  it('is removed when its time is over, and its file cannot be fetched a moment longer', async () => {
    const { body } = await ask({ filter: { patientId: 'pat-none' } });
    await made(body.exportId);
    expect(await filesOf(body.exportId)).toHaveLength(1);
    daysAhead = 8;
    expect(await fetched(body.exportId)).toMatchObject({ status: 410 });
    await app.app.get(ExportExpiry, { strict: false }).round();
    await eventually(async () => (await jobOf(body.exportId)).status === 'expired');
    expect(await filesOf(body.exportId)).toEqual([]);
    expect(await fetched(body.exportId)).toMatchObject({ status: 410 });
    expect(await typesOn(anna, body.exportId)).toEqual(['ExportRequested', 'ExportMade', 'ExportExpired']);
  });

  it('leaves no file that no event names, and lets those of other ledgers be', async () => {
    const { body } = await ask({ filter: { patientId: 'pat-none' } });
    await made(body.exportId);
    const [key = ''] = await filesOf(body.exportId);
    const folder = join(app.config.dataDir, 'exports');
    const [leftOver, foreign] = [
      join(folder, body.exportId, 'another-try'),
      join(folder, body.exportId, '..', 'other'),
    ];
    await writeFile(leftOver, 'half');
    await writeFile(foreign, 'not ours');
    daysAhead = 2;
    await app.app.get(ExportExpiry, { strict: false }).round();
    expect(await filesOf(body.exportId)).toEqual([key]);
    expect(await readdir(folder)).toContain('other');
    await rm(foreign);
  });

  it('is never a whole file that is not the one that was made', async () => {
    const here = await scene(app);
    await opened(here);
    const { body } = await ask({ filter: { patientId: here.patientId } });
    const { bytes } = await made(body.exportId);
    const [key = ''] = await filesOf(body.exportId);
    const path = join(app.config.dataDir, 'exports', key);
    await writeFile(path, 'x'.repeat(bytes));
    await expect(fetched(body.exportId)).rejects.toThrow();
    await writeFile(path, 'x');
    expect(await fetched(body.exportId)).toMatchObject({ status: 500 });
    await rm(path);
    expect(JSON.parse((await fetched(body.exportId)).bytes.toString())).toMatchObject({ code: 'export-corrupt' });
  });

  it('lets go of the file when its receiver goes away', async () => {
    const { body } = await ask({ filter: { patientId: 'pat-none' } });
    await made(body.exportId);
    const token = await app.token(anna.as, anna.roles);
    await new Promise<void>((resolve, reject) => {
      const asked = httpRequest(
        new URL(`/v1/exports/${body.exportId}/content`, app.url),
        { headers: { authorization: `Bearer ${token}` } },
        (response) => {
          response.destroy();
          resolve();
        },
      );
      asked.on('error', reject).end();
    });
    expect((await fetched(body.exportId)).status).toBe(200);
    expect(await jobOf(body.exportId)).toMatchObject({ downloads: 2 });
  });

  it.each([
    ['a format there is not', { format: 'xml' }],
    ['no purpose', { purpose: undefined }],
    ['a purpose there is not', { purpose: 'curiosity' }],
    ['a filter there is not', { filter: { patient: 'pat-1' } }],
    ['a time in the future', { asOf: '2999-01-01T00:00:00Z' }],
    ['a recipient of two lines', { recipient: { name: 'Court\r\nof Appeal' } }],
    ['an accounting of everybody', { format: 'accounting' }],
    [
      'an accounting of what one viewer did',
      { format: 'accounting', filter: { patientId: 'pat-1', viewerId: 'doc-1' } },
    ],
  ])('is refused for %s', async (_, body) => {
    expect(await ask(body)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
  });

  it('that there is not is not found', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/content'],
      ['POST', '/approve'],
      ['POST', '/cancel'],
    ] as const)
      expect(await send(app, method, `/v1/exports/none${path}`, anna)).toMatchObject({
        ...{ status: 404, body: { code: 'export-not-found' } },
      });
  });

  const routes = [
    ...[
      ['POST', ''],
      ['GET', ''],
      ['GET', '/none'],
      ['GET', '/none/content'],
    ],
    ...[
      ['POST', '/none/approve'],
      ['POST', '/none/cancel'],
    ],
  ] as const;

  it.each(routes)('is for compliance alone: %s %s', async (method = '', path) => {
    for (const role of ROLES.filter((one) => one !== 'compliance'))
      expect((await send(app, method, `/v1/exports${path}`, { as: 'p-1', roles: [role] })).status).toBe(403);
    expect((await app.call(`/v1/exports${path}`, { method })).status).toBe(401);
    const [head, payload, signature] = (await app.token('officer-1', ['compliance'])).split('.');
    const forged = `${head}.${payload}.${signature?.split('').reverse().join('')}`;
    const headers = { authorization: `Bearer ${forged}` };
    expect((await app.call(`/v1/exports${path}`, { method, headers })).status).toBe(401);
  });
});

describe('an export while something is away', () => {
  it('is not taken where no history is kept', async () => {
    const without = await startApp();
    try {
      const answer = await send(without, 'POST', '/v1/exports', { ...anna, body: { format: 'csv', purpose: 'audit' } });
      expect(answer).toMatchObject({ status: 503, body: { code: 'history-unavailable' } });
    } finally {
      await without.close();
    }
  });

  const away = async (name: string) => {
    const dataDir = join(app.config.dataDir, name);
    await mkdir(dataDir);
    // A file stands where the folder of exports has to be.
    await writeFile(join(dataDir, 'exports'), 'in the way');
    const start = () => startApp({ env: { HISTORY_INDEX: 'on', DATA_DIR: dataDir } });
    const back = () => rm(join(dataDir, 'exports'));
    return { start, back };
  };
  const askFor = (on: RunningApp) =>
    eventually(async () => {
      const body = { format: 'ndjson', purpose: 'audit' };
      const { status, body: job } = await send(on, 'POST', '/v1/exports', { ...anna, body });
      // The index of a new ledger is opened in a moment.
      return status === 202 ? (job.exportId as string) : undefined;
    });
  const isMade = (on: RunningApp, exportId: string) => async () =>
    (await send(on, 'GET', `/v1/exports/${exportId}`, anna)).body.status === 'made';
  const putOff = (on: RunningApp) => eventually(() => on.logged.some((line) => line.includes('is not made, try 1')));

  it('waits for the store, and is made once it is back', async () => {
    const { start, back } = await away('away');
    const on = await start();
    try {
      const exportId = await askFor(on);
      await putOff(on);
      await back();
      await eventually(isMade(on, exportId), 20_000);
    } finally {
      await on.close();
    }
  });

  it('is gone on with after a restart, from the request alone', async () => {
    const { start, back } = await away('restarted');
    const before = await start();
    const exportId = await askFor(before);
    try {
      await putOff(before);
    } finally {
      await before.close();
    }
    await back();
    const after = await start();
    try {
      await eventually(isMade(after, exportId), 20_000);
    } finally {
      await after.close();
    }
  });
});

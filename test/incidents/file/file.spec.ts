import { readFile } from 'node:fs/promises';
import { auditorStreams, incidentStreams } from '../../../events/categories.ts';
import { ROLES } from '../../../events/values.ts';
import { AccessPolicy } from '../../../src/access/views/policy.ts';
import { LedgerUnavailable } from '../../../src/ledger/errors.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { Role } from '../../../src/request/actor.ts';
import { type Answer, eventsOf, send } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { pagesOf } from './pdf-text.ts';
import { incidentOf, type Story, say, story } from './story.ts';

let app: RunningApp;
let here: Story;
beforeAll(async () => {
  app = await startApp({
    env: { APP_VERSION: '1.4.2' },
    override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
  });
  here = await story(app);
}, 60_000);
afterAll(() => app.close());

type Who = { readonly as: string; readonly roles: readonly Role[] };
const officer: Who = { as: 'officer-1', roles: ['compliance'] };
const fileOf = (query = '', who = officer, incidentId = here.incidentId): Promise<Answer> =>
  send(app, 'GET', `/v1/incidents/${incidentId}/file${query}`, who);
const bytesOf = async (accept: string, query = '', who = officer) => {
  const response = await app.call(`/v1/incidents/${here.incidentId}/file${query}`, { ...who, headers: { accept } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const readingsOf = async (who: Who) => (await eventsOf(app, auditorStreams.of(who.as))).map(({ data }) => data);

/** Every id of a person or a thing in the story. */
const idsOf = ({ nosy, played, reported, withheld, shown }: Story): readonly string[] => [
  nosy,
  ...[played, reported, withheld, shown].flatMap((one) => [
    ...[one.patientId, one.clinicianId, one.consultationId, one.recordingId],
  ]),
];

/** The same for each run of the story: names for ids, and no times. */
const normalised = (text: string, { incidentId, nosy, ...people }: Story): string => {
  const names: readonly (readonly [string, string])[] = [
    [incidentId, 'INCIDENT'],
    [nosy, 'NOSY'],
    ...(['played', 'reported', 'withheld', 'shown'] as const).flatMap((name) => [
      [people[name].patientId, `PATIENT-${name}`] as const,
      [people[name].recordingId, `RECORDING-${name}`] as const,
    ]),
  ];
  return names
    .reduce((all, [id, name]) => all.replaceAll(id, name), text)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"(\w+Ms|position)": \d+/g, '"$1": 0')
    .replaceAll(/(\d+ (d|h|min|s|ms) ?)+(?= after|")/g, 'AGE');
};

describe('the breach file of an incident', () => {
  it('tells the whole story, field by field', async () => {
    const { status, body } = await fileOf();
    expect(status).toBe(200);
    // In the order of ids, which differs from run to run.
    const byName = (one: { rung: string }, other: { rung: string }) => (one.rung < other.rung ? -1 : 1);
    const told = { ...body, affected: [...body.affected].sort(byName) };
    const golden = await readFile('test/incidents/file/story.golden.json', 'utf8');
    expect(JSON.parse(normalised(JSON.stringify(told, null, 2), here))).toEqual(JSON.parse(golden));
  });

  it('says who is affected by how much, and what of it is not known', async () => {
    const { body } = await fileOf();
    const byRung = (rung: string) => body.affected.find((one: { rung: string }) => one.rung === rung);
    expect(byRung('played')).toMatchObject({
      ...{ patientId: here.played.patientId, recordings: [here.played.recordingId], viewers: [here.nosy] },
      ...{ releases: ['1.4.2'], bytesServed: here.bytes, bytesAtMost: here.bytes, approximate: false },
    });
    expect(byRung('opened')).toMatchObject({
      ...{ patientId: here.reported.patientId, bytesServed: 0, bytesAtMost: here.bytes, approximate: true },
      clientReleases: ['2020.6'],
    });
    expect(byRung('listed')).toMatchObject({ patientId: here.shown.patientId, bytesAtMost: 0, approximate: false });
    expect(body.affected).toHaveLength(3);
    expect(body.withheld).toMatchObject([{ patientId: here.withheld.patientId, rung: 'withheld', bytesAtMost: 0 }]);
    expect(body.exposure).toMatchObject({
      ...{ people: 3, byRung: { played: 1, opened: 1, listed: 1, withheld: 1 }, viewers: 1, recordings: 3 },
      ...{ bytesServed: here.bytes, bytesAtMost: 2 * here.bytes, witnessedViews: 1, approximate: true },
    });
    expect(body.exposure.secondsPlayed).toBeGreaterThan(1);
  });

  it('has the steps in their order', async () => {
    const { timeline } = (await fileOf()).body;
    const order = [
      ...['firstExposureAt', 'firstFlaggedAt', 'openedAt', 'pagedAt', 'acknowledgedAt', 'containedAt'],
    ].map((name) => timeline[name]);
    expect(order).toEqual([...order].sort());
    expect(order).not.toContain(null);
    expect(timeline.timeToDetectMs).toBe(Date.parse(timeline.firstFlaggedAt) - Date.parse(timeline.firstExposureAt));
    expect(timeline.timeToContainMs).toBe(Date.parse(timeline.containedAt) - Date.parse(timeline.firstFlaggedAt));
  });

  it.each(['application/json', 'application/pdf', 'text/csv'])(
    'has the same bytes as %s for ever at the same position, whatever follows',
    async (type) => {
      const first = await bytesOf(type);
      expect(first.status).toBe(200);
      expect(first.headers.get('content-type')).toContain(type);
      const position = first.headers.get('x-ledger-position');
      await say(app, here.incidentId, {
        type: 'NoteAdded',
        data: { incidentId: here.incidentId, noteId: `note-${position}`, code: 'case-8' },
      });
      await say(app, here.incidentId, {
        type: 'ContainmentTaken',
        data: {
          ...{ incidentId: here.incidentId, scope: 'all', at: new Date().toISOString() },
          ...{ views: 0, transfers: 0, viewers: 0, recordings: 0, releases: [] },
        },
      });
      const again = await bytesOf(type, `?asOf=${position}`);
      expect(again.headers.get('x-ledger-position')).toBe(position);
      expect(again.bytes.equals(first.bytes)).toBe(true);
      const newest = await bytesOf(type);
      expect(newest.headers.get('x-ledger-position')).not.toBe(position);
    },
  );

  it('is as it was known at an earlier position', async () => {
    const events = await eventsOf(app, incidentStreams.of(here.incidentId));
    const attached = events.filter(({ type }) => type === 'BreachAttached');
    const { body } = await fileOf(`?asOf=${attached[0]?.position}`);
    expect(body.breaches.total).toBe(1);
    expect(body.timeline).toMatchObject({ pagedAt: null, acknowledgedAt: null, containedAt: null });
    const opening = await fileOf(`?asOf=${events[0]?.position}`);
    expect(opening.body).toMatchObject({ breaches: { total: 0 }, affected: [] });
  });

  it('is not there before the incident was, and no other position is made up', async () => {
    const other = await incidentOf(app, []);
    const [first] = await eventsOf(app, incidentStreams.of(here.incidentId));
    expect((await fileOf(`?asOf=${first?.position}`, officer, other)).body.code).toBe('incident-not-found');
    expect((await fileOf('', officer, 'no-such-incident')).body.code).toBe('incident-not-found');
    for (const asOf of ['99999999999', '-1', 'yesterday'])
      expect((await fileOf(`?asOf=${asOf}`)).body).toMatchObject({ status: 400, code: 'validation-failed' });
  });

  it('is printed without an id of a person, with the incident and the position on every page', async () => {
    const { bytes, headers } = await bytesOf('application/pdf');
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(headers.get('content-length')).toBe(String(bytes.length));
    const pages = pagesOf(bytes);
    const text = pages.join('\n');
    expect(pages.length).toBeGreaterThan(2);
    for (const [i, page] of pages.entries())
      expect(page).toContain(
        `Incident ${here.incidentId}, position ${headers.get('x-ledger-position')}   page ${i + 1} of ${pages.length}`,
      );
    for (const said of ['Breach file', 'People affected', 'at least 3', 'Art. 33(3)', 'not applicable', 'to fill'])
      expect(text).toContain(said);
    for (const id of idsOf(here)) expect([id, text.includes(id), bytes.includes(id)]).toEqual([id, false, false]);
  });

  it('drafts forms from counts alone, every field marked', async () => {
    const { drafts } = (await fileOf()).body;
    expect(drafts.map(({ form }: { form: string }) => form)).toEqual([
      ...['edpb', 'gdpr-33', 'gdpr-34', 'ico', 'hhs', 'four-factors'],
    ]);
    const text = JSON.stringify(drafts);
    for (const id of idsOf(here)) expect([id, text.includes(id)]).toEqual([id, false]);
    for (const { sections } of drafts)
      for (const { fields } of sections)
        for (const { state, value } of fields)
          expect([state, value === undefined]).toEqual([
            expect.stringMatching(/^known|to-fill|not-applicable$/),
            state !== 'known',
          ]);
  });

  it('lists the people affected as CSV, the withheld not among them', async () => {
    const { bytes, headers } = await bytesOf('text/csv');
    expect(headers.get('content-disposition')).toContain('attachment');
    const [head, ...lines] = bytes.toString().trimEnd().split('\r\n');
    expect(head).toBe(
      'patient_id,rung,first_at,last_at,recordings,seen_by,releases,client_releases,bytes_served,bytes_at_most,seconds_played,approximate',
    );
    expect(lines.map((line) => line.split(',').slice(0, 2).join(' ')).sort()).toEqual(
      [`${here.shown.patientId} listed`, `${here.reported.patientId} opened`, `${here.played.patientId} played`].sort(),
    );
  });

  it.each([
    ['application/json;q=0.9, */*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/*', 'text/csv'],
    ['application/pdf;q=0, text/csv', 'text/csv'],
    ['image/png, application/pdf', 'application/pdf'],
  ])('is made for Accept: %s as %s', async (accept, type) => {
    const { status, headers } = await bytesOf(accept);
    expect([status, headers.get('content-type')?.split(';', 1)[0]]).toEqual([200, type]);
  });

  it('is refused where nothing that is accepted can be made', async () => {
    expect((await bytesOf('image/png')).status).toBe(406);
    expect((await bytesOf('application/pdf;q=0')).status).toBe(406);
  });
});

describe('reading a breach file', () => {
  it.each([
    ['application/json', 'json', 4],
    ['text/csv', 'csv', 3],
    // It names no one.
    ['application/pdf', 'pdf', 0],
  ])('as %s is on record, with those of whom it tells', async (accept, format, people) => {
    const who: Who = { as: `officer-${format}`, roles: ['compliance'] };
    const { headers } = await bytesOf(accept, '', who);
    const [reading, ...others] = await readingsOf(who);
    expect(others).toEqual([]);
    expect(reading).toMatchObject({
      ...{ auditorId: who.as, incidentId: here.incidentId, format, rows: people },
      asOf: Number(headers.get('x-ledger-position')),
    });
    expect(reading).toHaveProperty('patientIds.length', people);
  });

  it('gives nothing where it cannot be put on record', async () => {
    const ledger = app.app.get(Ledger);
    const append = ledger.append.bind(ledger);
    ledger.append = async () => {
      throw new LedgerUnavailable('gone');
    };
    try {
      for (const accept of ['application/json', 'application/pdf', 'text/csv']) {
        const { status, bytes } = await bytesOf(accept);
        expect([status, JSON.parse(bytes.toString()).code]).toEqual([503, 'ledger-unavailable']);
      }
      expect((await send(app, 'GET', '/v1/incidents/register', officer)).status).toBe(503);
    } finally {
      ledger.append = append;
    }
  });

  it('is refused to a person whom it is about, as of any position, and leaves no trace of a reading', async () => {
    const [opened] = await eventsOf(app, incidentStreams.of(here.incidentId));
    for (const as of [here.nosy, here.played.patientId, here.withheld.patientId, here.shown.patientId])
      for (const query of ['', ...(as === here.shown.patientId ? [] : [`?asOf=${opened?.position}`])]) {
        const { status, body } = await fileOf(query, { as, roles: ['compliance'] });
        expect([as, query, status, body.code]).toEqual([as, query, 403, 'own-case']);
        expect(await readingsOf({ as, roles: [] })).toEqual([]);
      }
  });

  it.each(['patient', 'clinician', 'service', 'siem'] as const)('is not for the role %s', async (role) => {
    for (const path of [`/v1/incidents/${here.incidentId}/file`, '/v1/incidents/register']) {
      const { status, body } = await send(app, 'GET', path, { as: 'person-1', roles: [role] });
      expect([status, body.code]).toEqual([403, 'forbidden']);
    }
  });

  it('makes a version that those of the desk are told of: as of which position, as what, by whom', async () => {
    const incidentId = await incidentOf(app, []);
    const versions = async (who: Who, of = incidentId) => send(app, 'GET', `/v1/incidents/${of}/file/versions`, who);
    expect((await versions(officer)).body).toEqual({ items: [] });
    const given = async (accept: string, who: Who) => {
      const answer = await app.call(`/v1/incidents/${incidentId}/file`, { ...who, headers: { accept } });
      await answer.arrayBuffer();
      return Number(answer.headers.get('x-ledger-position'));
    };
    const second: Who = { as: 'on-call-2', roles: ['on-call'] };
    const [first, later] = [await given('application/pdf', officer), await given('text/csv', second)];
    const { body } = await eventually(async () => {
      const answer = await versions(second);
      return answer.body.items.length === 2 ? answer : undefined;
    });
    expect(body.items).toEqual([
      { position: later, format: 'csv', at: expect.any(String), readerId: 'on-call-2' },
      { position: first, format: 'pdf', at: expect.any(String), readerId: 'officer-1' },
    ]);
    expect((await versions(officer, 'no-such-incident')).body.code).toBe('incident-not-found');
    expect((await versions({ as: here.nosy, roles: ['on-call'] }, here.incidentId)).body.code).toBe('own-case');
    for (const role of ROLES.filter((each) => each !== 'on-call' && each !== 'compliance'))
      expect((await versions({ as: 'someone', roles: [role] })).status).toBe(403);
    expect((await app.call(`/v1/incidents/${incidentId}/file/versions`)).status).toBe(401);
  });

  it('is for on-call as for compliance, the register for compliance alone', async () => {
    const onCall: Who = { as: 'oncall-1', roles: ['on-call'] };
    expect((await fileOf('', onCall)).status).toBe(200);
    expect(await readingsOf(onCall)).toHaveLength(1);
    expect((await send(app, 'GET', '/v1/incidents/register', onCall)).status).toBe(403);
  });

  it('is not for callers without a token, with a forged one, or without a role', async () => {
    const token = await app.token('officer-1', ['compliance']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    for (const path of [`/v1/incidents/${here.incidentId}/file`, '/v1/incidents/register']) {
      expect((await app.call(path)).status).toBe(401);
      expect((await app.call(path, { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
      expect((await app.call(path, { as: 'officer-1' })).status).toBe(403);
    }
  });

  it('gives HEAD no body', async () => {
    for (const accept of ['application/pdf', 'text/csv', 'application/json']) {
      const path = `/v1/incidents/${here.incidentId}/file`;
      const response = await app.call(path, { ...officer, method: 'HEAD', headers: { accept } });
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });
});

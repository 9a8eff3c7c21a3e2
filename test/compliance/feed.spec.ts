import { z } from 'zod';
import { categories, type LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { ROLES } from '../../events/values.ts';
import { Feed } from '../../src/compliance/feed/feed.ts';
import { isInFeed, lineOf, unreadLine } from '../../src/compliance/feed/ocsf.ts';
import { isOfTheDesk } from '../../src/second-key/answer.ts';
import { type Answer, breachesOf, onCall, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
type Line = any;

/** What OCSF 1.8 requires (ocsf/ocsf-schema): of every class, and of each; one of those in a group is enough. */
const REQUIRED = [
  'activity_id',
  'category_uid',
  'class_uid',
  'metadata.version',
  'metadata.product',
  'severity_id',
].concat(['time', 'type_uid']);
const CLASSES: Readonly<
  Record<
    number,
    { name: string; category: number; activities: readonly number[]; required: readonly (readonly string[])[] }
  >
> = {
  2004: { name: 'detection_finding', category: 2, activities: [1, 2, 3], required: [['finding_info.uid']] },
  2005: {
    ...{ name: 'incident_finding', category: 2, activities: [1, 2, 3] },
    required: [['finding_info_list'], ['status_id'], ['assignee', 'assignee_group']],
  },
  3002: { name: 'authentication', category: 3, activities: [1, 2], required: [['user.uid'], ['service.name']] },
  3005: { name: 'user_access', category: 3, activities: [1, 2, 3, 4], required: [['user.uid']] },
  6003: {
    ...{ name: 'api_activity', category: 6, activities: [0, 1, 2, 3, 4] },
    required: [['actor.user', 'actor.app_name'], ['api.operation'], ['src_endpoint.svc_name']],
  },
  6005: {
    ...{ name: 'datastore_activity', category: 6, activities: [1, 2, 3, 4, 5, 6, 7, 8] },
    required: [['actor.user'], ['src_endpoint.svc_name'], ['database', 'databucket', 'table'], ['database.type_id']],
  },
};

/** What else the classes have, of what is used here: a strict reader refuses an event with an attribute of another class. */
const ATTRIBUTES: Readonly<Record<number, readonly string[]>> = {
  2004: ['finding_info', 'is_alert', 'resources'],
  2005: ['finding_info_list', 'assignee_group', 'verdict_id'],
  3002: ['actor', 'src_endpoint', 'user', 'session', 'service'],
  3005: ['actor', 'src_endpoint', 'user', 'privileges', 'resources'],
  6003: ['actor', 'api', 'src_endpoint', 'resources'],
  6005: ['actor', 'src_endpoint', 'database', 'table'],
};
const OF_EVERY_CLASS = [
  'activity_id',
  'category_uid',
  'class_uid',
  'metadata',
  'severity_id',
  'time',
  'type_uid',
].concat(['status_id', 'status_code', 'message', 'unmapped']);

const at = (from: Line, path: string): unknown => path.split('.').reduce((value, name) => value?.[name], from);

/** Why a line is no CloudEvent 1.0 with an event of OCSF 1.8; empty where it is one. */
const faultsOf = (line: Line): string[] => {
  const faults: string[] = [];
  const must = (holds: boolean, what: string) => void (holds || faults.push(what));
  must(line.specversion === '1.0', 'specversion');
  for (const name of ['id', 'source', 'type']) must(typeof line[name] === 'string' && line[name] !== '', name);
  for (const name of Object.keys(line)) must(/^[a-z0-9]{1,20}$/.test(name), `name of ${name}`);
  must(new Date(line.time).toISOString() === line.time, 'time');
  must(/^\d+$/.test(line.position), 'position');
  must(line.datacontenttype === 'application/json', 'datacontenttype');
  const { data } = line;
  const known = CLASSES[data.class_uid];
  must(known !== undefined, 'class_uid');
  if (!known) return faults;
  must(line.dataschema === `https://schema.ocsf.io/1.8.0/classes/${known.name}`, 'dataschema');
  for (const path of REQUIRED) must(at(data, path) !== undefined, path);
  for (const group of known.required)
    must(
      group.some((path) => at(data, path) !== undefined),
      group.join(' or '),
    );
  const others = Object.keys(data).filter(
    (name) => !OF_EVERY_CLASS.includes(name) && !ATTRIBUTES[data.class_uid]?.includes(name),
  );
  must(others.length === 0, `no attributes of the class: ${others}`);
  must(data.category_uid === known.category, 'category_uid');
  must(known.activities.includes(data.activity_id), 'activity_id');
  must(data.type_uid === data.class_uid * 100 + data.activity_id, 'type_uid');
  must([1, 2, 3, 4, 5].includes(data.severity_id), 'severity_id');
  must(data.time === Date.parse(line.time), 'time of the event');
  return faults;
};

const SEALED = `v1:key:${'A'.repeat(80)}`;

/** A value of a JSON schema, with every field that it may have. */
const sampleOf = (schema: Line): unknown => {
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0]);
  if (schema.type === 'object')
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, sampleOf(of)]));
  if (schema.type === 'array') return schema.prefixItems ? schema.prefixItems.map(sampleOf) : [sampleOf(schema.items)];
  if (schema.type === 'integer' || schema.type === 'number') return 7;
  if (schema.type === 'boolean') return true;
  if (schema.format === 'date-time') return '2026-05-04T09:00:00.000Z';
  if (schema.format === 'uri') return 'https://backend.example.org/';
  return ['id-1', 'a'.repeat(64), 'video/webm', 'AAAA', `${'A'.repeat(75)}=`, 'consultation.booked', SEALED].find(
    (text) => new RegExp(schema.pattern ?? '').test(text),
  );
};
const FREE_TEXT = 'free text of a clinician';
const samples = categories.flatMap(({ catalogue }) =>
  Object.entries(catalogue).map(([type, schema]) => {
    const sample = sampleOf(z.toJSONSchema(schema, { unrepresentable: 'any' })) as object;
    const data = 'reason' in sample && 'purpose' in sample ? { ...sample, reason: FREE_TEXT } : sample;
    const stored = schema.parse(data);
    return {
      ...{ type, data: stored, id: `event-of-${type}`, stream: 'patient-id-1', revision: 3, position: 4_711n },
      recordedAt: '2026-05-04T10:00:00.000Z',
      metadata: {
        ...{ actor: { id: 'doc-1', roles: ['clinician'] }, $correlationId: 'req-1', $causationId: 'req-1' },
        ...{ requestId: 'req-1', appVersion: '1.4.0', clientRelease: '7.1', clientId: 'patient-app' },
      },
    } as Recorded as Recorded<LedgerEvent>;
  }),
);
const sampled = (type: LedgerEvent['type']): Line => lineOf(samples.find((one) => one.type === type) as never);

describe('a line of the feed', () => {
  it.each(samples.filter(isInFeed).map((event) => [event.type, event] as const))(
    'of %s is a CloudEvent with an OCSF event, and has ids only',
    (_, event) => {
      const line = lineOf(event);
      expect(faultsOf(line)).toEqual([]);
      for (const text of [FREE_TEXT, SEALED]) expect(JSON.stringify(line)).not.toContain(text);
    },
  );

  it('of each kind is of the class that security teams look for it in', () => {
    const kinds = {
      ...{ RecordingViewed: [6005, 1, 1], RecordingViewRefused: [6005, 1, 2], ConsultationsListed: [6005, 8, 1] },
      ...{ RecordingContentRefused: [6005, 1, 2], ViewFlagged: [2004, 1, 1], BreachFlagged: [2005, 1, 1] },
      ...{ ViewerSuspended: [3005, 2, 1], ViewerReinstated: [3005, 1, 1], ConsultationBooked: [6003, 1, 1] },
      ...{ ConsultationCancelled: [6003, 3, 1], BreachClosed: [2005, 3, 5], HistoryRead: [6005, 4, 1] },
    } as const;
    for (const [type, expected] of Object.entries(kinds)) {
      const { class_uid, activity_id, status_id } = sampled(type as LedgerEvent['type']).data;
      expect([type, class_uid, activity_id, status_id]).toEqual([type, ...expected]);
    }
  });

  it('says who looked, and who reported it where that is another', () => {
    const { actor, unmapped, table } = sampled('RecordingViewed').data;
    expect(actor.user).toMatchObject({ uid: 'id-1', type_id: 1 });
    expect(table.uid).toBe('id-1');
    expect(unmapped).toMatchObject({ reportedBy: 'doc-1', patientId: 'id-1', purpose: 'treatment' });
  });

  it('says which application asked, by the token it was given to and by its release', () => {
    for (const type of ['RecordingViewed', 'ViewerSuspended', 'ConsultationBooked'] as const) {
      const { actor, src_endpoint } = sampled(type).data;
      expect([actor.app_uid, src_endpoint]).toEqual(['patient-app', { svc_name: '7.1' }]);
    }
    const event = samples.find(({ type }) => type === 'RecordingViewed') as Recorded<LedgerEvent>;
    const { clientId: _, ...metadata } = event.metadata;
    expect(lineOf({ ...event, metadata })?.data.actor).not.toHaveProperty('app_uid');
  });

  it('of an event that cannot be read says that there is one', () => {
    const place = { id: 'event-1', stream: 'patient-1', position: 7n, recordedAt: '2026-05-04T10:00:00.000Z' };
    expect(faultsOf(unreadLine(place))).toEqual([]);
  });

  it('is found faulty without any of its required fields', () => {
    for (const type of [
      'RecordingViewed',
      'ViewFlagged',
      'BreachFlagged',
      'ViewerSuspended',
      'ConsultationBooked',
    ] as const) {
      const { data } = sampled(type);
      const required = [...REQUIRED, ...(CLASSES[data.class_uid]?.required ?? []).flat()];
      for (const path of required.filter((one) => at(data, one) !== undefined)) {
        const without = structuredClone(sampled(type));
        const names = path.split('.');
        const last = names.pop() as string;
        delete (at(without.data, names.join('.')) ?? without.data)[last];
        if (path === 'database' || path === 'table') delete without.data.table;
        if (path === 'database' || path === 'table') delete without.data.database;
        expect([type, path, faultsOf(without)]).not.toEqual([type, path, []]);
      }
    }
  });
});

describe('the feed', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const siem = { as: 'siem-1', roles: ['siem'] as const };
  const read = async (query: string) => {
    const response = await app.call(`/v1/feed?${query}`, siem);
    const text = await response.text();
    const lines: Line[] = response.ok
      ? text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [];
    return {
      status: response.status,
      headers: response.headers,
      text,
      lines,
      next: response.headers.get('x-ledger-position'),
    };
  };
  const now = async () => (await read('after=newest')).next as string;
  const refused = async (query: string) => {
    const { status, text } = await read(query);
    return [status, JSON.parse(text).code];
  };

  it('tells of views, refusals, flags, incidents, suspensions and commands, without the index, ids only', async () => {
    const from = await now();
    const here = await scene(app);
    const reason = 'collapsed in the waiting room';
    const flagged = await view(app, here, 'doc-elsewhere', { roles: ['clinician'], purpose: 'emergency', reason });
    expect(flagged.status).toBe(201);
    expect((await view(app, here, 'stranger-1')).status).toBe(404);
    await eventually(async () => (await breachesOf(app, here)).length > 0);
    const suspended = await send(app, 'POST', '/v1/viewers/stranger-1/suspend', {
      ...onCall,
      body: { reason: 'probing' },
    });
    expect(suspended.status).toBe(200);

    const { status, headers, lines, next, text } = await read(`after=${from}`);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(lines.flatMap(faultsOf)).toEqual([]);
    const kinds = lines.map(({ data }) => `${data.class_uid}/${data.activity_id}/${data.status_id}`);
    expect(kinds).toEqual(
      expect.arrayContaining(['6003/1/1', '6005/1/1', '6005/1/2', '2004/1/1', '2005/1/1', '3005/2/1']),
    );
    expect(text).toContain(here.patientId);
    expect(text).not.toContain(reason);
    expect(BigInt(next as string)).toBeGreaterThanOrEqual(BigInt(lines.at(-1).position));
    expect((await read(`after=${next}`)).lines).toEqual([]);
  });

  it('goes on after any line or answer, with no line lost or twice', async () => {
    const from = await now();
    for (let i = 0; i < 3; i++) expect((await view(app, await scene(app), 'stranger-2')).status).toBe(404);
    const all = (await read(`after=${from}`)).lines;
    expect(all.length).toBeGreaterThanOrEqual(9);
    const byAnswers: Line[] = [];
    const byLines: Line[] = [];
    for (let [after, last] = [from, '']; after !== last; ) {
      const { lines, next } = await read(`after=${after}&limit=2`);
      byAnswers.push(...lines);
      [last, after] = [after, next as string];
    }
    for (let after: string | undefined = from; after !== undefined; ) {
      const { lines }: { lines: Line[] } = await read(`after=${after}&limit=2`);
      byLines.push(...lines);
      after = lines.at(-1)?.position;
    }
    expect(byAnswers).toEqual(all);
    expect(byLines).toEqual(all);
    expect((await read('')).lines[0].position).not.toBe(all[0].position);
  });

  it('waits for the next line, and no longer than it was asked to', async () => {
    const from = await now();
    const waiting = read(`after=${from}&wait=30`);
    const here = await scene(app);
    const { lines, status } = await waiting;
    expect(status).toBe(200);
    expect(lines[0].data.api.operation).toBe('ConsultationBooked');
    expect(lines[0].subject).toBe(`patient-${here.patientId}`);

    const begun = performance.now();
    const empty = await read(`after=${await now()}&wait=1`);
    expect([empty.status, empty.text]).toEqual([200, '']);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('keeps nothing for a caller who hangs up', async () => {
    const feed = app.app.get(Feed);
    const from = await now();
    const hangUp = new AbortController();
    const headers = { authorization: `Bearer ${await app.token('siem-2', ['siem'])}` };
    const asked = fetch(`${app.url}/v1/feed?after=${from}&wait=30`, { headers, signal: hangUp.signal });
    asked.catch(() => undefined);
    await eventually(async () => feed.callersWaiting === 1);
    hangUp.abort();
    await expect(asked).rejects.toThrow();
    await eventually(async () => feed.callersWaiting === 0, 10_000);
  });

  it.each([
    ['a position after the newest event', 'after=9000000000000000000'],
    ['a position that is none', 'after=-1'],
    ['too many lines', 'limit=1001'],
    ['too long a wait', 'wait=31'],
    ['a field there is not', 'from=1'],
  ])('refuses %s', async (_, query) => {
    expect(await refused(query)).toEqual([400, 'validation-failed']);
  });

  it.each(ROLES.filter((role) => role !== 'siem'))('is not for the role %s', async (role) => {
    const { status, body }: Answer = await send(app, 'GET', '/v1/feed', { as: 'p-1', roles: [role] });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('is not for callers without a token, or with a forged one', async () => {
    expect((await app.call('/v1/feed')).status).toBe(401);
    const token = await app.token('siem-1', ['siem']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    expect((await app.call('/v1/feed', { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });

  it.each([
    '/v1/access-history',
    '/v1/breaches',
    '/v1/playback',
    '/v1/me/accesses',
    '/v1/patients/pat-1/consultations',
  ])('gives its role nothing else: %s', async (path) => {
    expect((await send(app, 'GET', path, siem)).status).toBe(403);
  });

  it('answers those who wait when it stops', async () => {
    const other = await startApp();
    const from = (await other.call('/v1/feed?after=newest', siem)).headers.get('x-ledger-position') ?? '0';
    const waiting = other.call(`/v1/feed?after=${from}&wait=30`, siem);
    await eventually(async () => other.app.get(Feed).callersWaiting === 1);
    const [answer] = await Promise.all([waiting, other.close()]);
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

describe('the second key', () => {
  it('lets the feed out to its role alone, and nothing else of the desk to that role', () => {
    const caller = (...roles: string[]) => ({ id: 'caller-1', roles: new Set(roles), expiresAt: 0 });
    expect(isOfTheDesk(caller('siem'), '/v1/feed?after=1')).toBe(true);
    for (const url of ['/v1/feed/', '/v1/feed/x', '/v1/breaches', '/v1/access-history?x=/v1/feed'])
      expect([url, isOfTheDesk(caller('siem'), url)]).toEqual([url, false]);
    expect(isOfTheDesk(caller('on-call', 'compliance', 'service', 'patient'), '/v1/feed')).toBe(false);
  });
});

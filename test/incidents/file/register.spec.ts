import { jsonEvent } from '@eventstore/db-client';
import { breachStreams, incidentStreams } from '../../../events/categories.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { eventsOf, type Scene, scene, send, witness } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { incidentOf, say } from './story.ts';

const officer = { as: 'officer-1', roles: ['compliance'] as const };

describe('the register of breaches', () => {
  let app: RunningApp;
  const scenes: Scene[] = [];
  const incidents: string[] = [];
  beforeAll(async () => {
    app = await startApp();
    // A third viewer under one release would make one incident of all.
    for (const i of [0, 1]) {
      const here = await scene(app);
      const { body } = await witness(app, here, `pat-stranger-${i}`);
      scenes.push(here);
      incidents.push(
        await eventually(async () => {
          const listed = await send(app, 'GET', '/v1/incidents?status=all', officer);
          const key = `viewer:pat-stranger-${i}`;
          return listed.body.items.find((one: { key: string }) => one.key === key)?.incidentId;
        }),
      );
      expect(body.verdict).toBe('flagged');
    }
  }, 60_000);
  afterAll(() => app.close());

  const register = (query = '') => send(app, 'GET', `/v1/incidents/register${query}`, officer);
  const idsIn = (body: { items: { incidentId: string }[] }) => body.items.map(({ incidentId }) => incidentId);

  it('has facts, effects, remedial action and clocks of each incident, the newest first, and no id of a person', async () => {
    const [first = ''] = incidents;
    await send(app, 'POST', `/v1/incidents/${first}/contain`, { ...officer, body: { scope: 'views' } });
    const notice = { who: 'authority', authority: 'cnil', phase: 'initial', reference: 'case-7' };
    expect((await send(app, 'POST', `/v1/incidents/${first}/notify`, { ...officer, body: notice })).status).toBe(200);

    const { status, body } = await register();

    expect(status).toBe(200);
    expect(idsIn(body)).toEqual([...incidents].reverse());
    expect(body.items[1]).toMatchObject({
      incidentId: first,
      facts: { kind: 'viewer', severity: 'critical', breaches: 1, rules: ['viewer-not-participant'] },
      effects: { people: 1, viewers: 1, recordings: 1, bytesServed: 0, approximate: true, risk: null },
      remedialAction: { containments: [{ scope: 'views' }], authoritiesNotified: [{ authority: 'cnil' }] },
      complete: true,
    });
    const clocks = Object.fromEntries(
      body.items[1].clocks.map(({ clock, status: one }: { clock: string; status: string }) => [clock, one]),
    );
    expect(clocks).toMatchObject({ 'gdpr-33': 'met', 'ico-72h': 'running', 'hipaa-406': 'not-applicable' });
    const text = JSON.stringify(body);
    for (const [i, { patientId, recordingId, clinicianId }] of scenes.entries())
      for (const id of [patientId, recordingId, clinicianId, `pat-stranger-${i}`]) expect(text).not.toContain(id);
  });

  it('leaves drills out by their type, whatever is asked', async () => {
    const drill = await incidentOf(app, [], { kind: 'drill', key: 'drill:drill-1', drillId: 'drill-1' });
    expect(idsIn((await register()).body)).not.toContain(drill);
    const file = await send(app, 'GET', `/v1/incidents/${drill}/file`, officer);
    expect(file.body.drill).toBe(true);
    expect(new Set(file.body.clocks.map(({ status }: { status: string }) => status))).toEqual(
      new Set(['not-applicable']),
    );
  });

  it('is paged at the position of its first page', async () => {
    const whole = await register();
    const position = whole.headers.get('x-ledger-position');
    const seen: unknown[] = [];
    for (let query: string | undefined = `?limit=1&asOf=${position}`; query !== undefined; ) {
      const { body, headers } = await register(query);
      expect(headers.get('x-ledger-position')).toBe(position);
      seen.push(...body.items);
      query = body.next === null ? undefined : `?limit=1&cursor=${body.next}`;
    }
    expect(seen).toEqual(whole.body.items);
  });

  it('gives all entries as CSV, the same for ever at a position', async () => {
    const path = '/v1/incidents/register';
    const csv = async (query = '') => {
      const response = await app.call(`${path}${query}`, { ...officer, headers: { accept: 'text/csv' } });
      return { position: response.headers.get('x-ledger-position'), text: await response.text() };
    };
    const first = await csv();
    const [head, ...lines] = first.text.trimEnd().split('\r\n');
    expect(head).toMatch(/^incident_id,opened_at,kind,severity,status,breaches,/);
    expect(lines.map((line) => line.split(',', 1)[0])).toEqual([...incidents].reverse());
    await say(app, incidents[0] ?? '', {
      type: 'AssessmentRecorded',
      data: { incidentId: incidents[0] ?? '', risk: 'none' },
    });
    expect((await csv(`?asOf=${first.position}`)).text).toBe(first.text);
    expect((await csv()).text).not.toBe(first.text);
  });

  it('says of an entry that a part of it could not be read, and shows it all the same', async () => {
    const [, last = ''] = incidents;
    const [attached] = (await eventsOf(app, incidentStreams.of(last))).flatMap(({ type, data }) =>
      type === 'BreachAttached' ? data.breachId : [],
    );
    const { raw } = app.app.get(Ledger).store;
    await raw.appendToStream(breachStreams.of(attached ?? ''), jsonEvent({ type: 'Unheard', data: {} }));
    const { body } = await register();
    const entry = body.items.find(({ incidentId }: { incidentId: string }) => incidentId === last);
    expect(entry).toMatchObject({ complete: false, effects: { approximate: true, people: 1 } });
    const file = await send(app, 'GET', `/v1/incidents/${last}/file`, officer);
    expect(file.body.faults).toEqual([expect.stringContaining('Unheard')]);
    expect(file.body.exposure).toMatchObject({ people: 1, approximate: true });
  });
});

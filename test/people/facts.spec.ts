import { personStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { FactKeys } from '../../src/people/keys.ts';
import { type Role } from '../../src/request/actor.ts';
import { eventsOf, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';

const KEY = 'a key of facts that no test guesses';
let app: RunningApp;
let keyless: RunningApp;
beforeAll(async () => {
  [app, keyless] = await Promise.all([startApp({ env: { PEOPLE_FACTS_KEY: KEY } }), startApp()]);
});
afterAll(() => Promise.all([app.close(), keyless.close()]));

const hr = { as: 'hr-system', roles: ['service'] } as const;
const AS_OF = '2026-03-01T08:00:00.000Z';
let people = 0;
const nextPerson = () => `person-${++people}`;
const put = (
  personId: string,
  facts: object,
  { asOf = AS_OF, on = app, ...ask }: Record<string, unknown> & { asOf?: string; on?: RunningApp } = {},
) => send(on, 'PUT', `/v1/people/${personId}/facts`, { ...hr, ...ask, body: { asOf, facts } });
const eventsAbout = (personId: string, on = app) => eventsOf(on, personStreams.of(personId));

describe('stating facts about a person', () => {
  it('keeps names and addresses as keys, and nowhere as they were sent', async () => {
    const personId = nextPerson();
    const headers = { 'idempotency-key': 'facts-1' };
    const facts = {
      surname: 'Müller-Lüdenscheidt',
      surnameShare: 'rare',
      street: 'Hauptstraße 7, Bonn',
      household: 'H 7',
    };
    const { status, body } = await put(personId, facts, { headers });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ personId, asOf: AS_OF },
      facts: {
        surnameKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        surnameShare: 'rare',
        streetKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        householdKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    const [stored, ...more] = await eventsAbout(personId);
    expect(more).toEqual([]);
    expect(stored?.data).toEqual(body);
    const everything = `${JSON.stringify(stored, (_, v) => (typeof v === 'bigint' ? String(v) : v))}${app.logged.join('')}`;
    for (const word of ['ller', 'denscheidt', 'Hauptstra', 'Bonn', 'H 7']) expect(everything).not.toContain(word);
  });

  it('gives one key to spellings of one name, and another to a street of that name', () => {
    const keys = new FactKeys(KEY);
    const one = keys.of('surname', 'Müller');
    for (const spelled of ['müller', ' MÜLLER ', 'Mu\u0308ller', 'Muller'])
      expect(keys.of('surname', spelled)).toBe(one);
    for (const other of [
      keys.of('surname', 'Miller'),
      keys.of('street', 'Müller'),
      new FactKeys(`${KEY}!`).of('surname', 'Müller'),
    ])
      expect(other).not.toBe(one);
  });

  it('replaces those before, and changes nothing where they are the same or older', async () => {
    const personId = nextPerson();
    await put(personId, { vip: 2, kinOf: ['pat-1'] });
    await put(personId, { kinOf: ['pat-1'], vip: 2 });
    expect((await put(personId, { vip: 0 }, { asOf: '2026-02-28T08:00:00Z' })).body.facts.vip).toBe(2);
    expect(await eventsAbout(personId)).toHaveLength(1);
    const { body } = await put(personId, { vip: 1 }, { asOf: '2026-03-02T08:00:00Z' });
    expect(body.facts).toEqual({ vip: 1 });
    expect((await send(app, 'GET', `/v1/people/${personId}/facts`, hr)).body).toEqual(body);
  });

  it('takes a repeated request for the first one, and another one under its key for a mistake', async () => {
    const personId = nextPerson();
    const headers = { 'idempotency-key': 'facts-2' };
    await put(personId, { surname: 'Okafor' }, { headers });
    await put(personId, { surname: 'Okafor' }, { headers });
    expect(await eventsAbout(personId)).toHaveLength(1);
    expect((await put(personId, { surname: 'Adeyemi' }, { headers })).body.code).toBe('idempotency-key-reused');
  });

  it.each([
    ['what is no fact', { favouriteColour: 'blue' }],
    ['a name beside its key', { surname: 'Okafor', surnameKey: 'a'.repeat(64) }],
    ['a name of nothing but signs', { surname: '-- ' }],
    ['a key that is a name', { surnameKey: 'Okafor' }],
    ['a name in the facts of an employment', { employment: { name: 'Okafor' } }],
  ])('refuses %s', async (_, facts) => {
    const personId = nextPerson();
    const { status, body } = await put(personId, facts);
    expect([status, body.code]).toEqual([400, 'validation-failed']);
    expect(JSON.stringify(body)).not.toContain('Okafor');
    expect(await eventsAbout(personId)).toEqual([]);
  });

  it('refuses facts of the future', async () => {
    expect((await put(nextPerson(), { vip: 1 }, { asOf: '2126-01-01T00:00:00Z' })).body.errors).toEqual([
      { path: 'asOf', message: 'must not be in the future' },
    ]);
  });

  it('without the setting takes keys alone, and says which setting it is', async () => {
    const personId = nextPerson();
    const { status, body } = await put(personId, { surname: 'Okafor' }, { on: keyless });
    expect([status, body.code]).toEqual([503, 'people-facts-unavailable']);
    expect(body.detail).toContain('PEOPLE_FACTS_KEY');
    expect(await eventsAbout(personId, keyless)).toEqual([]);
    expect((await put(personId, { surnameKey: 'a'.repeat(64) }, { on: keyless })).status).toBe(200);
  });

  it.each(ROLES)('is for services, and reading for compliance too: %s', async (role: Role) => {
    const personId = nextPerson();
    const asked = await put(personId, { vip: 1 }, { as: `a-${role}`, roles: [role] });
    expect(asked.status).toBe(role === 'service' ? 200 : 403);
    await put(personId, { vip: 1 });
    const read = await send(app, 'GET', `/v1/people/${personId}/facts`, { as: `a-${role}`, roles: [role] });
    expect(read.status).toBe(role === 'service' || role === 'compliance' ? 200 : 403);
  });

  it('says of a person without facts that there are none', async () => {
    expect((await send(app, 'GET', '/v1/people/unknown/facts', hr)).body.code).toBe('person-not-found');
  });
});

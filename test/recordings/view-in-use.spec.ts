import { type RunningApp, startApp } from '../support/app.ts';
import { eventually, patience } from '../support/eventually.ts';
import { besideIt } from '../support/node-of.ts';
import { ask, type RecordedConsultation, recorded } from './recorded.ts';

const TTL_MS = 10_000;

describe('a view in use', () => {
  /** Two instances on one store and one folder: what one lets leave extends the view on the other. */
  let here: RunningApp;
  let there: RunningApp;
  beforeAll(async () => {
    const env = { VIEW_TTL_SECONDS: String(TTL_MS / 1_000), VIEW_MAX_SECONDS: '3600' };
    here = await startApp({ env });
    there = await startApp({ env: { ...env, ...(await besideIt(here)) } });
  });
  afterAll(async () => {
    await there?.close();
    await here?.close();
  });

  const played = async (app: RunningApp, { patientId }: RecordedConsultation, contentUrl: string) => {
    const headers = { range: 'bytes=0-9' };
    const answer = await app.call(contentUrl, { as: patientId, roles: ['patient'], headers });
    await answer.arrayBuffer();
    return answer.status;
  };

  it(
    'stays open on every instance, and one at rest is over on each',
    async () => {
      const held = await recorded(here);
      const [{ body: resting }, { body: used }] = [
        await ask(here, held, held.patientId),
        await ask(here, held, held.patientId),
      ];
      const expiresAt = Date.parse(used.expiresAt);
      expect(await played(here, held, used.contentUrl)).toBe(206);
      // Its second transfer is on record in the second half of the time that it had.
      await eventually(() => Date.now() > expiresAt - TTL_MS / 4, TTL_MS);
      expect(await played(here, held, used.contentUrl)).toBe(206);
      await eventually(() => Date.now() > expiresAt, TTL_MS);
      expect(await played(here, held, used.contentUrl)).toBe(206);
      expect(await played(there, held, used.contentUrl)).toBe(206);
      expect(await played(here, held, resting.contentUrl)).toBe(410);
      expect(await played(there, held, resting.contentUrl)).toBe(410);
    },
    60_000 * patience(),
  );
});

import type { Pager } from './pager.ts';
import { type Person, until } from './person.ts';
import type { Story } from './story.ts';

type Incident = {
  readonly incidentId: string;
  readonly status: string;
  readonly kind: string;
  readonly breaches: number;
  readonly people: number;
  readonly viewers: number;
};
type Stopped = { readonly views: number; readonly viewers: readonly string[]; readonly summary: string };
type BreachFile = {
  readonly position: number;
  readonly breaches: { readonly total: number; readonly byRule: Readonly<Record<string, number>> };
  readonly exposure: { readonly people: number; readonly bytesServed: number };
  readonly withheld: readonly unknown[];
  readonly timeline: { readonly timeToPageMs: number | null; readonly timeToContainMs: number | null };
  readonly clocks: readonly { readonly clock: string; readonly status: string }[];
};

export type Desk = {
  readonly onCall: Person;
  readonly pager: Pager;
  /** When the first video was tapped. */
  readonly tappedAt: number;
  /** Ids that no page may hold. */
  readonly secret: readonly string[];
};

/** What the engineer on call gets of the breaches, and does about them. @returns the incident, contained */
export const workOnIt = async (
  story: Story,
  { onCall, pager, tappedAt, secret }: Desk,
  /** How many were flagged for a view, and how many by rules that look further. */
  views: number,
  byRules: number,
): Promise<string> => {
  const breaches = views + byRules;
  const list = async () => (await onCall.get('/v1/incidents')).is(200).json<{ items: Incident[] }>().items;
  const [incident, ...others] = await story.step('the breaches are grouped', () =>
    until('one incident with all of them', async () => {
      const items = await list();
      return items[0]?.breaches === breaches ? (items as [Incident, ...Incident[]]) : undefined;
    }),
  );
  const { incidentId, kind, people, viewers } = incident;
  story.claim(
    `the ${breaches} breaches are 1 incident (${kind}): ${viewers} viewer, ${people} people`,
    others.length === 0 && people === views && viewers === 1,
  );
  const page = await until('the page', async () => pager.of('trigger')[0]);
  story.note(
    `the pager rang ${Math.round(page.at - tappedAt)} ms after the first tap: “${page.page.payload?.summary}”`,
  );

  const act = async (step: string, body: object = {}) =>
    (await onCall.post(`/v1/incidents/${incidentId}/${step}`, body)).is(200);
  await story.step('on-call acknowledges it', () => act('acknowledge'));
  await until('the pager to hear of it', async () => pager.of('acknowledge')[0]);
  story.claim(
    `the pager got ${pager.of('trigger').length} page for ${breaches} breaches, and heard of the acknowledgement`,
    pager.of('trigger').length === 1 && pager.received.every((one) => one.page.dedup_key === incidentId),
  );
  const told = pager.received.map(({ text }) => text).join('\n');
  story.claim('no id of a person, consultation or recording left with it', !secret.some((id) => told.includes(id)));

  const containing = async (preview: boolean) =>
    (await act('contain', { scope: 'viewer', preview })).json<{ stopped: Stopped }>().stopped;
  const preview = await story.step('on-call asks what containing it would stop', () => containing(true));
  const stopped = await story.step('and contains it', () => containing(false));
  story.claim(
    `it did as it said: ${stopped.summary}`,
    stopped.summary === preview.summary && stopped.views === views && stopped.viewers.length === 1,
  );
  const [open = -1, contained = -1] = await Promise.all(
    ['open', 'contained'].map(async (status) => {
      const page = (await onCall.get(`/v1/breaches?status=${status}&limit=${breaches}`)).is(200);
      return page.json<{ items: unknown[] }>().items.length;
    }),
  );
  story.claim(`GET /v1/breaches: ${open} open, ${contained} contained`, open === 0 && contained === breaches);

  const file = (await story.step('the breach file is made', () => onCall.get(`/v1/incidents/${incidentId}/file`))).is(
    200,
  );
  firstLines(story, file.json(), { breaches, views });
  return incidentId;
};

const firstLines = (
  story: Story,
  file: BreachFile,
  { breaches, views }: { readonly breaches: number; readonly views: number },
): void => {
  const { position, exposure, withheld, timeline, clocks } = file;
  story.claim(
    `as of position ${position}: of ${withheld.length} people a view was withheld, of ${exposure.people} data left`,
    file.breaches.total === breaches && withheld.length === views && exposure.people === 0,
  );
  for (const [rule, count] of Object.entries(file.breaches.byRule)) story.note(`rule ${rule}: ${count}`);
  story.note(`paged after ${timeline.timeToPageMs} ms, contained after ${timeline.timeToContainMs} ms`);
  story.note(`clocks: ${clocks.map(({ clock, status }) => `${clock} ${status}`).join(', ')}`);
};

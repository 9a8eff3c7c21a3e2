import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { send } from '../access/scene.ts';
import { ask } from '../recordings/recorded.ts';
import { type RunningConsole, startConsole } from '../support/console.ts';
import { leak, onCall, trouble } from './leak.ts';

const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });
const place = (page: Page): Promise<string> => page.evaluate('document.activeElement.outerHTML');

/** Presses a button, and gives the bytes of the file that the browser keeps. */
const saved = async (page: Page, name: string): Promise<Buffer> => {
  const download = page.waitForEvent('download');
  await button(page, name).click();
  return readFile(await (await download).path());
};

/** Fills a dialog and sends it: choices by their label, fields by theirs. */
const act = async (page: Page, opener: string, fill: (dialog: Locator) => Promise<void>, sends: string) => {
  await button(page, opener).click();
  const dialog = page.getByRole('dialog');
  await fill(dialog);
  await dialog.getByRole('button', { name: sends, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
};

/** June 2020: a release whose first key says yes to all. Two people, each in a browser of their own, from the page to the closed file. */
describe('the story of 2020 in two browsers', () => {
  let desk: RunningConsole;
  beforeAll(async () => {
    desk = await startConsole({ env: { HISTORY_INDEX: 'on' } });
  }, 120_000);
  afterAll(() => desk?.close(), 60_000);

  const signedInAs = async (role: 'On call' | 'Compliance') => {
    const { page } = await desk.visit();
    await button(page, role).click();
    await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor();
    return page;
  };

  it('goes from the page to the closed file', async () => {
    await trouble(desk.app, 'review');
    const [engineer, officer] = [await signedInAs('On call'), await signedInAs('Compliance')];
    for (const page of [engineer, officer]) await page.getByRole('row', { name: /Review/ }).waitFor();
    await engineer.keyboard.press('j');
    const before = await place(engineer);

    // Three patients' recordings are asked for by one who takes no part in any; the second key withholds each.
    const { incidentId, viewerId, opened } = await leak(desk.app, 3);
    await button(engineer, /1 new/).waitFor();
    expect(await place(engineer)).toBe(before);
    expect(await engineer.getByTestId('urgent').innerText()).toMatch(/^Critical incident: /);

    // She takes it on; he sees that she did, without asking.
    await engineer.keyboard.press('.');
    await officer.keyboard.press('.');
    const row = officer.getByRole('row', { name: /Critical/ });
    await row.getByText('New', { exact: true }).waitFor();
    await engineer
      .getByRole('row', { name: /Critical/ })
      .getByRole('link')
      .first()
      .focus();
    await engineer.keyboard.press('a');
    await row.getByText('by on-call-1').waitFor();

    // She contains it, and says no to more than it needs; he watches on the incident's own page.
    await row.getByRole('link').first().click();
    await engineer.keyboard.press('Enter');
    for (const page of [officer, engineer]) await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await act(
      engineer,
      'Contain …',
      async (dialog) => {
        await dialog.getByText('Its viewers, too').click();
        await dialog.getByText('This revokes 3 views and suspends 1 viewer.').waitFor();
        await dialog.getByLabel('Reason').fill('faulty-release');
      },
      'Contain',
    );
    await officer
      .getByRole('listitem')
      .getByText(/^Contained \(viewer\)/)
      .waitFor();
    const [first] = opened;
    if (!first) throw new Error('nothing was opened');
    expect((await ask(desk.app, first, viewerId)).status).toBe(403);

    // Who saw which recording, and when: a picture, and a table of the same.
    const exposure = officer.getByRole('figure', { name: 'Exposure timeline' });
    await exposure.getByRole('option').first().focus();
    await officer.keyboard.press('t');
    const table = officer.getByRole('region', { name: 'Exposure timeline as a table' });
    for (const { recordingId } of opened) await table.getByText(recordingId).first().waitFor();

    // The history as it was known before, and as it is.
    await officer.goto(`/console/history?viewerId=${viewerId}&kind=opened&rules=current`);
    await officer.getByText(/^\d+ rows, as of position/).waitFor();
    expect(await officer.getByText('Flagged', { exact: true }).count()).toBeGreaterThanOrEqual(6);
    await officer.getByLabel('As it was known').selectOption('At a position of the log');
    await officer.getByLabel('Position', { exact: true }).fill('0');
    await officer.getByRole('button', { name: 'Ask' }).click();
    await officer.getByText('No row is like this').waitFor();

    // What the law asks for. He states what the ledger cannot know; she sees each step.
    await officer.goto(`/console/incidents/${incidentId}`);
    await act(
      officer,
      'Declare awareness …',
      (dialog) => dialog.getByLabel('Basis').fill('alert-confirmed'),
      'Declare',
    );
    await act(officer, 'Assess risk …', (dialog) => dialog.getByText('A risk', { exact: true }).click(), 'Record');
    await act(
      officer,
      'Record notice …',
      async (dialog) => {
        await dialog.getByLabel('Authority', { exact: true }).fill('ico');
        await dialog.getByLabel('Their reference').fill('IC-1');
      },
      'Record',
    );
    for (const step of [/^Awareness declared/, 'Risk assessed: risk', /^Authority told: /])
      await engineer.getByText(step).first().waitFor();

    // The file: 3 people, of whom nothing left.
    await officer.getByRole('link', { name: 'Breach file' }).click();
    await officer.getByRole('heading', { name: 'Who is affected' }).waitFor();
    await officer.getByRole('table', { name: 'People whose recordings were withheld' }).waitFor();
    const [pdf, json] = [await saved(officer, 'Download PDF'), await saved(officer, 'Download JSON')];
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const file = JSON.parse(json.toString());
    expect(file).toMatchObject({ incidentId, status: 'notifying', exposure: { people: 0, bytesServed: 0 } });
    expect(file.withheld.map(({ patientId }: { patientId: string }) => patientId).toSorted()).toEqual(
      opened.map(({ patientId }) => patientId).toSorted(),
    );

    // It was what it looked like, but for one.
    await officer.getByRole('link', { name: 'To the incident' }).click();
    await act(
      officer,
      'Close …',
      async (dialog) => {
        await dialog.getByRole('radiogroup').getByText('Confirmed', { exact: true }).click();
        await dialog.getByText('Some of them otherwise').click();
        await dialog.getByRole('combobox').first().selectOption('Authorised');
      },
      'Close',
    );
    await button(officer, 'Reopen …').waitFor();
    await button(engineer, 'Reopen …').waitFor();
    await engineer.keyboard.press('Escape');
    await engineer.getByRole('radio', { name: 'Closed' }).click();
    await engineer.getByRole('row', { name: /Confirmed/ }).waitFor();

    // At its position the file is what it was, whatever came since.
    await officer.goto(`/console/incidents/${incidentId}/file?asOf=${file.position}`);
    await officer.getByRole('heading', { name: 'Who is affected' }).waitFor();
    expect((await saved(officer, 'Download JSON')).equals(json)).toBe(true);
    expect((await saved(officer, 'Download PDF')).equals(pdf)).toBe(true);

    const { body } = await send(desk.app, 'GET', `/v1/incidents/${incidentId}`, onCall);
    const steps: { type: string; actor: { id: string } }[] = body.timeline;
    const by = (type: string) => steps.filter((step) => step.type === type).map(({ actor }) => actor.id);
    expect({
      ...{ acknowledged: by('IncidentAcknowledged'), contained: by('ContainmentTaken') },
      ...{ notified: by('AuthorityNotified'), closed: by('IncidentClosed') },
    }).toEqual({
      ...{ acknowledged: ['on-call-1'], contained: ['on-call-1'] },
      ...{ notified: ['officer-1'], closed: ['officer-1'] },
    });
  }, 120_000);
});

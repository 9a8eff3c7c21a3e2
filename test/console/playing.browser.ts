import { randomUUID } from 'node:crypto';
import { auditorStreams, patientStreams } from '../../events/categories.ts';
import { eventsOf, onCall, send, typesOf } from '../access/scene.ts';
import { compliance, patientEvents, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type AtConsole, type RunningConsole, startConsole } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';

/** As much of a media element as is asked here. */
type Media = { readonly readyState: number; readonly currentTime: number; play(): Promise<void> };

/** The policy is the application's own here: who is not assigned is refused by the first key. */
describe('playing a recording in the console', () => {
  let desk: RunningConsole;
  let held: RecordedConsultation;
  beforeAll(async () => {
    desk = await startConsole({ env: { HISTORY_INDEX: 'on' }, override: undefined });
  }, 120_000);
  beforeEach(async () => {
    held = await recorded(desk.app);
  });
  afterEach(() => desk.leave());
  afterAll(() => desk?.close(), 60_000);

  const someone = () => `officer-${randomUUID().slice(0, 6)}`;
  const visit = async (personId: string, more = {}): Promise<AtConsole> => {
    const at = await desk.visit({ role: 'compliance', personId, path: `/recordings/${held.recordingId}`, ...more });
    await at.page.getByRole('heading', { name: 'Review' }).waitFor();
    return at;
  };
  const assign = (reviewerId: string, ms = 3_600_000) =>
    compliance(desk.app, `${held.recordingPath}/reviewers`, {
      ...{ reviewerId, reason: 'case-7' },
      until: new Date(Date.now() + ms).toISOString(),
    });
  const play = async ({ page }: AtConsole) => {
    await page.getByRole('button', { name: 'Play …' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
  };
  const plays = ({ page }: AtConsole) =>
    eventually(async () => await page.locator('video').evaluate((media: Media) => media.readyState >= 2 || undefined));
  const viewOf = async (personId: string) => {
    const views = (await patientEvents(desk.app, held.patientId, 'RecordingViewed')) as {
      viewerId: string;
      viewId: string;
    }[];
    return views.find(({ viewerId }) => viewerId === personId)?.viewId ?? '';
  };

  it('is for whom a second officer assigned: the view is on record, bytes come, and a revocation ends it', async () => {
    const [reviewer, other] = [someone(), someone()];
    const assigning = await visit(other);
    await assigning.page.getByRole('button', { name: 'Assign a reviewer …' }).click();
    const dialog = assigning.page.getByRole('dialog');
    await dialog.getByLabel('Person').fill(reviewer);
    await dialog.getByLabel('Reason').fill('case 7');
    expect(await assigning.axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });

    const at = await visit(reviewer);
    await at.page.getByRole('button', { name: 'Play …' }).click();
    await at.page.getByText('That you watch it, and why').waitFor();
    expect(await at.axe()).toEqual([]);
    await at.page.getByRole('button', { name: 'Play', exact: true }).click();
    await plays(at);
    expect(await at.axe()).toEqual([]);
    await at.picture('playing-light');
    const [played] = await eventually(async () => {
      const found = await patientEvents(desk.app, held.patientId, 'RecordingPlayed');
      return found.length > 0 ? found : undefined;
    });
    expect(played).toMatchObject({ viewerId: reviewer });
    expect(typesOf(await eventsOf(desk.app, patientStreams.of(held.patientId))).slice(-4)).toEqual([
      ...['ReviewerAssigned', 'RecordingViewed', 'RecordingTransferBegan', 'RecordingPlayed'],
    ]);
    const viewId = await viewOf(reviewer);
    const revoked = await send(desk.app, 'POST', `/v1/views/${viewId}/revoke`, {
      ...onCall,
      body: { viewerId: reviewer, reason: 'case-7' },
    });
    expect(revoked.status).toBe(200);
    await at.page.getByRole('alert').filter({ hasText: 'This view was revoked' }).waitFor();
    expect(await at.page.locator('video').count()).toBe(0);
  });

  it('is refused, with the reason, to an officer who is not assigned; nothing is sent', async () => {
    const at = await visit(someone());
    await play(at);
    await at.page.getByRole('alert').filter({ hasText: 'You are not assigned to review this recording' }).waitFor();
    expect(await at.page.locator('video').count()).toBe(0);
    expect(await patientEvents(desk.app, held.patientId, 'RecordingTransferBegan')).toEqual([]);
  });

  it('is for a reviewer on call, too, at the address that the officer passes on; it puts no reading on record', async () => {
    const reviewer = someone();
    const assigning = await visit(someone());
    await assigning.page.getByRole('button', { name: 'Assign a reviewer …' }).click();
    const dialog = assigning.page.getByRole('dialog');
    await dialog.getByLabel('Person').fill(reviewer);
    await dialog.getByLabel('Reason').fill('case-7');
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    const told = assigning.page.getByRole('status').filter({ hasText: reviewer });
    const address = new URL((await told.locator('code').last().textContent()) ?? '');
    expect(await assigning.axe()).toEqual([]);

    const path = `${address.pathname}${address.search}`.slice('/console'.length);
    const onCallAt = async (personId: string) => {
      const at = await desk.visit({ role: 'on-call', personId, path });
      await at.page.getByRole('heading', { name: 'A recording to review' }).waitFor();
      await play(at);
      return at;
    };
    const at = await onCallAt(reviewer);
    await plays(at);
    expect(await at.axe()).toEqual([]);
    expect(await viewOf(reviewer)).not.toBe('');
    expect(await eventsOf(desk.app, auditorStreams.of(reviewer))).toEqual([]);

    const other = await onCallAt(someone());
    await other.page.getByRole('alert').filter({ hasText: 'You are not assigned to review this recording' }).waitFor();
    expect(await other.page.locator('video').count()).toBe(0);
    expect(await other.barriers('watching')).toEqual([]);
  });

  it('says so at an address that is not whole', async () => {
    const path = `/recordings/${held.recordingId}/watch?patientId=${held.patientId}`;
    const { page } = await desk.visit({ role: 'on-call', personId: someone(), path });
    await page.getByText('This address is not whole').waitFor();
    expect(await page.getByRole('button', { name: 'Play …' }).count()).toBe(0);
  });

  it('is assigned by no one to themselves', async () => {
    const personId = someone();
    const at = await visit(personId);
    await at.page.getByRole('button', { name: 'Assign a reviewer …' }).click();
    const dialog = at.page.getByRole('dialog');
    await dialog.getByLabel('Person').fill(personId);
    await dialog.getByLabel('Reason').fill('case-7');
    await dialog.getByText('That is you: another officer assigns you.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Assign', exact: true }).isDisabled()).toBe(true);
    expect(await patientEvents(desk.app, held.patientId, 'ReviewerAssigned')).toEqual([]);
  });

  it('ends with the time of the assignment', async () => {
    const reviewer = someone();
    const at = await visit(reviewer);
    await assign(reviewer, 6_000);
    await play(at);
    await at.page.locator('video').waitFor();
    await at.page.getByRole('alert').filter({ hasText: 'The time of this view is over' }).waitFor();
    expect(await at.page.locator('video').count()).toBe(0);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'playback is halted',
      () => send(desk.app, 'POST', '/v1/playback/halt', { ...onCall, body: { reason: 'case-7' } }),
      'Playback is halted',
    ],
    [
      'the recording is quarantined',
      () => compliance(desk.app, `${held.recordingPath}/quarantine`),
      'quarantined meanwhile',
    ],
  ])('ends, and says so, where %s', async (_, happens, says) => {
    const reviewer = someone();
    await assign(reviewer);
    const at = await visit(reviewer);
    await play(at);
    await plays(at);
    await happens();
    await at.page.getByRole('alert').filter({ hasText: says }).waitFor();
    await send(desk.app, 'POST', '/v1/playback/resume', { ...onCall, body: { reason: 'case-7' } });
  });

  it('ends, and says so, where the person who watches is suspended', async () => {
    const reviewer = someone();
    await assign(reviewer);
    const at = await visit(reviewer);
    await play(at);
    await plays(at);
    await send(desk.app, 'POST', `/v1/viewers/${reviewer}/suspend`, { ...onCall, body: { reason: 'case-7' } });
    await at.page.getByRole('alert').filter({ hasText: 'You are suspended' }).waitFor();
  });

  it('puts a visit of its page on record once', async () => {
    const reviewer = someone();
    const at = await visit(reviewer);
    const readings = async () =>
      (await eventsOf(desk.app, auditorStreams.of(reviewer))).filter(({ type }) => type === 'HistoryRead').length;
    expect(await readings()).toBe(1);
    await at.page.getByRole('button', { name: 'Show where it comes from' }).click();
    await at.page.getByText('SHA-256', { exact: true }).waitFor();
    expect(await readings()).toBe(2);
  });
});

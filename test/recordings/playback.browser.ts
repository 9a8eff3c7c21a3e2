import { type Browser, type BrowserContext, chromium, type Page, type Response } from 'playwright-core';
import { JoinedTransfers } from '../../src/recordings/joined-transfers.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { browserOptions } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { media } from './media.ts';
import { compliance, consultation, patientEvents, type RecordedConsultation, recorded, uploadTo } from './recorded.ts';

/** Five minutes of a tone in PCM: 28 MB, of which a browser fetches what it plays, and the rest when somebody seeks. */
const SECONDS = 300;
const longTone = (): Buffer => {
  const rate = 48_000;
  const samples = rate * SECONDS;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1) wav.writeInt16LE(Math.round(8_000 * Math.sin(i / 17)), 44 + i * 2);
  return wav;
};
const TONE = longTone();

/** As much of an HTMLVideoElement as is used here: the types of a browser would be everywhere else, too. */
type Video = {
  src: string;
  currentTime: number;
  readonly duration: number;
  readonly videoWidth: number;
  readonly videoHeight: number;
  play(): Promise<void>;
} & Record<'oncanplay' | 'onerror' | 'onseeked' | 'onended', () => void>;

describe('playing a recording in a browser', () => {
  let app: RunningApp;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    app = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000' } });
    browser = await chromium.launch({
      ...browserOptions,
      args: [...browserOptions.args, '--autoplay-policy=no-user-gesture-required'],
    });
  }, 60_000);
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  /** A browser of its own, on a page of the API's own origin that has nothing but a video tag. */
  const player = async (): Promise<{ page: Page; answers: Response[] }> => {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.route('**/player', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><video muted></video>' }),
    );
    const answers: Response[] = [];
    page.on('response', (answer) => {
      if (answer.url().endsWith('/content')) answers.push(answer);
    });
    await page.goto(new URL('/player', app.url).href);
    return { page, answers };
  };

  /** What an app does: asks for the view with the person's token, and gives the address to the tag. */
  const open = async (page: Page, { recordingPath, patientId }: RecordedConsultation): Promise<string> => {
    const token = await app.token(patientId, ['patient']);
    return page.evaluate(
      async ([path, bearer]) => {
        const answer = await fetch(`${path}/views`, {
          method: 'POST',
          headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
          body: JSON.stringify({ purpose: 'patient-request' }),
        });
        return ((await answer.json()) as { contentUrl: string }).contentUrl;
      },
      [recordingPath, token] as const,
    );
  };

  /** Gives the tag an address, and tells whether it became playable. */
  const load = (page: Page, contentUrl: string): Promise<'playable' | 'refused'> =>
    page.locator('video').evaluate(
      (video: Video, url) =>
        new Promise<'playable' | 'refused'>((resolve) => {
          video.oncanplay = () => resolve('playable');
          video.onerror = () => resolve('refused');
          video.src = url;
        }),
      contentUrl,
    );

  const seekTo = (page: Page, seconds: number): Promise<'there' | 'refused'> =>
    page.locator('video').evaluate(
      (video: Video, to) =>
        new Promise<'there' | 'refused'>((resolve) => {
          video.onseeked = () => resolve('there');
          video.onerror = () => resolve('refused');
          video.currentTime = to;
        }),
      seconds,
    );

  const rangesOf = (answers: readonly Response[]) =>
    answers.map((answer) => `${answer.status()} ${answer.headers()['content-range'] ?? ''}`);

  it('shows a WebM to its end in a video tag', async () => {
    const held = await recorded(app);
    const { page, answers } = await player();
    expect(await load(page, await open(page, held))).toBe('playable');
    const seen = await page.locator('video').evaluate(async (video: Video) => {
      const ended = new Promise<void>((resolve) => {
        video.onended = resolve;
      });
      await video.play();
      await ended;
      return { width: video.videoWidth, height: video.videoHeight, at: video.currentTime };
    });
    expect(seen).toMatchObject({ width: 64, height: 48 });
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(seen.at).toBeGreaterThan(1.9);
    const { length } = await media('consultation.webm');
    expect(rangesOf(answers)[0]).toBe(`206 bytes 0-${length - 1}/${length}`);
    const [played] = await eventually(async () => {
      const found = await patientEvents(app, held.patientId, 'RecordingPlayed');
      return found.length > 0 ? found : undefined;
    });
    expect(played).toMatchObject({ viewerId: held.patientId, outcome: 'completed', bytesServed: length });
  });

  it('seeks: what lies far ahead is fetched as a part of its own, and no more than is played', async () => {
    const held = await consultation(app);
    const { recordingId = '' } = (await uploadTo(app, held, { body: TONE, contentType: 'audio/wav' })).body;
    const filed = { ...held, recordingId, recordingPath: `${held.path}/recordings/${recordingId}` };
    const { page, answers } = await player();
    expect(await load(page, await open(page, filed))).toBe('playable');
    expect(await page.locator('video').evaluate(({ duration }: Video) => duration)).toBeCloseTo(SECONDS, 0);
    expect(await seekTo(page, 250)).toBe('there');
    const parts = rangesOf(answers);
    expect(parts.every((part) => part.startsWith('206 bytes '))).toBe(true);
    const starts = parts.map((part) => Number(/bytes (\d+)-/.exec(part)?.[1]));
    expect(Math.max(...starts)).toBeGreaterThan(TONE.length * 0.75);
    await page.goto('about:blank');
    const served = await eventually(async () => {
      await app.app.get(JoinedTransfers).settle();
      const [began, ended] = await Promise.all(
        (['RecordingTransferBegan', 'RecordingPlayed'] as const).map((type) =>
          patientEvents(app, held.patientId, type),
        ),
      );
      if (began === undefined || ended === undefined || ended.length < began.length) return 0;
      return ended.reduce((sum, { bytesServed }) => sum + Number(bytesServed), 0);
    });
    expect(served).toBeLessThan(TONE.length);
  });

  it('gives nothing to another browser that has the address, also with a view of its own', async () => {
    const held = await recorded(app);
    const first = await player();
    const contentUrl = await open(first.page, held);
    const stranger = await player();
    expect(await load(stranger.page, contentUrl)).toBe('refused');
    const other = await player();
    await open(other.page, await recorded(app));
    expect(await load(other.page, contentUrl)).toBe('refused');
    for (const { answers } of [stranger, other]) expect(answers.map((answer) => answer.status())).toEqual([401]);
    expect(await load(first.page, contentUrl)).toBe('playable');
  });

  it('stops when the recording is quarantined: what was not fetched is not sent', async () => {
    const held = await consultation(app);
    const { recordingId = '' } = (await uploadTo(app, held, { body: TONE, contentType: 'audio/wav' })).body;
    const filed = { ...held, recordingId, recordingPath: `${held.path}/recordings/${recordingId}` };
    const { page, answers } = await player();
    expect(await load(page, await open(page, filed))).toBe('playable');
    expect(await compliance(app, `${filed.recordingPath}/quarantine`)).toMatchObject({ status: 200 });
    expect(await seekTo(page, 280)).toBe('refused');
    expect(answers.at(-1)?.status()).toBe(423);
  });
});

import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bugOf2020, withTheBug } from './bug-of-2020.ts';
import { leftOpen } from './left-open.ts';
import { ordinaryConsultation } from './ordinary-consultation.ts';
import { Pager } from './pager.ts';
import { rehearsal } from './rehearsal.ts';
import { ownServer, runningServer } from './server.ts';
import { Story } from './story.ts';
import { stranger } from './stranger.ts';

/** 128 + the signal's number, as shells report it. */
const EXIT_INTERRUPTED = 130;

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const started: { stop(): Promise<void> }[] = [];

/** On a terminal, or when asked, the last server goes on for the console; elsewhere the demo ends with its story. */
const stays = process.stdout.isTTY === true || process.argv.includes('--stay');

/** Never ends by itself: a signal ends the program. */
const interruption = new Promise<never>(() => {});

/** Stops what was started, latest first, and removes its folders. */
const cleanUp = async (): Promise<void> => {
  for (let server = started.pop(); server; server = started.pop()) await server.stop();
};

const keep = <S extends { stop(): Promise<void> }>(server: S): S => {
  started.push(server);
  return server;
};

const tell = async (story: Story): Promise<boolean> => {
  const video = await readFile(join(root, 'demo', 'consultation.webm'));

  let server = await runningServer();
  if (server) story.say(`the server at ${keep(server).url} is used; what happens is in its ledger afterwards`);
  else {
    server = await story.step('no server of yours runs: one is started in a temporary folder', async () =>
      keep(await ownServer()),
    );
  }
  const filed = await ordinaryConsultation(story, server, video);
  await stranger(story, server, filed);
  await rehearsal(story, server, filed);
  await cleanUp();

  const pager = keep(new Pager());
  const settings = await pager.start();
  const aftermath = await bugOf2020(story, {
    start: async () => keep(await ownServer(withTheBug, settings)),
    ...{ pager, video },
  });
  const held = story.end();
  if (stays) {
    const page = await leftOpen(aftermath);
    story.say('Another patient has opened videos of others since, and no person has taken that on. In the console:');
    story.say(`\n  ${page}\n`);
    story.say('Sign in with one click. The server runs until Ctrl-C ends it.');
    process.exitCode = held ? 0 : 1;
    await interruption;
  }
  return held;
};

const run = async (): Promise<void> => {
  let interrupted = false;
  const stop = () => {
    if (interrupted) return;
    interrupted = true;
    void cleanUp().finally(() => process.exit(process.exitCode ?? EXIT_INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  // Nobody reads any more: `npm run demo | head`.
  process.stdout.on('error', stop);
  try {
    process.exitCode = (await tell(new Story())) ? 0 : 1;
  } catch (error) {
    // What was under way when it was interrupted fails, of course.
    if (interrupted) return;
    process.stderr.write(`\nthe demo could not go on: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  } finally {
    if (!interrupted) await cleanUp();
  }
};

await run();

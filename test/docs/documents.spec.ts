import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { accountEvents } from '../../events/account-events.ts';
import { auditorEvents } from '../../events/auditor-events.ts';
import { breachEvents } from '../../events/breach-events.ts';
import {
  accountStreams,
  anomalyStreams,
  auditorStreams,
  breachStreams,
  categories,
  contentStreams,
  deliveryStreams,
  diaryStreams,
  drillSchedule,
  drillStreams,
  erasureStreams,
  groupingStream,
  homeStream,
  housekeepingStream,
  incidentStreams,
  mediaStreams,
  patientStreams,
  personStreams,
  playbackSwitch,
  privacyStreams,
  rulesStream,
  sessionStreams,
  viewerStreams,
  webhooksStream,
} from '../../events/categories.ts';
import { contentEvents } from '../../events/content-events.ts';
import { diaryEvents } from '../../events/diary-events.ts';
import { drillEvents, drillScheduleEvents } from '../../events/drill-events.ts';
import { erasureEvents } from '../../events/erasure-events.ts';
import type { Catalogue } from '../../events/event.ts';
import { homeEvents } from '../../events/home-events.ts';
import { housekeepingEvents } from '../../events/housekeeping-events.ts';
import { groupingEvents, incidentEvents } from '../../events/incident-events.ts';
import { mediaEvents } from '../../events/media-events.ts';
import { patientEvents } from '../../events/patient-events.ts';
import { personEvents } from '../../events/person-events.ts';
import { playbackEvents } from '../../events/playback-events.ts';
import { privacyEvents } from '../../events/privacy-events.ts';
import { anomalyEvents, rulesEvents } from '../../events/rule-events.ts';
import { sessionEvents } from '../../events/session-events.ts';
import { viewerEvents } from '../../events/viewer-events.ts';
import { deliveryEvents, webhookEvents } from '../../events/webhook-events.ts';
import { routeRoles } from '../../src/auth/route-roles.ts';
import { settings } from '../../src/config/config.ts';
import { problems } from '../../src/http/problems.ts';
import { startApp } from '../support/app.ts';
import { anchorsIn, documents, foldersDrawnIn, linksIn, tableIn, textOf } from './markdown.ts';

const byStream: readonly (readonly [Catalogue, string])[] = [
  [patientEvents, patientStreams.of('<patientId>')],
  [diaryEvents, diaryStreams.of('<personId>')],
  [viewerEvents, viewerStreams.of('<viewerId>')],
  [breachEvents, breachStreams.of('<breachId>')],
  [incidentEvents, incidentStreams.of('<incidentId>')],
  [groupingEvents, groupingStream.stream],
  [drillEvents, drillStreams.of('<drillId>')],
  [drillScheduleEvents, drillSchedule.stream],
  [auditorEvents, auditorStreams.of('<auditorId>')],
  [privacyEvents, privacyStreams.of('<patientId>')],
  [accountEvents, accountStreams.of('<accountId>')],
  [playbackEvents, playbackSwitch.stream],
  [housekeepingEvents, housekeepingStream.stream],
  [sessionEvents, sessionStreams.of('<mediaSessionId>')],
  [contentEvents, contentStreams.of('<sha256>')],
  [mediaEvents, mediaStreams.of('<mediaSessionId>')],
  [webhookEvents, webhooksStream.stream],
  [deliveryEvents, deliveryStreams.of('<deliveryId>')],
  [personEvents, personStreams.of('<personId>')],
  [rulesEvents, rulesStream.stream],
  [anomalyEvents, anomalyStreams.of('<anomalyId>')],
  [erasureEvents, erasureStreams.of('<erasureId>')],
  [homeEvents, homeStream.stream],
];

const eventTypes = categories.flatMap(({ catalogue }) => Object.keys(catalogue));

describe('docs/events.md', () => {
  it('lists every event with its stream', async () => {
    const listed = (await tableIn('docs/events.md')).map(([name, stream]) => `${name} on ${stream}`);
    const stored = byStream.flatMap(([events, stream]) => Object.keys(events).map((name) => `${name} on ${stream}`));
    expect(listed).toEqual(stored);
    expect(stored.length).toBe(eventTypes.length);
  });

  it('says which events nothing writes', async () => {
    const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
    const source = (await Promise.all(files.map((file) => textOf(join('src', file))))).join('\n');
    // The code that writes one names it; a `case` reads it, and `{ type: 'X' }>` only speaks of it.
    const unwritten = eventTypes.filter((name) => !new RegExp(`(?<!case )'${name}'(?! }>)`).test(source));
    const [, said = ''] = /written by nothing in this release: ([^.]*)\./.exec(await textOf('docs/events.md')) ?? [];
    expect([...said.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(unwritten);
  });
});

describe('docs/settings.md', () => {
  it('lists every setting as it is', async () => {
    const listed = (await tableIn('docs/settings.md')).map((cells) => cells.join(' | '));
    expect(listed).toEqual(settings().map(({ name, default: preset, meaning }) => `${name} | ${preset} | ${meaning}`));
  });
});

describe('docs/routes.md', () => {
  it('lists every route that is served, and who may call it', async () => {
    const served: string[] = [];
    const app = await startApp({ onRoute: (route) => served.push(route) });
    await app.close();
    const isOfTheApi = (route: string) => Object.hasOwn(routeRoles, route);
    const who = (route: string) => {
      const access = routeRoles[route] ?? [];
      return typeof access === 'string' ? access : access.join(', ');
    };
    const listed = (await tableIn('docs/routes.md')).map(
      ([route = '', roles]) => `${route.replaceAll(/\{(\w+)\}/g, ':$1')}: ${roles}`,
    );
    const expected = served.filter(isOfTheApi).map((route) => `${route}: ${who(route)}`);
    expect(listed.toSorted()).toEqual([...new Set(expected)].toSorted());
  });
});

describe('docs/problems.md', () => {
  it('lists every code with its status and title, and what the caller can do', async () => {
    const rows = await tableIn('docs/problems.md');
    const listed = rows.map(([code, status, title]) => `${code} | ${status} | ${title}`);
    expect(listed).toEqual(
      Object.entries(problems).map(([code, { status, title }]) => `${code} | ${status} | ${title}`),
    );
    expect(rows.filter(([, , , advice = '']) => advice === '')).toEqual([]);
  });
});

describe('docs/glossary.md', () => {
  it('has one entry a word, in order', async () => {
    const words = (await tableIn('docs/glossary.md')).map(([word = '']) => word);
    expect(words).toEqual([...new Set(words)].toSorted());
  });

  it('has the words that the others are explained with', async () => {
    const words = (await tableIn('docs/glossary.md')).map(([word = '']) => word);
    for (const word of [
      ...['access', 'breach', 'category', 'egress', 'first key', 'gate', 'incident', 'permit', 'playback', 'reactor'],
      ...['read model', 'release', 'second key', 'stream', 'transfer', 'verdict', 'view'],
    ])
      expect(words).toContain(word);
  });
});

describe('the pictures of the tree', () => {
  const isOurs = (name: string) =>
    !name.startsWith('.') && !['node_modules', 'dist', 'data', 'coverage'].includes(name);
  const foldersOf = async (path: string): Promise<string[]> =>
    (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && isOurs(entry.name))
      .map(({ name }) => (path === '.' ? name : `${path}/${name}`));
  const below = async (path: string): Promise<string[]> =>
    (await Promise.all((await foldersOf(path)).map(async (one) => [one, ...(await below(one))]))).flat();

  it('in the README have each folder and each capability, and no other', async () => {
    const there = [...(await foldersOf('.')), ...(await foldersOf('src'))];
    expect((await foldersDrawnIn('README.md', 'Where things are')).toSorted()).toEqual(there.toSorted());
  });

  it('in docs/architecture.md have every folder but those of tests', async () => {
    const there = (await below('.')).filter((path) => !path.startsWith('test/'));
    expect((await foldersDrawnIn('docs/architecture.md', 'The tree')).toSorted()).toEqual(there.toSorted());
  });
});

describe('docs/architecture.md', () => {
  it('lists every layer that lint enforces', async () => {
    const enforced = [...(await textOf('.dependency-cruiser.cjs')).matchAll(/name: '([\w-]+)'/g)].map(
      ([, name]) => name,
    );
    expect((await tableIn('docs/architecture.md', 'The layers')).map(([name]) => name)).toEqual(enforced);
  });
});

describe('the README', () => {
  it('is read in a few minutes', async () => {
    expect(Buffer.byteLength(await textOf('README.md'))).toBeLessThanOrEqual(10_000);
  });

  it('names only scripts that there are', async () => {
    const { scripts } = JSON.parse(await textOf('package.json')) as { scripts: Record<string, string> };
    const named = [
      ...(await textOf('README.md')).matchAll(
        /npm (?:run (?:-s )?)?(start|test|[a-z]+:[a-z0-9]+|demo|token|ledger|lint|typecheck)\b/g,
      ),
    ];
    expect(named.length).toBeGreaterThan(5);
    for (const [, name = ''] of named) expect(Object.keys(scripts)).toContain(name);
  });

  it('leads to every page of docs/, by way of their index', async () => {
    const linked = linksIn('docs/README.md', await textOf('docs/README.md')).map(({ file }) => file);
    const pages = (await readdir('docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
    for (const page of pages) expect(linked).toContain(resolve('docs', page));
    expect(linksIn('README.md', await textOf('README.md')).map(({ file }) => file)).toContain(
      resolve('docs/README.md'),
    );
  });
});

describe('what the documents point at', () => {
  it('is there', async () => {
    const missing: string[] = [];
    for (const document of await documents()) {
      const text = await textOf(document);
      const paths = [
        ...text.matchAll(/`((?:src|events|projections|embedded|operations|test|docs|demo|bench)\/[\w./-]*)`/g),
      ];
      for (const { file, heading } of linksIn(document, text)) {
        if (!existsSync(file)) missing.push(`${document}: ${file}`);
        else if (heading !== undefined && !anchorsIn(await textOf(file)).includes(heading))
          missing.push(`${document}: ${file}#${heading}`);
      }
      for (const [, path = ''] of paths) if (!existsSync(path)) missing.push(`${document}: ${path}`);
    }
    expect(missing).toEqual([]);
  });

  it('is numbered without gaps, where it is a decision', async () => {
    const numbers = (await readdir('docs/decisions')).toSorted().map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });
});

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { breachEvents } from '../../events/breach-events.ts';
import {
  breachStreams,
  categories,
  diaryStreams,
  homeStream,
  housekeepingStream,
  patientStreams,
  playbackSwitch,
  sessionStreams,
  viewerStreams,
} from '../../events/categories.ts';
import { diaryEvents } from '../../events/diary-events.ts';
import type { Catalogue } from '../../events/event.ts';
import { homeEvents } from '../../events/home-events.ts';
import { housekeepingEvents } from '../../events/housekeeping-events.ts';
import { patientEvents } from '../../events/patient-events.ts';
import { playbackEvents } from '../../events/playback-events.ts';
import { sessionEvents } from '../../events/session-events.ts';
import { viewerEvents } from '../../events/viewer-events.ts';
import { routeRoles } from '../../src/auth/route-roles.ts';
import { settings } from '../../src/config/config.ts';
import { startApp } from '../support/app.ts';

const readme = () => readFile('README.md', 'utf8');

/** The rows of the first table under a heading, cells trimmed, without backquotes around a whole cell. */
const table = async (heading: string): Promise<string[][]> => {
  const [, section = ''] = (await readme()).split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const after = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(first + 2, after).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
};

const byStream: readonly (readonly [Catalogue, string])[] = [
  [patientEvents, patientStreams.of('<patientId>')],
  [diaryEvents, diaryStreams.of('<personId>')],
  [viewerEvents, viewerStreams.of('<viewerId>')],
  [breachEvents, breachStreams.of('<breachId>')],
  [playbackEvents, playbackSwitch.stream],
  [housekeepingEvents, housekeepingStream.stream],
  [sessionEvents, sessionStreams.of('<mediaSessionId>')],
  [homeEvents, homeStream.stream],
];

const eventTypes = categories.flatMap(({ catalogue }) => Object.keys(catalogue));

describe('the README', () => {
  it('lists every event with its stream', async () => {
    const listed = (await table('Events')).map(([name, stream]) => `${name} on ${stream}`);
    const stored = byStream.flatMap(([events, stream]) => Object.keys(events).map((name) => `${name} on ${stream}`));
    expect(listed).toEqual(stored);
    expect(stored.length).toBe(eventTypes.length);
  });

  it('says which events nothing writes', async () => {
    const files = (await readdir('src', { recursive: true })).filter((file) => /^(?!events).*\.ts$/.test(file));
    const source = (await Promise.all(files.map((file) => readFile(join('src', file), 'utf8')))).join('\n');
    // Whoever writes one names it; a `case` reads it, and `{ type: 'X' }>` only speaks of it.
    const unwritten = eventTypes.filter((name) => !new RegExp(`(?<!case )'${name}'(?! }>)`).test(source));
    const [, said = ''] = /written by nothing in this release: ([^.]*)\./.exec(await readme()) ?? [];
    expect([...said.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(unwritten);
  });

  it('lists every setting as it is', async () => {
    const listed = (await table('Settings')).map((cells) => cells.join(' | '));
    expect(listed).toEqual(settings().map(({ name, default: preset, meaning }) => `${name} | ${preset} | ${meaning}`));
  });

  it('lists every route that is served, and who may call it', async () => {
    const served: string[] = [];
    const app = await startApp({ onRoute: (route) => served.push(route) });
    await app.close();
    const isOfTheApi = (route: string) => Object.hasOwn(routeRoles, route);
    const who = (route: string) => {
      const access = routeRoles[route] ?? [];
      return typeof access === 'string' ? access : access.join(', ');
    };
    const listed = (await table('Routes')).map(
      ([route = '', roles]) => `${route.replaceAll(/\{(\w+)\}/g, ':$1')}: ${roles}`,
    );
    const expected = served.filter(isOfTheApi).map((route) => `${route}: ${who(route)}`);
    expect(listed.toSorted()).toEqual([...new Set(expected)].toSorted());
  });

  it('names only scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = [
      ...(await readme()).matchAll(
        /npm (?:run (?:-s )?)?(start|test|[a-z]+:[a-z0-9]+|demo|token|ledger|lint|typecheck)\b/g,
      ),
    ];
    expect(named.length).toBeGreaterThan(5);
    for (const [, name = ''] of named) expect(Object.keys(scripts)).toContain(name);
  });
});

describe('what the documents point at', () => {
  const documents = async () => [
    'README.md',
    'CHANGELOG.md',
    'demo/README.md',
    'embedded/README.md',
    'docs/going-to-a-cluster.md',
    ...(await readdir('docs/decisions')).map((name) => join('docs/decisions', name)),
  ];

  it('is there', async () => {
    const missing: string[] = [];
    for (const document of await documents()) {
      const text = await readFile(document, 'utf8');
      const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => resolve(dirname(document), target));
      const paths = [...text.matchAll(/`((?:src|projections|embedded|test|docs|demo|bench)\/[\w./-]*)`/g)];
      for (const path of [...links, ...paths.map(([, target = '']) => resolve(target))])
        if (!existsSync(path)) missing.push(`${document}: ${path}`);
    }
    expect(missing).toEqual([]);
  });

  it('is numbered without gaps, where it is a decision', async () => {
    const numbers = (await readdir('docs/decisions')).toSorted().map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });
});

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { compiler } from './test/support/compiler.js';
import { OWN_SOURCES } from './test/support/own-sources.js';
import { measured } from './test/support/patience.js';

process.env.SUITES_PATIENCE ??= String(measured());

const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
/** What suites and sources import; Jest's own packages aside, which run the suites. */
const installed = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !/^(@swc\/|@?jest)/.test(name));

/**
 * One configuration, one project per kind of suite:
 *   fast     behaviour specs that need no outside server (npm test)
 *   processes  the built programs as processes: start, signals, commands, the demo
 *   s3       the same contracts against a real S3 server
 *   faults   real processes killed at random moments
 *   browser  a real browser
 *   conformance  test/embedded against the server in STORE_URL
 *   cluster  the suites that start the application, on the server in STORE_URL
 * A suite is told by the file name: x.spec.ts, x.process.ts, x.s3.ts, x.fault.ts, x.browser.ts.
 */
const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  testEnvironment: '<rootDir>/test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transformIgnorePatterns: [],
  transform: {
    [`/node_modules/(${installed.join('|')})/.+\\.[cm]?js$`]: '<rootDir>/test/support/installed.js',
    [OWN_SOURCES]: '<rootDir>/test/support/installed.js',
    '\\.ts$': ['@swc/jest', compiler('es6')],
  },
  ...more,
});

export default {
  testTimeout: 30_000 * Number(process.env.SUITES_PATIENCE),
  // A suite waits as long as it computes, and one more of them than cores fills the time; with two more each waits longer for its answers than is won.
  // What a suite has loaded is never given back: a worker that holds thousands of megabytes spends its time looking through them.
  workerIdleMemoryLimit: '1GB',
  maxWorkers: availableParallelism() + 1,
  projects: [
    // Its applications' stores share a process (`hosted-stores.ts`); elsewhere each application starts its own, as it does in production.
    project('fast', ['<rootDir>/test/**/*.spec.ts'], { globals: { hostsStores: true } }),
    project('processes', ['<rootDir>/test/**/*.process.ts']),
    project('s3', ['<rootDir>/test/**/*.s3.ts'], {
      globalSetup: '<rootDir>/test/support/s3-server.setup.js',
      globalTeardown: '<rootDir>/test/support/s3-server.teardown.js',
    }),
    project('faults', ['<rootDir>/test/**/*.fault.ts']),
    project('browser', ['<rootDir>/test/**/*.browser.ts']),
    project('conformance', ['<rootDir>/test/embedded/**/*.spec.ts']),
    project(
      'cluster',
      [
        '<rootDir>/test/{access,auth,breaches,compliance,consultations,http,ledger,recordings,second-key,telemetry}/**/*.spec.ts',
      ],
      {
        globalSetup: '<rootDir>/test/support/needs-a-server.js',
      },
    ),
  ],
};

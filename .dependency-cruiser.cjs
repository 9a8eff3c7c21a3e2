/** The floors, the highest first. What is on one may import everything below it, and nothing beside or above it. */
const FLOORS = [
  ['src/main.ts', 'src/cli'],
  ['src/create-app.ts'],
  ['src/app.module.ts'],
  ['src/webhooks'],
  ['src/drills', 'src/erasure'],
  ['src/incidents'],
  ['src/compliance'],
  ['src/media', 'src/rules'],
  ['src/breaches', 'src/recordings'],
  ['src/access'],
  ['src/consultations', 'src/operations', 'src/paging', 'src/privacy'],
  ['src/people'],
  ['src/console'],
  ['src/command-path', 'src/second-key'],
  ['src/http'],
  ['src/auth', 'src/ledger'],
  ['src/keys'],
  ['src/telemetry'],
  ['src/config', 'src/objects', 'src/request'],
  ['src/flow', 'src/errors.ts', 'src/clock.ts'],
  ['projections'],
  ['events'],
];

const anyOf = (places) => `^(${places.join('|').replaceAll('.', '\\.')})(/|$)`;

/** The layers of docs/decisions/0001, kept by a machine. @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...FLOORS.flatMap((floor, i) =>
      floor.map((place) => ({
        name: 'only-what-is-below',
        comment: `${place} imports what is on the floors below it.`,
        severity: 'error',
        from: { path: anyOf([place]) },
        to: { path: '^(src|projections|events)/', pathNot: anyOf([place, ...FLOORS.slice(i + 1).flat()]) },
      })),
    ),
    {
      name: 'only-the-ledger-speaks-to-the-store',
      comment:
        'src/ledger/ is the only importer of the db client, so that every append goes through one error mapping.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(ledger|second-key)/' },
      to: { path: 'node_modules/@eventstore/db-client' },
    },
    {
      name: 'events-stand-alone',
      comment: 'Types, schemas and the gate: everybody imports them, and they import nothing but zod.',
      severity: 'error',
      from: { path: '^events/' },
      to: { pathNot: '^events/|node_modules/zod/' },
    },
    {
      name: 'projections-are-pure',
      comment: 'A projection is data and pure handlers: it may import event types and its neighbours, nothing else.',
      severity: 'error',
      from: { path: '^projections/' },
      to: { pathNot: '^(projections|events)/' },
    },
    {
      name: 'deciders-are-pure',
      comment: 'A decision imports event types, folds, errors and pure helpers: no Nest, no clock, no I/O.',
      severity: 'error',
      from: { path: '^src/.*(decide|policy|evolve)\\.ts$' },
      to: {
        pathNot:
          '(^projections/|^events/|^src/(errors|consultations/refs)\\.ts$|^src/.*(decide|policy|evolve)[^/]*\\.ts$|^src/[^/]+/errors\\.ts$)',
      },
    },
    {
      name: 'controllers-ask',
      comment:
        'What a route changes, it asks the command path for; a controller has nothing to append with, and asks reactors how they are.',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: {
        path: '^src/ledger/',
        pathNot: '^src/ledger/react/reactors\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'embedded-stands-alone',
      comment: 'The embedded node is a server of its own; the application reaches it through the wire protocol.',
      severity: 'error',
      from: { path: '^embedded/' },
      to: { path: '^(src|projections)/' },
    },
    {
      name: 'nothing-imports-the-embedded-node',
      comment: 'It runs as a process of its own.',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { path: '^embedded/' },
    },
    {
      name: 'the-second-key-does-not-know-the-first',
      comment:
        'A bug in one key must not be a bug in both: no verifier, policy, fold, list, feed or gate of the first is known to the second.',
      severity: 'error',
      from: { path: '^(src/second-key/|projections/(evidence|recording-access|access-rules|viewer-standing))' },
      to: {
        path: '^(src/((auth|access|consultations|recordings|breaches|compliance|objects|keys|flow)/|ledger/(folds|live-feed|catch-up|react)|http/(?!problems)|request/(?!said))|events/gate)',
      },
    },
    {
      name: 'the-monitor-does-not-know-the-policy',
      comment: 'It judges with what the second key read.',
      severity: 'error',
      from: { path: '^src/access/monitor/' },
      to: { path: '^src/(access/(?!monitor/)|consultations/|recordings/|breaches/|compliance/)' },
    },
    {
      name: 'objects-know-no-capability',
      comment:
        'The object stores hold bytes under keys, whatever these are; the capability that opens a store says what they are.',
      severity: 'error',
      from: { path: '^src/objects/' },
      to: { path: '^(src|events|projections|embedded)/', pathNot: '^src/(objects/|flow/|errors\\.ts$)' },
    },
    {
      name: 'flow-knows-nothing',
      comment: 'Waiting, pausing, taking turns and paging are the same for every capability.',
      severity: 'error',
      from: { path: '^src/flow/' },
      to: { path: '^(src|events|projections|embedded)/', pathNot: '^src/flow/' },
    },
    {
      name: 'the-console-asks-the-api',
      comment: 'The page knows what any client knows: the typed client of the API. It shares no code with the server.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|events|projections|embedded|bench|demo)/' },
    },
    {
      name: 'nothing-imports-the-console',
      comment: 'It runs in a browser.',
      severity: 'error',
      from: { path: '^(src|events|projections|embedded)/' },
      to: { path: '^console/' },
    },
    {
      name: 'parts-know-no-page',
      comment: 'What all pages of the console are made of is below each of them.',
      severity: 'error',
      from: { path: '^console/src/(parts|pictures)/' },
      to: { path: '^console/src/', pathNot: '^console/src/(parts|pictures|api/client)' },
    },
    {
      name: 'lmdb-with-room',
      comment:
        'What lmdb opens by itself may write over memory of the process when a page is damaged, in reads of ranges. The second key reads none.',
      severity: 'error',
      from: { path: '^(src|embedded)/', pathNot: '/lmdb\\.ts$|^src/second-key/pseudonyms\\.ts$' },
      to: { path: 'node_modules/lmdb/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$|(^|/)main\\.tsx?$' }, to: {} },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(src|projections|embedded)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

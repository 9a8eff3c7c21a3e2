import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

/** CommonJS packages that require ESM-only ones; `preload-esm.js` says what that takes. */
const NEED_PRELOAD = new Set(['@nestjs/throttler']);
/** What a file imports when it runs: types are gone by then. */
const IMPORT = /(?:^(?:import|export) (?!type\b)(?:[^'";]*? from )?|\bimport\()'([^']+)'/gm;

/** By file, for the life of a worker. */
const read = new Map();

const importedBy = (file) => {
  let imported = read.get(file);
  if (imported === undefined) {
    imported = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, from]) =>
      from.startsWith('.') ? resolve(dirname(file), from) : from,
    );
    read.set(file, imported);
  }
  return imported;
};

const needsPreload = (suite) => {
  const reached = new Set([suite]);
  for (const one of reached) {
    if (NEED_PRELOAD.has(one)) return true;
    if (one.startsWith('/') && one.endsWith('.ts')) for (const next of importedBy(one)) reached.add(next);
  }
  return false;
};

/** Node's, which knows whether a suite needs the preload: most don't, and it would take each of them longer than its tests. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.needsPreload = needsPreload(context.testPath);
  }
}

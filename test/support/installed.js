import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { takeOwnSources } from './own-sources.js';

const require = createRequire(import.meta.url);
takeOwnSources();
const IS_NAME = /^[A-Za-z_$][\w$]*$/;

const codeOf = (path, { supportsStaticESM }) => {
  const loaded = `installed(${JSON.stringify(path)})`;
  if (!supportsStaticESM) return `module.exports = ${loaded};`;
  const names = Object.keys(require(path)).filter((name) => name !== 'default' && IS_NAME.test(name));
  const exported = names.map((name, place) => `const n${place} = m.${name};\nexport { n${place} as ${name} };\n`);
  return `const m = ${loaded};\nexport default m.default;\n${exported.join('')}`;
};

/**
 * Jest evaluates every module anew for every suite, which takes most suites longer than their tests. What is in node_modules, and the sources of
 * the product, are loaded by Node instead, once for each worker: a suite gets a module that hands on the exports of Node's.
 */
export default {
  process: (_, path, options) => ({ code: codeOf(path, options) }),
  // A file that is as it was may hand on other names than it did, of another file.
  getCacheKey: (_, path, options) => hash('sha256', codeOf(path, options)),
};

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const IS_NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * Jest evaluates every module anew for every suite, installed packages included, which takes most suites longer than their tests. What is in
 * node_modules is loaded by Node instead, once for each worker: a suite gets a module that hands on the exports of Node's.
 */
export default {
  process(_, path, { supportsStaticESM }) {
    if (!supportsStaticESM) return { code: `module.exports = installed(${JSON.stringify(path)});` };
    const names = Object.keys(require(path)).filter((name) => name !== 'default' && IS_NAME.test(name));
    const lines = names.map(
      (name, place) => `const n${place} = m[${JSON.stringify(name)}];\nexport { n${place} as ${name} };`,
    );
    return {
      code: `const m = installed(${JSON.stringify(path)});\nexport default m.default;\n${lines.join('\n')}\n`,
    };
  },
};

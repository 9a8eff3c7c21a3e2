import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { compiler } from './compiler.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The sources of the product, and what all suites of a worker share. */
export const OWN_SOURCES = `^${root.replaceAll(/[^\w/]/g, '\\$&')}((src|events|projections|embedded|bench|demo)/.+|test/support/(hosted-stores|node-process))\\.ts$`;

const isOwn = new RegExp(OWN_SOURCES);

/** An import of what a user names goes on being one: in what is made of the others it would be a `require`. */
const asItIs = (source) => source.replaceAll(/\bimport\((?!')/g, 'importAsItIs(');

/** Lets `require` take them, from which Node makes modules of its own kind. */
export const takeOwnSources = () => {
  globalThis.importAsItIs = (url) => import(url);
  Module._extensions['.ts'] = (module, path) => {
    if (!isOwn.test(path))
      throw new Error(`${path} is loaded by each suite that imports it, and by none of what they share.`);
    const { code } = transformSync(asItIs(readFileSync(path, 'utf8')), { filename: path, ...compiler('commonjs') });
    module._compile(code, path);
  };
};

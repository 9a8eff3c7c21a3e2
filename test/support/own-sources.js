import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { compiler } from './compiler.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OWN = new Set(['src', 'events', 'projections', 'embedded', 'clients', 'bench', 'demo']);

const isOwn = (path) => OWN.has(relative(root, path).split(sep)[0]);

/** An import of what a user names goes on being one: in what is made of the others it would be a `require`. */
const asItIs = (source) => source.replaceAll(/\bimport\((?!')/g, 'importAsItIs(');

/** Lets `require` take the sources of the product, from which Node makes modules of its own kind. */
export const takeOwnSources = () => {
  globalThis.importAsItIs = (url) => import(url);
  Module._extensions['.ts'] = (module, path) => {
    if (!isOwn(path)) throw new Error(`${path} is none of the product's sources.`);
    const { code } = transformSync(asItIs(readFileSync(path, 'utf8')), { filename: path, ...compiler('commonjs') });
    module._compile(code, path);
  };
};

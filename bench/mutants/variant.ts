import { copyFile, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Mutant } from './mutant.ts';

/** The folder of package.json: this file runs as `dist/bench/mutants/variant.js`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What the application consists of when it runs. */
const PARTS = ['src', 'events', 'projections', 'embedded', 'run'];

/** The snippet of a mutant is not there any more, or is not the only one: its author has to look at it again. */
export class NoLongerApplies extends Error {}

/** The text of the mutant's file with its one bug in it. @throws NoLongerApplies */
export const mutated = async ({ name, file, find, put }: Mutant): Promise<string> => {
  const source = await readFile(join(ROOT, file), 'utf8').catch(() => {
    throw new NoLongerApplies(`${name}: there is no ${file}`);
  });
  const [before = '', after, ...more] = source.split(find);
  if (after === undefined) throw new NoLongerApplies(`${name}: what it changes is not in ${file} any more`);
  if (more.length > 0) throw new NoLongerApplies(`${name}: what it changes is ${more.length + 1} times in ${file}`);
  return `${before}${put}${after}`;
};

const options = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  return {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options,
    incremental: false,
    sourceMap: false,
  };
};
const compilerOptions = options();

/** As the build makes it, one file by itself. @throws when it is no TypeScript */
const compiled = (text: string, { name, file }: Mutant): string => {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    // One file by itself does not know that its package says "module".
    compilerOptions: {
      ...compilerOptions,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
    fileName: join(ROOT, file),
    reportDiagnostics: true,
  });
  const [first] = diagnostics;
  if (first) throw new Error(`${name} does not compile: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`);
  return outputText;
};

/** A copy of the build, so that whoever builds again meanwhile changes nothing here. */
export const copyBuild = async (parent: string): Promise<string> => {
  const build = join(parent, 'build');
  for (const part of PARTS) await linkTree(join(ROOT, 'dist', part), join(build, part), () => true);
  return build;
};

/** The built application with one bug in it, in a folder of its own: every file but one is the build's own. */
export const buildVariant = async (parent: string, build: string, mutant?: Mutant): Promise<string> => {
  const folder = await mkdtemp(join(parent, 'variant-'));
  const made = Promise.all(PARTS.map((part) => linkTree(join(build, part), join(folder, 'dist', part))));
  await Promise.all([
    made,
    copyFile(join(ROOT, 'package.json'), join(folder, 'package.json')),
    symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules')),
  ]);
  if (mutant) {
    const target = join(folder, 'dist', mutant.file.replace(/\.ts$/, '.js'));
    // The link first: writing through it would change the build.
    await rm(target);
    await writeFile(target, compiled(await mutated(mutant), mutant));
  }
  return folder;
};

/** A copy that shares what it can: files are linked where source and copy are on one disk. */
export const linkTree = async (
  from: string,
  to: string,
  copied: (name: string) => boolean = () => false,
): Promise<void> => {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.name.endsWith('.map')) return;
      if (entry.isDirectory()) await linkTree(source, target, copied);
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
      else if (copied(source)) await copyFile(source, target);
      else await link(source, target).catch(() => copyFile(source, target));
    }),
  );
};

/** What the compiler says of every mutant, all in one program: each stands beside the file it is made from, under another name. */
export const typeErrors = async (mutants: readonly Mutant[]): Promise<ReadonlyMap<string, string>> => {
  const texts = new Map<string, { mutant: Mutant; text: string }>();
  for (const [i, mutant] of mutants.entries())
    texts.set(join(ROOT, dirname(mutant.file), `mutant-${i}.ts`), { mutant, text: await mutated(mutant) });
  const settings = {
    ...compilerOptions,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ['node'],
  };
  const host = ts.createCompilerHost(settings);
  const { readFile: read, fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  host.readFile = (path) => texts.get(path)?.text ?? read.call(host, path);
  host.getSourceFile = (path, languageVersion, ...more) => {
    const known = texts.get(path);
    return known
      ? ts.createSourceFile(path, known.text, languageVersion, true)
      : getSourceFile.call(host, path, languageVersion, ...more);
  };
  const program = ts.createProgram([...texts.keys()], settings, host);
  const errors = new Map<string, string>();
  for (const [path, { mutant }] of texts) {
    const source = program.getSourceFile(path);
    const [first] = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    if (first) errors.set(mutant.name, ts.flattenDiagnosticMessageText(first.messageText, '\n'));
  }
  return errors;
};

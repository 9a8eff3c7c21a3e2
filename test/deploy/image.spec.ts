import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

type Instruction = { readonly word: string; readonly rest: string };

/** The instructions of the Dockerfile by stage, continued lines joined, the part before the first FROM left out. */
const stages = async (): Promise<Instruction[][]> => {
  const lines = (await readFile('Dockerfile', 'utf8')).replaceAll(/\\\n\s*/g, ' ').split('\n');
  const instructions = lines
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
  const byStage: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.word === 'FROM') byStage.push([]);
    byStage.at(-1)?.push(instruction);
  }
  return byStage;
};
const rests = (stage: Instruction[] | undefined, word: string) =>
  (stage ?? []).filter((instruction) => instruction.word === word).map(({ rest }) => rest);
const allowed = async () =>
  (await readFile('.dockerignore', 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));

describe('the image', () => {
  it('runs the app as somebody who is not root', async () => {
    const last = (await stages()).at(-1);
    expect(rests(last, 'USER')).toEqual(['node']);
    const words = (last ?? []).map(({ word }) => word);
    expect(words.indexOf('USER')).toBeLessThan(words.indexOf('CMD'));
  });

  it('has no development dependency and no source', async () => {
    const all = await stages();
    const copied = rests(all.at(-1), 'COPY');
    expect(copied).toEqual([
      'package.json ./',
      '--from=dependencies /app/node_modules node_modules',
      '--from=build /app/dist dist',
    ]);
    expect(rests(all[1], 'RUN')).toEqual(['npm ci --omit=dev']);
  });

  it('is built from files that are there and are sent to the builder', async () => {
    const sent = await allowed();
    const taken = (await stages())
      .flatMap((stage) => rests(stage, 'COPY'))
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(taken.length).toBeGreaterThan(0);
    for (const path of taken) {
      expect(sent).toContain(path);
      expect(existsSync(path)).toBe(true);
    }
  });

  it('holds no demo, whose policy always says yes, and no test', async () => {
    const sent = await allowed();
    expect((await readFile('.dockerignore', 'utf8')).split('\n')).toContain('*');
    for (const folder of ['demo', 'test', 'bench', '.env', '.git', 'data']) expect(sent).not.toContain(folder);
  });

  it('runs on a Node that the project supports', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
    const major = Number(
      /ARG NODE_IMAGE=docker\.io\/library\/node:(\d+)\.\d+\.\d+-[\w-]+@sha256:[0-9a-f]{64}\n/.exec(
        await readFile('Dockerfile', 'utf8'),
      )?.[1],
    );
    expect(major).toBeGreaterThanOrEqual(Number(/>=(\d+)/.exec(engines.node)?.[1]));
    expect(major % 2).toBe(0);
  });

  it('checks its health with what it has: Node itself', async () => {
    const [check = ''] = rests((await stages()).at(-1), 'HEALTHCHECK');
    const [, command = '[]'] = check.split(/CMD (?=\[)/);
    expect(JSON.parse(command).slice(0, 2)).toEqual(['node', '-e']);
    expect(check).toContain('/health/live');
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessRules, currentRules, type Question, referenceOf } from '../../../projections/access-rules.ts';
import { knownRuleSet, RulesUnusable, ruleSetOf } from '../../../src/compliance/rules/rule-sets.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let files = 0;
/** A module of its own, since each is loaded once. */
const file = async (text: string): Promise<string> => {
  const path = join(dir, `rules-${files++}.mjs`);
  await writeFile(path, text);
  return path;
};
const loading = async (text: string) => ruleSetOf(await file(text));
const question = { viewId: 'view-1', participant: true } as Question;

describe('naming a rule set', () => {
  it('finds those of this build by name and version', () => {
    expect(referenceOf(currentRules)).toBe('access-rules@1');
    expect(knownRuleSet('current')).toBe(currentRules);
    expect(knownRuleSet('access-rules@1')).toBe(currentRules);
  });

  it('says which there are where it names none', async () => {
    await expect(ruleSetOf('access-rules@9')).rejects.toThrow(
      'no rules access-rules@9; it has current, access-rules@1',
    );
  });
});

describe('loading a rule set from a file', () => {
  it('takes one that stands alone', async () => {
    const rules = await loading(
      `export default { name: 'mine', version: 2, rules: [{ name: 'all', severity: 'review', applies: () => true }] };`,
    );
    expect(referenceOf(rules)).toBe('mine@2');
    expect(rules.rules.map(({ applies, releases }) => [applies(question), releases(question)])).toEqual([
      [true, false],
    ]);
  });

  it('takes one that is made of the current one', async () => {
    const rules = await loading(
      `export default ({ rules }) => ({ name: 'more', version: 1, rules: [...rules, { name: 'own', severity: 'review', applies: () => false }] });`,
    );
    expect(rules.rules.map(({ name }) => name)).toEqual([...accessRules.map(({ name }) => name), 'own']);
  });

  it.each([
    ['there is no such file', undefined, /cannot be loaded/],
    ['its code fails', 'throw new Error("boom")', /cannot be loaded: boom/],
    ['its function fails', 'export default () => { throw new Error("boom") }', /cannot be loaded: boom/],
    ['it exports nothing', 'export const rules = 1;', /has no default export/],
    ['it has no rules', `export default { name: 'mine', version: 1 };`, /rules: /],
    ['its version is no number', `export default { name: 'mine', version: '1', rules: [] };`, /version: /],
    ['its name is no code', `export default { name: 'my rules', version: 1, rules: [] };`, /name: /],
    [
      'a rule has a severity there is not',
      `export default { name: 'm', version: 1, rules: [{ name: 'a', severity: 'low', applies: () => true }] };`,
      /rules\.0\.severity: /,
    ],
    [
      'a rule cannot be asked',
      `export default { name: 'm', version: 1, rules: [{ name: 'a', severity: 'review', applies: true }] };`,
      /rules\.0\.applies: must be a function/,
    ],
    [
      'two rules have one name',
      `const a = { name: 'a', severity: 'review', applies: () => true }; export default { name: 'm', version: 1, rules: [a, a] };`,
      /two rules of the same name/,
    ],
    [
      'it calls itself as one of this build',
      `export default { name: 'access-rules', version: 1, rules: [] };`,
      /access-rules@1 are rules of this build: .* needs another version/,
    ],
  ])('refuses it where %s', async (_, text, why) => {
    const given = text === undefined ? join(dir, 'none.mjs') : await file(text);
    await expect(ruleSetOf(given)).rejects.toThrow(RulesUnusable);
    await expect(ruleSetOf(given)).rejects.toThrow(why);
  });

  it.each([
    ['fails', `() => { throw new Error('no such fact') }`, /a\.applies .* failed on view view-1: no such fact/],
    ['answers neither yes nor no', '() => undefined', /a\.applies .* gave undefined on view view-1/],
  ])('stops at a rule that %s: that is no verdict', async (_, applies, why) => {
    const { rules } = await loading(
      `export default { name: 'm', version: 1, rules: [{ name: 'a', severity: 'review', applies: ${applies} }] };`,
    );
    expect(() => rules[0]?.applies(question)).toThrow(why);
  });
});

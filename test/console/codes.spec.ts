import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/*
 * Codes are written in the console where a person chooses among them or reads what each means. Every list of codes there is found by reading the
 * sources, and compared with the enums of the OpenAPI document: a code that the API has and the list has not is found here, and so is one that
 * the API no longer has.
 */

const CONSOLE = 'console/src';
/** Pictures are given what they draw, and have words of their own for it. */
const OWN_WORDS = 'pictures/';

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const keyOf = (codes: readonly string[]): string => [...codes].sort().join(' ');

/** Each enum of the document by its codes, with all that is called by it: `HistoryRow.kind`, `?order`. */
const enumsOf = (document: Json): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, Set<string>>();
  const walk = (part: unknown, name: string): void => {
    if (Array.isArray(part)) for (const each of part) walk(each, name);
    if (!isJson(part) || Array.isArray(part)) return;
    const codes = part.enum;
    if (Array.isArray(codes) && codes.length > 1 && codes.every((code) => typeof code === 'string'))
      found.set(keyOf(codes), (found.get(keyOf(codes)) ?? new Set()).add(name));
    const isParameter = typeof part.name === 'string' && typeof part.in === 'string';
    for (const [key, inner] of Object.entries(part)) {
      if (isParameter && key === 'schema') walk(inner, `?${part.name}`);
      else if (key === 'properties' && isJson(inner))
        for (const [property, schema] of Object.entries(inner)) walk(schema, `${name.split('.')[0]}.${property}`);
      else walk(inner, name);
    }
  };
  const { schemas } = document.components as { schemas: Json };
  for (const [name, schema] of Object.entries(schemas)) if (name !== 'Problem') walk(schema, name);
  walk(document.paths, 'a route');
  return new Map([...found].map(([key, names]) => [key, [...names].sort()]));
};

type List = { readonly file: string; readonly codes: readonly string[] };

const textOf = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && (ts.isStringLiteral(node) || ts.isIdentifier(node)) ? node.text : undefined;
const literal = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteral(node) ? node.text : undefined;

/** What may be a list of codes: texts in an array, the first texts of rows, one field of all objects in an array, names of fields, a union of texts. */
const candidatesIn = (node: ts.Node): readonly (readonly (string | undefined)[])[] => {
  if (ts.isArrayLiteralExpression(node)) {
    const elements: readonly ts.Expression[] = node.elements;
    const texts = elements.filter(ts.isStringLiteral);
    const rows = elements.filter(ts.isArrayLiteralExpression);
    const objects = elements.filter(ts.isObjectLiteralExpression).map(({ properties }) => properties);
    if (texts.length === elements.length) return [texts.map(({ text }) => text)];
    if (rows.length === elements.length) return [rows.map((row) => literal(row.elements[0]))];
    if (objects.length < elements.length) return [];
    const names = new Set(objects.flatMap((properties) => properties.map(({ name }) => textOf(name))));
    return [...names].map((name) =>
      objects
        .flatMap((properties) => properties.filter((property) => textOf(property.name) === name))
        .map((property) => (ts.isPropertyAssignment(property) ? literal(property.initializer) : undefined))
        // Nothing is chosen.
        .filter((code) => code !== ''),
    );
  }
  if (ts.isObjectLiteralExpression(node))
    return [
      node.properties.flatMap((property) => {
        if (!ts.isSpreadAssignment(property)) return [textOf(property.name)];
        const { expression } = property;
        return ts.isObjectLiteralExpression(expression) ? expression.properties.map(({ name }) => textOf(name)) : [];
      }),
    ];
  if (ts.isUnionTypeNode(node))
    return [node.types.map((type) => (ts.isLiteralTypeNode(type) ? literal(type.literal) : undefined))];
  return [];
};

const listsIn = (file: string): readonly List[] => {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(
    file,
    readFileSync(join(CONSOLE, file), 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
    kind,
  );
  const lists: List[] = [];
  const see = (node: ts.Node): void => {
    for (const codes of candidatesIn(node)) {
      const known = codes.filter((code) => code !== undefined);
      if (known.length > 1 && known.length === codes.length) lists.push({ file, codes: known });
    }
    ts.forEachChild(node, see);
  };
  see(source);
  return lists;
};

/** By file, the enums that it lists whole. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'api/client.ts': ['ConsoleSession.signIn', 'DevelopmentSignIn.role'],
  'file/file-page.tsx': ['BreachFile.rung', 'BreachFile.state', 'BreachFileVersions.format'],
  'file/versions.tsx': ['BreachFileVersions.format'],
  'history/exports.tsx': ['Export.status', 'ExportRequest.format', 'ExportRequest.purpose'],
  'history/question.ts': [
    '?order',
    'HistoryRow.kind',
    'HistoryRow.purpose',
    'HistoryRow.severity',
    'HistoryRow.verdictThen',
    '?recorded',
  ],
  'incident/contain-dialog.tsx': ['Containment.scope'],
  'incident/dialogs.tsx': [
    'IncidentClosing.resolution',
    'IncidentNotification.phase',
    'RiskAssessment.nature',
    'RiskAssessment.risk',
  ],
  'operations/drills.tsx': ['Drill.status'],
  'operations/operations-page.tsx': ['PagingTest.outcome'],
  'operations/webhooks.tsx': ['Delivery.state', 'Webhook.state'],
  'parts/badge.tsx': ['HistoryRow.severity', 'ListedIncident.status'],
  'patient/patient-page.tsx': ['AccessHold.reason', 'AccessHold.request'],
  'recording/provenance.ts': ['ProvenanceStep.what'],
  'recording/review.tsx': ['HistoryRow.purpose'],
  'router.tsx': ['ReleaseExposure.kind'],
  'rules/rule-page.tsx': ['Backtest.change', 'RuleChange.status', 'RuleList.about', 'RuleList.severity'],
  'shell/interrupted.tsx': ['DevelopmentSignIn.role'],
  'sign-in/sign-in-page.tsx': ['DevelopmentSignIn.role'],
};

/** Lists of some codes of an enum: which, and why not the others. */
const PARTS: readonly (readonly [file: string, codes: string, why: string])[] = [
  ['history/exports.tsx', 'awaiting-approval failed made queued', 'half of a list, which its other half completes'],
  ['history/exports.tsx', 'cancelled expired', 'half of a list, which its other half completes'],
  [
    'history/looks.ts',
    'erased halted quarantined reinstated released resumed revoked suspended',
    'kinds of row that are a control; others are no step of a picture',
  ],
  [
    'incident/incident-page.tsx',
    'acknowledged closed contained investigating new notifying',
    'the steps of an incident: one that is merged has ended beside them',
  ],
  ['parts/badge.tsx', 'met ran-out running', 'tones: what does not apply has the one of forms'],
  ['patient/patient-page.tsx', 'erased quarantined released', 'kinds of row that are a step of custody'],
  ['recording/provenance.ts', 'erased quarantined released', 'kinds of row that are a step of custody'],
  ['recording/review.tsx', 'audio video', 'elements of a page'],
  ['review/review-page.tsx', 'authorised confirmed explained false-positive', 'a review decides on no drill'],
  ['shell/shell.tsx', 'compliance on-call', 'the roles of the desk'],
];

describe('the codes that the console writes', () => {
  const enums = enumsOf(JSON.parse(readFileSync('clients/openapi.json', 'utf8')) as Json);
  const enumNamed = new Map([...enums].flatMap(([key, names]) => names.map((name) => [name, key] as const)));
  const files = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith(OWN_WORDS))
    .sort();
  const lists = files.flatMap(listsIn);

  it('are all codes of the enum that they are of, and none that it has not', () => {
    const found = new Map<string, Set<string>>();
    for (const { file, codes } of lists)
      if (enums.has(keyOf(codes))) found.set(file, (found.get(file) ?? new Set()).add(keyOf(codes)));
    const whole = Object.fromEntries([...found].map(([file, keys]) => [file, [...keys].sort()]));
    const written = Object.entries(WHOLE).map(([file, names]) => [
      file,
      names.map((name) => enumNamed.get(name) ?? `no enum is called ${name}`).sort(),
    ]);
    expect(whole).toEqual(Object.fromEntries(written));
  });

  it('are some of them where it is said why', () => {
    const parts = lists
      .filter(({ codes }) => !enums.has(keyOf(codes)))
      .filter(({ codes }) => [...enums.keys()].some((key) => codes.every((code) => key.split(' ').includes(code))))
      .map(({ file, codes }) => `${file}: ${keyOf(codes)}`);
    expect([...new Set(parts)].sort()).toEqual(PARTS.map(([file, codes]) => `${file}: ${codes}`).sort());
  });
});

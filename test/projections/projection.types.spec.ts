import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/*
 * What compiles and what does not, by the compiler itself: all sources in one program, as files beside this one that are nowhere on disk.
 */
const HEAD = `
import { breachStreams, diaryStreams } from '../../events/categories.ts';
import { projection, streamFold } from '../../projections/projection.ts';
type View = { text: string };
const name = 'slots-v1';
const categories = [diaryStreams] as const;
const initial = (): View | undefined => undefined;
`;

const sources = {
  whole: `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (_, { data, recordedAt }) => ({ text: data.holdUntil + recordedAt }), SlotConfirmed: (view) => view },
    ignores: ['SlotReleased'] });`,
  'of two categories': `export const it = projection({ name, categories: [diaryStreams, breachStreams], initial,
    keysOf: (event) => [event.type === 'SlotHeld' ? event.data.patientId : event.stream],
    on: { SlotHeld: (view) => view, BreachFlagged: (_, { data }) => ({ text: data.rule }) },
    ignores: ['SlotReleased', 'SlotConfirmed', 'BreachTransferBegan', 'BreachBytesServed', 'JustificationRead',
      'OnCallNotified', 'BreachAcknowledged', 'BreachContained', 'BreachDismissed', 'PatientNotified',
      'RegulatorNotified', 'BreachClosed'] });`,
  'with a forgotten type': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (view) => view },
    ignores: ['SlotReleased'] });`,
  'of two categories, with a forgotten type': `export const it = projection({
    name, categories: [diaryStreams, breachStreams], initial,
    on: { SlotHeld: (view) => view, SlotConfirmed: (view) => view },
    ignores: ['SlotReleased', 'BreachTransferBegan', 'BreachBytesServed', 'JustificationRead',
      'OnCallNotified', 'BreachAcknowledged', 'BreachContained', 'BreachDismissed', 'PatientNotified',
      'RegulatorNotified', 'BreachClosed'] });`,
  'with a type handled and ignored': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (view) => view, SlotConfirmed: (view) => view, SlotReleased: (view) => view },
    ignores: ['SlotReleased'] });`,
  'with a type ignored twice': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (view) => view, SlotConfirmed: (view) => view },
    ignores: ['SlotReleased', 'SlotReleased'] });`,
  'with a handled type of another category': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (view) => view, SlotConfirmed: (view) => view, BreachFlagged: (view) => view },
    ignores: ['SlotReleased'] });`,
  'with an ignored type of another category': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: (view) => view, SlotConfirmed: (view) => view, SlotReleased: (view) => view },
    ignores: ['BreachFlagged'] });`,
  'with a view of another type': `export const it = projection({ name, categories, initial,
    on: { SlotHeld: () => ({ text: 1 }), SlotConfirmed: (view) => view },
    ignores: ['SlotReleased'] });`,
  'a whole fold': `export const it = streamFold({ category: diaryStreams, initial: (): View => ({ text: '' }),
    on: { SlotHeld: ({ text }, { data }) => ({ text: text + data.start }), SlotConfirmed: (view) => view },
    ignores: ['SlotReleased'] });`,
  'a fold with a forgotten type': `export const it = streamFold({ category: diaryStreams,
    initial: (): View => ({ text: '' }), on: { SlotHeld: (view) => view }, ignores: ['SlotConfirmed'] });`,
  'a fold that asks for the record time': `export const it = streamFold({ category: diaryStreams,
    initial: (): View => ({ text: '' }), on: { SlotHeld: (_, { recordedAt }) => ({ text: recordedAt }) },
    ignores: ['SlotConfirmed', 'SlotReleased'] });`,
} as const;
type Source = keyof typeof sources;

const fileOf = (source: Source) => fileURLToPath(new URL(`./${source.replaceAll(/\W+/g, '-')}.ts`, import.meta.url));

let problems: Map<string, string>;
beforeAll(() => {
  const texts = new Map(
    (Object.keys(sources) as Source[]).map((source) => [fileOf(source), HEAD + sources[source]] as const),
  );
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, incremental: false, noEmit: true, noUnusedLocals: false, types: [] },
    process.cwd(),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language as ts.CreateSourceFileOptions);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  problems = new Map(
    [...texts.keys()].map((path) => [
      path,
      program
        .getSemanticDiagnostics(program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
        .join('\n'),
    ]),
  );
}, 240_000);

describe('a projection', () => {
  it.each<[Source]>([['whole'], ['of two categories'], ['a whole fold']])('%s compiles', (source) => {
    expect(problems.get(fileOf(source))).toBe('');
  });

  it.each<[Source, RegExp]>([
    ['with a forgotten type', /Property 'SlotConfirmed' is missing/],
    ['of two categories, with a forgotten type', /Property 'BreachFlagged' is missing/],
    ['with a type handled and ignored', /not assignable to type '"this type is ignored"'/],
    ['with a type ignored twice', /not assignable to type '"a type is ignored twice"'/],
    ['with a handled type of another category', /'BreachFlagged' does not exist in type/],
    ['with an ignored type of another category', /Type '"BreachFlagged"' is not assignable to type/],
    ['with a view of another type', /Type 'number' is not assignable to type 'string'/],
    ['a fold with a forgotten type', /Property 'SlotReleased' is missing/],
    ['a fold that asks for the record time', /Property 'recordedAt' does not exist/],
  ])('%s does not compile', (source, why) => {
    expect(problems.get(fileOf(source))).toMatch(why);
  });
});

import type { Schemas } from '../../../clients/typescript/client.ts';
import { bytes, count, length, sentence, words } from '../parts/words.ts';

type File = Schemas['BreachFile'];

/** One thing that a version of the file says otherwise than an earlier one. */
export type Difference = { readonly what: string; readonly before: string; readonly after: string };

type Said = ReadonlyMap<string, string>;

const NOT_SAID = 'not said';

/** All that a file says that can become another: by what it is about. People are told by rung, so that the same list is of use to who may not see the ids. */
const saidIn = ({ severity, status, exposure, breaches, timeline, clocks, drafts, affected, withheld }: File): Said => {
  const said = new Map<string, string>([
    ['Severity', sentence(severity)],
    ['State', sentence(status)],
    ['Breaches', count(breaches.total)],
    ['People affected', count(exposure.people)],
    ['Viewers', count(exposure.viewers)],
    ['Recordings', count(exposure.recordings)],
    ['Data that left', `${bytes(exposure.bytesServed)}, ${length(exposure.secondsPlayed * 1_000)} of media`],
    ['Figures', exposure.approximate ? 'at least' : 'known'],
  ]);
  for (const [rung, people] of Object.entries(exposure.byRung)) said.set(`People: ${words(rung)}`, count(people));
  for (const [rule, n] of Object.entries(breaches.byRule)) said.set(`Breaches of rule ${words(rule)}`, count(n));
  for (const [moment, at] of Object.entries(timeline)) {
    if (typeof at === 'string') said.set(`Timeline: ${inWords(moment)}`, at);
    // Lengths follow from the moments.
  }
  for (const clock of clocks) said.set(`Clock: ${clock.title}`, sentence(clock.status) + (clock.late ? ', late' : ''));
  for (const { title, sections } of drafts)
    for (const section of sections)
      for (const { label, state, value, note } of section.fields)
        said.set(`${title}: ${section.title}: ${label}`, [words(state), value, note].filter(Boolean).join(' · '));
  for (const { patientId, rung } of [...affected, ...withheld]) said.set(`Patient ${patientId}`, sentence(rung));
  return said;
};

/** `firstExposureAt` → `first exposure`. */
const inWords = (name: string): string =>
  name
    .replace(/At$/, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();

/** What differs, in the order in which the file says it. */
export const differencesOf = (before: File, after: File): readonly Difference[] => {
  const [earlier, later] = [saidIn(before), saidIn(after)];
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap((what) => {
    const [one, other] = [earlier.get(what) ?? NOT_SAID, later.get(what) ?? NOT_SAID];
    return one === other ? [] : [{ what, before: one, after: other }];
  });
};

export type Version = Schemas['BreachFileVersions']['items'][number];

/** The last version that was given as a file: a page that shows it sends it to no one. @param versions the newest first */
export const lastSent = (versions: readonly Version[], before: number): Version | undefined =>
  versions.find(({ format, position }) => format !== 'json' && position < before);

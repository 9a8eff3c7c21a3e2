import type { ClockState } from '../clocks/clocks.ts';
import { type Counted, type Field, type Form, lengthOf } from './draft.ts';

/** What the printed file consists of, before it is set on pages. */
export type Block =
  | { readonly kind: 'title' | 'heading' | 'section' | 'text'; readonly text: string }
  | { readonly kind: 'row'; readonly label: string; readonly mark?: string; readonly value: string };

const marks = { known: 'known', 'to-fill': 'to fill', 'not-applicable': 'not applicable' } as const;

const row = (label: string, value: string | number | null): Block => ({
  ...{ kind: 'row', label },
  value: value === null ? 'not on record' : String(value),
});

const fieldRow = ({ label, ...answer }: Field): Block => {
  const note = answer.note === undefined ? '' : `(${answer.note})`;
  const value = answer.state === 'known' ? `${answer.value} ${note}` : note;
  return { kind: 'row', label, mark: marks[answer.state], value: value.trim() };
};

const clockRow = ({
  title,
  source,
  status,
  inForce,
  why,
  startedAt,
  basis,
  dueAt,
  metAt,
  late,
  ageMs,
  toFill,
}: ClockState): Block => {
  const parts = [
    why,
    startedAt === undefined ? undefined : `since ${startedAt} (${basis})`,
    ageMs === undefined ? undefined : `age ${lengthOf(ageMs)}`,
    dueAt === undefined ? undefined : `due ${dueAt}`,
    metAt === undefined ? undefined : `met ${metAt}${late ? ', late' : ''}`,
    toFill === undefined ? undefined : `to fill: ${toFill}`,
    inForce ? undefined : 'not in force',
    source,
  ];
  const mark = status === 'not-applicable' ? 'not applicable' : status === 'ran-out' ? 'ran out' : status;
  return { kind: 'row', label: title, mark, value: parts.filter((part) => part !== undefined).join('. ') };
};

const took = (ms: number | null) => (ms === null ? null : lengthOf(Math.max(0, ms)));

/** The file to print: counts, times and drafts. Whose data it is about stands in the list of people alone, which is handed on by itself. */
export const blocksOf = (file: Counted, forms: readonly Form[], isWhole: boolean): readonly Block[] => {
  const { exposure, timeline, breaches } = file;
  const least = exposure.approximate ? 'at least ' : '';
  return [
    { kind: 'title', text: `Breach file${file.drill ? ' (DRILL)' : ''}` },
    {
      kind: 'text',
      text: `Incident ${file.incidentId}, as of ${file.asOf} (position ${file.position} of the ledger).`,
    },
    ...(isWhole
      ? []
      : [{ kind: 'text', text: 'Part of the ledger could not be read: the figures are the least.' } as const]),
    { kind: 'heading', text: 'What happened' },
    row('Kind', file.kind),
    row('Severity', file.severity),
    row('Status', file.status),
    row(
      'Breaches',
      `${breaches.total}: ${Object.entries(breaches.byRule)
        .map(([rule, n]) => `${rule} ${n}`)
        .join(', ')}`,
    ),
    { kind: 'heading', text: 'People affected' },
    row('In all', `${least}${exposure.people}`),
    row('Bytes played', exposure.byRung.played),
    row('Opened', exposure.byRung.opened),
    row('Listed', exposure.byRung.listed),
    row('Withheld, not affected', exposure.byRung.withheld),
    row('Seen by', exposure.viewers),
    row('Recordings', exposure.recordings),
    row(
      'Bytes',
      `${least}${exposure.bytesServed}${exposure.bytesAtMost === null ? '' : `, at most ${exposure.bytesAtMost}`}`,
    ),
    row('Seconds', `${least}${exposure.secondsPlayed}`),
    row('Releases', exposure.releases.join(', ') || 'none'),
    { kind: 'heading', text: 'Timeline' },
    row('First exposure', timeline.firstExposureAt),
    row('Flagged', timeline.firstFlaggedAt),
    row('Incident opened', timeline.openedAt),
    row('Paged', timeline.pagedAt),
    row('Acknowledged', timeline.acknowledgedAt),
    row('Contained', timeline.containedAt),
    row('Last byte', timeline.lastByteAt),
    row('Closed', timeline.closedAt),
    row('Time to detect', took(timeline.timeToDetectMs)),
    row('Time to contain', took(timeline.timeToContainMs)),
    { kind: 'heading', text: 'Clocks' },
    ...file.clocks.map(clockRow),
    ...forms.flatMap((form): readonly Block[] => [
      { kind: 'heading', text: `Draft: ${form.title}` },
      { kind: 'text', text: form.source },
      ...form.sections.flatMap((section): readonly Block[] => [
        { kind: 'section', text: section.title },
        ...section.fields.map(fieldRow),
      ]),
    ]),
  ];
};

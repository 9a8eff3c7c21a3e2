import type { ClockSet } from '../../../projections/clock-rules.ts';
import type { BreachFile } from './breach-file.ts';

/** What the ledger can say of one question of a form. A note tells what to add, or why there is nothing to say. */
export type Answer =
  | { readonly state: 'known'; readonly value: string; readonly note?: string }
  | { readonly state: 'to-fill'; readonly note?: string }
  | { readonly state: 'not-applicable'; readonly note?: string };

export type Field = { readonly label: string } & Answer;
export type Form = {
  readonly form: FormName;
  readonly title: string;
  readonly source: string;
  readonly sections: readonly { readonly title: string; readonly fields: readonly Field[] }[];
};

/** What the answers are made from: counts, times, codes and names of releases. No id of a person is in it, so that none can be in a draft. */
export type Counted = Omit<BreachFile, 'key' | 'affected' | 'withheld' | 'faults'>;

export const countedOf = ({ key: _, affected: __, withheld: ___, faults: ____, ...counted }: BreachFile): Counted =>
  counted;

const known = (value: string, note?: string): Answer => ({
  state: 'known',
  value,
  ...(note !== undefined && { note }),
});
const toFill = (note?: string): Answer => ({ state: 'to-fill', ...(note !== undefined && { note }) });
const notApplicable = (note: string): Answer => ({ state: 'not-applicable', note });

const people = (count: number): string => (count === 1 ? '1 person' : `${count} people`);
const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
const listed = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(', '));

/** A length of time in the two units that tell most of it. */
export const lengthOf = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`;
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  const at = units.findIndex(([, unit]) => ms >= unit);
  let left = ms;
  return units
    .slice(at, at + 2)
    .map(([name, unit]) => {
      const whole = Math.floor(left / unit);
      left -= whole * unit;
      return whole === 0 ? '' : `${whole} ${name}`;
    })
    .filter((part) => part !== '')
    .join(' ');
};

const atLeast = ({ exposure }: Counted): string => (exposure.approximate ? 'at least ' : '');

const nature = (file: Counted): string => {
  const { exposure, breaches } = file;
  const { byRung } = exposure;
  const reached =
    exposure.people === 0
      ? 'No recording left: every view was stopped before its first byte.'
      : `Recordings of ${people(exposure.people)} were exposed to ${people(exposure.viewers)} who took no part in the ` +
        `consultations: bytes left for ${people(byRung.played)}, views were open for ${people(byRung.opened)}, ` +
        `lists showed ${people(byRung.listed)}.`;
  const stopped = byRung.withheld > 0 ? ` Of ${people(byRung.withheld)} more every view was withheld.` : '';
  return `Unauthorised access to recordings of remote consultations. ${reached}${stopped} ${counted(
    breaches.total,
    'breach was',
    'breaches were',
  )} flagged, by ${listed(Object.entries(breaches.byRule).map(([rule, count]) => `${rule} (${count})`))}.`;
};

/** Every question that a form asks, answered once. */
const answers = {
  type: ({ notices }) => {
    const { length } = notices.authorities;
    return known(length === 0 ? 'initial' : 'follow-up', `${counted(length, 'notice')} on record`);
  },
  reference: ({ notices }) => {
    const reference = notices.authorities.find((one) => one.reference !== null)?.reference;
    return reference ? known(reference) : notApplicable('no earlier notice with a reference is on record');
  },
  controller: () => toFill('name, address, contact'),
  reporter: () => toFill('name, role, contact'),
  dpo: () => toFill('data protection officer or another contact point'),
  processor: () => toFill('processors and other parties involved'),
  crossBorder: () => toFill('whether people in other member states are affected'),
  nature: (file) => known(nature(file), 'add the cause, as far as it is known'),
  releases: ({ exposure }) => known(listed(exposure.releases), 'releases of the software under which it happened'),
  began: ({ timeline }) =>
    timeline.firstExposureAt === null ? notApplicable('nothing was exposed') : known(timeline.firstExposureAt),
  ended: ({ timeline }) =>
    timeline.containedAt === null
      ? toFill('it is not contained as of the time of this file')
      : known(timeline.containedAt, `last byte ${timeline.lastByteAt ?? 'none'}`),
  duration: ({ timeline: { firstExposureAt, containedAt } }) =>
    firstExposureAt === null || containedAt === null
      ? toFill('from the first exposure to the end')
      : known(lengthOf(Math.max(0, Date.parse(containedAt) - Date.parse(firstExposureAt)))),
  aware: ({ clocks }) => {
    const clock = clocks.find(({ startedAt }) => startedAt !== undefined);
    return clock?.startedAt ? known(clock.startedAt, `basis: ${clock.basis ?? ''}`) : toFill();
  },
  found: ({ timeline, breaches }) =>
    timeline.firstFlaggedAt === null
      ? toFill()
      : known(
          `by the automatic judgement of every view, rules ${listed(Object.keys(breaches.byRule))}, at ${timeline.firstFlaggedAt}` +
            (timeline.timeToDetectMs === null ? '' : `, ${lengthOf(timeline.timeToDetectMs)} after the first exposure`),
        ),
  cyber: () => toFill('yes, no, or not known'),
  affects: ({ breaches }) =>
    known(breaches.byRule['recording-corrupt'] === undefined ? 'confidentiality' : 'confidentiality, integrity'),
  peopleCount: (file) =>
    known(`${atLeast(file)}${file.exposure.people}`, file.exposure.approximate ? 'approximate' : undefined),
  peopleKinds: () => known('patients', 'add: children, vulnerable adults, employees'),
  recordCount: (file) => known(`${atLeast(file)}${counted(file.exposure.recordings, 'recording')}`),
  records: (file) =>
    known(
      `${atLeast(file)}${file.exposure.bytesServed} bytes, ${file.exposure.secondsPlayed} seconds of recording left` +
        (file.exposure.bytesAtMost === null ? '' : `; at most ${file.exposure.bytesAtMost} bytes`),
    ),
  dataKinds: () =>
    known('health data: video and audio of consultations; identifiers of patients and clinicians', 'add others'),
  protection: () =>
    known(
      'access needs two independent decisions before the first byte; every answer is checked on its way out; bytes are hashed and counted; every access is on record',
      'add: encryption at rest and in transit, training, audits',
    ),
  training: () => toFill('whether the staff involved were trained in the last two years'),
  consequences: () => toFill('likely consequences for the people affected'),
  risk: ({ assessment }) => (assessment ? known(assessment.risk) : toFill('the risk is not assessed')),
  taken: ({ containments }) =>
    containments.length === 0
      ? toFill('no containment is on record')
      : known(
          containments
            .map(({ scope, at, policy }) => `${scope} stopped at ${at}${policy === null ? '' : ` by policy ${policy}`}`)
            .join('; '),
        ),
  mitigation: ({ exposure }) =>
    known(
      `views of ${people(exposure.byRung.withheld)} were withheld before their first byte`,
      'add what else was done',
    ),
  proposed: () => toFill('measures to prevent it from happening again'),
  told: ({ notices }) => {
    const [notice] = notices.people;
    return notice
      ? known(`yes: ${notices.people.map((one) => `${people(one.count)} at ${one.at}`).join('; ')}`)
      : toFill('about to, decided not to, or not yet');
  },
  toldOthers: ({ notices }) =>
    notices.authorities.length === 0
      ? toFill('none is on record')
      : known(notices.authorities.map(({ authority, phase, at }) => `${authority} (${phase}) at ${at}`).join('; ')),
  delay: ({ clocks }) =>
    clocks.some(({ status, late }) => status === 'ran-out' || late)
      ? toFill('a clock ran out: reasons for the delay')
      : notApplicable('no clock has run out'),
  affects500: ({ exposure }) =>
    known(exposure.people >= 500 ? '500 or more individuals' : 'fewer than 500 individuals'),
  associate: () => toFill('whether it happened at, or was reported by, a business associate'),
  hhsType: () => known('Unauthorized Access/Disclosure'),
  hhsLocation: () => toFill('network server, electronic medical record, or other'),
  hhsPhi: () => known('Clinical', 'add: demographic, financial, other'),
  substitute: () => toFill('whether substitute notice was needed'),
  media: ({ exposure }) =>
    exposure.people > 500
      ? toFill('whether more than 500 of the people are residents of one state')
      : notApplicable('no more than 500 people are affected'),
  attestation: () => toFill('name and date'),
  factorNature: (file) =>
    rated(
      file,
      'nature',
      `${counted(file.exposure.recordings, 'recording')} of consultations: health data, people recognisable by face and voice`,
    ),
  factorWho: (file) =>
    rated(file, 'recipient', `${people(file.exposure.viewers)} with an account here`, 'add their duties of confidence'),
  factorAcquired: (file) => rated(file, 'acquired', acquired(file)),
  factorMitigation: (file) =>
    rated(file, 'mitigation', `contained ${file.timeline.containedAt ?? 'not yet'}`, 'add assurances obtained'),
} satisfies Readonly<Record<string, (file: Counted) => Answer>>;
type Question = keyof typeof answers;

const rated = ({ assessment }: Counted, factor: string, value: string, note?: string): Answer => {
  const rating = assessment?.factors?.[factor];
  return known(
    rating === undefined ? value : `${value}; assessed ${rating}`,
    rating === undefined ? (note ?? 'to be assessed') : note,
  );
};

const acquired = (file: Counted): string => {
  const { byRung, secondsPlayed, witnessedViews } = file.exposure;
  const reported =
    witnessedViews === 0 ? '' : `; of ${counted(witnessedViews, 'view')} reported by services it is not known`;
  return byRung.played === 0
    ? `no bytes are on record as having left${reported}`
    : `yes: bytes left for ${people(byRung.played)}, ${atLeast(file)}${secondsPlayed} seconds${reported}`;
};

type Layout = readonly (readonly [title: string, fields: readonly (readonly [label: string, question: Question])[]])[];

const edpb: Layout = [
  [
    '1. Notification',
    [
      ['Type of notification', 'type'],
      ['Reference of earlier notification', 'reference'],
      ['Reasons for delay', 'delay'],
    ],
  ],
  [
    '2. Controller',
    [
      ['Controller', 'controller'],
      ['Person reporting', 'reporter'],
      ['Data protection officer', 'dpo'],
      ['Others involved', 'processor'],
      ['Cross-border', 'crossBorder'],
    ],
  ],
  [
    '3. Timeline',
    [
      ['Beginning of the breach', 'began'],
      ['End of the breach', 'ended'],
      ['Duration', 'duration'],
      ['Awareness', 'aware'],
      ['How it was found', 'found'],
    ],
  ],
  [
    '4. Nature of the breach',
    [
      ['What happened', 'nature'],
      ['Confidentiality, integrity, availability', 'affects'],
      ['Software', 'releases'],
    ],
  ],
  [
    '5. People and data',
    [
      ['Number of people', 'peopleCount'],
      ['Categories of people', 'peopleKinds'],
      ['Number of records', 'recordCount'],
      ['Amount of data', 'records'],
      ['Categories of data', 'dataKinds'],
    ],
  ],
  ['6. Protection at the time', [['Measures in place', 'protection']]],
  [
    '7. Consequences',
    [
      ['Likely consequences', 'consequences'],
      ['Risk', 'risk'],
    ],
  ],
  [
    '8. Measures',
    [
      ['Taken to contain and mitigate', 'taken'],
      ['Mitigating', 'mitigation'],
      ['To prevent', 'proposed'],
    ],
  ],
  [
    '9. Communication',
    [
      ['To the people affected', 'told'],
      ['To other authorities', 'toldOthers'],
    ],
  ],
];
const gdpr33: Layout = [
  [
    'Art. 33(3)',
    [
      ['(a) Nature', 'nature'],
      ['(a) Categories of people', 'peopleKinds'],
      ['(a) Approximate number of people', 'peopleCount'],
      ['(a) Categories of records', 'dataKinds'],
      ['(a) Approximate number of records', 'recordCount'],
      ['(b) Contact', 'dpo'],
      ['(c) Likely consequences', 'consequences'],
      ['(d) Measures taken', 'taken'],
      ['(d) Measures proposed', 'proposed'],
      ['(d) Mitigation', 'mitigation'],
    ],
  ],
  [
    'Art. 33(1), (4) and (5)',
    [
      ['(1) Reasons for delay', 'delay'],
      ['(4) Phase', 'type'],
      ['(5) Facts', 'nature'],
      ['(5) Effects', 'records'],
      ['(5) Remedial action', 'taken'],
    ],
  ],
];
const gdpr34: Layout = [
  [
    'Art. 34(2)',
    [
      ['Nature, in plain language', 'nature'],
      ['Contact', 'dpo'],
      ['Likely consequences', 'consequences'],
      ['Measures taken', 'taken'],
      ['Measures proposed', 'proposed'],
    ],
  ],
];
const ico: Layout = [
  [
    'About the report',
    [
      ['Initial or follow-up', 'type'],
      ['Case reference', 'reference'],
      ['Reasons for delay', 'delay'],
    ],
  ],
  [
    'About the breach',
    [
      ['What happened', 'nature'],
      ['Cyber incident', 'cyber'],
      ['How it was found', 'found'],
      ['When it was discovered', 'aware'],
      ['When it happened', 'began'],
      ['Categories of data', 'dataKinds'],
      ['Number of records', 'recordCount'],
      ['Number of people', 'peopleCount'],
      ['Categories of people', 'peopleKinds'],
      ['Potential consequences', 'consequences'],
      ['Likelihood of significant consequences', 'risk'],
      ['If cyber: confidentiality, integrity, availability', 'affects'],
    ],
  ],
  [
    'Before and since',
    [
      ['Staff training', 'training'],
      ['Preventive measures', 'protection'],
      ['Action since', 'taken'],
      ['To prevent a repetition', 'proposed'],
    ],
  ],
  [
    'Who was told',
    [
      ['People affected', 'told'],
      ['Other organisations', 'toldOthers'],
    ],
  ],
  [
    'About you',
    [
      ['Organisation', 'controller'],
      ['Data protection officer', 'dpo'],
      ['Person reporting', 'reporter'],
    ],
  ],
];
const hhs: Layout = [
  [
    'General',
    [
      ['Breach affecting', 'affects500'],
      ['Initial or addendum', 'type'],
      ['Covered entity', 'controller'],
      ['Business associate', 'associate'],
    ],
  ],
  [
    'Breach',
    [
      ['Date of breach: start', 'began'],
      ['Date of breach: end', 'ended'],
      ['Date of discovery', 'aware'],
      ['Approximate number of individuals', 'peopleCount'],
      ['Type', 'hhsType'],
      ['Location', 'hhsLocation'],
      ['Type of PHI', 'hhsPhi'],
      ['Description', 'nature'],
      ['Safeguards in place before', 'protection'],
    ],
  ],
  [
    'Notice and actions',
    [
      ['Individual notice', 'told'],
      ['Substitute notice', 'substitute'],
      ['Media notice', 'media'],
      ['Actions taken', 'taken'],
      ['Attestation', 'attestation'],
    ],
  ],
];
const factors: Layout = [
  [
    '45 CFR 164.402(2)',
    [
      ['(i) Nature and extent of the data', 'factorNature'],
      ['(ii) Who used it or was given it', 'factorWho'],
      ['(iii) Whether it was actually acquired or viewed', 'factorAcquired'],
      ['(iv) Extent of mitigation', 'factorMitigation'],
    ],
  ],
];

/** Every form there is, the primary layout first. */
const forms = [
  {
    form: 'edpb',
    title: 'Notification to the supervisory authority',
    source: 'EDPB common template, draft of 2026-06-10',
    sets: ['gdpr', 'gdpr-omnibus'],
    layout: edpb,
  },
  {
    form: 'gdpr-33',
    title: 'GDPR, Art. 33',
    source: 'Regulation (EU) 2016/679, Art. 33(1), (3), (4), (5)',
    sets: ['gdpr', 'gdpr-omnibus', 'gdpr-processor'],
    layout: gdpr33,
  },
  {
    form: 'gdpr-34',
    title: 'Communication to the people affected',
    source: 'Regulation (EU) 2016/679, Art. 34(2)',
    sets: ['gdpr', 'gdpr-omnibus'],
    layout: gdpr34,
  },
  {
    form: 'ico',
    title: 'Report to the Information Commissioner',
    source: 'ICO, report a personal data breach',
    sets: ['ico'],
    layout: ico,
  },
  {
    form: 'hhs',
    title: 'Notice to the Secretary of HHS',
    source: '45 CFR 164.408, HHS breach portal',
    sets: ['hipaa', 'hipaa-associate'],
    layout: hhs,
  },
  {
    form: 'four-factors',
    title: 'Risk assessment',
    source: '45 CFR 164.402(2)',
    sets: ['hipaa', 'hipaa-associate'],
    layout: factors,
  },
] as const satisfies readonly {
  form: string;
  title: string;
  source: string;
  sets: readonly ClockSet[];
  layout: Layout;
}[];
export type FormName = (typeof forms)[number]['form'];
export const formNames = forms.map(({ form }) => form);

/** The forms of the law that the controller is under, as far as the ledger can fill them. */
export const draftsOf = (file: Counted, sets: readonly ClockSet[]): readonly Form[] =>
  forms
    .filter((one) => one.sets.some((set) => sets.includes(set)))
    .map(({ form, title, source, layout }) => ({
      ...{ form, title, source },
      sections: layout.map(([section, fields]) => ({
        title: section,
        fields: fields.map(([label, question]) => ({ label, ...answers[question](file) })),
      })),
    }));

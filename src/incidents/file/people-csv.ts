import { csvLine } from '../../compliance/history/formats.ts';
import { shown } from '../../request/person-id.ts';
import type { AffectedPerson, BreachFile } from './breach-file.ts';

type Column = readonly [name: string, of: (person: AffectedPerson) => string | number | boolean | undefined];

const columns: readonly Column[] = [
  ['patient_id', ({ patientId }) => patientId],
  ['rung', ({ rung }) => rung],
  ['first_at', ({ firstAt }) => firstAt],
  ['last_at', ({ lastAt }) => lastAt],
  ['recordings', ({ recordings }) => recordings.join(' ')],
  ['seen_by', ({ viewers }) => viewers.join(' ')],
  ['releases', ({ releases }) => releases.join(' ')],
  ['client_releases', ({ clientReleases }) => clientReleases.join(' ')],
  ['bytes_served', ({ bytesServed }) => bytesServed],
  ['bytes_at_most', ({ bytesAtMost }) => bytesAtMost ?? undefined],
  ['seconds_played', ({ secondsPlayed }) => secondsPlayed],
  ['approximate', ({ approximate }) => approximate],
];

/** The people affected, one a line: RFC 4180, for those who tell them. */
export const peopleCsv = ({ affected }: Pick<BreachFile, 'affected'>): string =>
  [
    csvLine(columns.map(([name]) => name)),
    ...shown(affected).map((person) => csvLine(columns.map(([, of]) => of(person)))),
  ].join('');

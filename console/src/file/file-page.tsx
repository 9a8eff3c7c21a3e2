import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { Schemas } from '../api/client.ts';
import { download } from '../api/download.ts';
import { say } from '../parts/announcer.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Clock } from '../parts/countdown.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { TextField } from '../parts/fields.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { problemText, Shown } from '../parts/states.tsx';
import { Age, Time } from '../parts/time.tsx';
import { bytes, count, counted, length, sentence, words } from '../parts/words.ts';
import styles from './file.module.css';
import { breachFile } from './query.ts';
import { Versions } from './versions.tsx';

const TYPES = { json: 'application/json', pdf: 'application/pdf', csv: 'text/csv' } as const;
type Download = keyof typeof TYPES;

type File = Schemas['BreachFile'];
type Person = File['affected'][number];

/** All that the law asks for after a breach, as of a position of the log. Reading it is put on record, and the people it names see that it was read. */
export const FilePage = () => {
  const { incidentId } = useParams({ from: '/shell/incidents/$incidentId/file' });
  const { asOf } = useSearch({ from: '/shell/incidents/$incidentId/file' });
  const query = useQuery({ ...breachFile(incidentId, asOf), placeholderData: keepPreviousData });
  const navigate = useNavigate();
  useShortcuts('Breach file', {
    Escape: {
      does: 'Back to the incident',
      run: () => void navigate({ to: '/incidents/$incidentId', params: { incidentId } }),
    },
  });
  return (
    <Page
      title="Breach file"
      acts={
        <Link to="/incidents/$incidentId" params={{ incidentId }}>
          To the incident
        </Link>
      }
    >
      <Shown query={query} what="the breach file: it is computed from the log">
        {(file) => (
          <Contents file={file} asOf={asOf} onNewest={() => (asOf === undefined ? void query.refetch() : undefined)} />
        )}
      </Shown>
    </Page>
  );
};

type ContentsProps = { readonly file: File; readonly asOf: number | undefined; readonly onNewest: () => void };

const Contents = ({ file, asOf, onNewest }: ContentsProps) => (
  <>
    <div className={styles.head}>
      <CopyId id={file.incidentId} of="incident" />
      <StatusBadge code={file.severity} />
      <StatusBadge code={file.status} />
      {file.drill && (
        <StatusBadge code="drill" tone="accent">
          Drill: in no register
        </StatusBadge>
      )}
    </div>
    <AsOf file={file} asOf={asOf} onNewest={onNewest} />
    {file.faults.length > 0 && (
      <div role="alert" className={styles.faults}>
        <strong>The file is not complete.</strong> These could not be read:
        <ul>
          {file.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      </div>
    )}
    <Exposure file={file} />
    <div className={styles.columns}>
      <Panel title="Timeline">
        <Times timeline={file.timeline} />
      </Panel>
      <Panel title="Clocks">
        <Clocks file={file} />
      </Panel>
    </div>
    <Drafts file={file} />
    <People file={file} />
    <Versions file={file} />
  </>
);

/** The position that the file is of, the downloads at it, and the way to another one. */
const AsOf = ({ file: { incidentId, position, asOf: at }, asOf, onNewest }: ContentsProps) => {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState<Download>();
  const get = async (what: Download) => {
    setBusy(what);
    setError(undefined);
    try {
      await download(
        `/v1/incidents/${encodeURIComponent(incidentId)}/file?asOf=${position}`,
        `breach-file-${incidentId}-at-${position}.${what}`,
        TYPES[what],
      );
      say('Downloaded');
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(undefined);
    }
  };
  const to = (next: number | undefined) =>
    void navigate({
      to: '/incidents/$incidentId/file',
      params: { incidentId },
      search: next === undefined ? {} : { asOf: next },
    });
  return (
    <Panel title="As of">
      <div className={styles.asOf}>
        <p>
          Position <strong>{count(position)}</strong> of the log, <Time at={at} both />. At this position the file is
          the same for ever.
        </p>
        <div className={styles.row}>
          {(['pdf', 'json', 'csv'] as const).map((what) => (
            <Button
              key={what}
              look={what === 'pdf' ? 'primary' : undefined}
              isPending={busy === what}
              onPress={() => void get(what)}
            >
              {what === 'csv' ? 'People as CSV' : `Download ${what.toUpperCase()}`}
            </Button>
          ))}
        </div>
        {error !== undefined && (
          <p role="alert" className={styles.problem}>
            {problemText(error)}
          </p>
        )}
        <form
          className={styles.row}
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== '') to(Number(wanted));
          }}
        >
          <TextField label="Another position" type="number" value={wanted} onChange={setWanted} />
          <Button type="submit">Show</Button>
          <Button look="plain" onPress={() => (asOf === undefined ? onNewest() : to(undefined))}>
            Newest
          </Button>
        </form>
        <p className={styles.quiet}>
          That you read it is on record, as are downloads, and the patients it names see it among their accesses. The
          PDF and the drafts hold no id of a person.
        </p>
      </div>
    </Panel>
  );
};

const RUNGS = [
  ['played', 'Data left', 'Bytes of a recording left.'],
  ['opened', 'Opened', 'A view might be played; no byte is on record.'],
  ['listed', 'Listed', 'A list showed a consultation.'],
  ['withheld', 'Withheld', 'Nothing left: not affected.'],
] as const;

const Exposure = ({ file: { exposure, breaches } }: { readonly file: File }) => (
  <Panel
    title="Who is affected"
    acts={
      exposure.approximate ? (
        <StatusBadge code="estimated" tone="review">
          Estimated: at least
        </StatusBadge>
      ) : (
        <StatusBadge code="known">Known from the ledger</StatusBadge>
      )
    }
  >
    <ul className={styles.rungs}>
      {RUNGS.map(([rung, title, says]) => (
        <li key={rung} data-rung={rung} data-none={exposure.byRung[rung] === 0 || undefined}>
          <strong>{count(exposure.byRung[rung])}</strong>
          <span>{title}</span>
          <span className={styles.quiet}>{says}</span>
        </li>
      ))}
    </ul>
    <Facts
      of={[
        ['People affected', count(exposure.people)],
        ['Viewers', count(exposure.viewers)],
        ['Recordings', count(exposure.recordings)],
        [
          'Data that left',
          exposure.bytesServed === 0
            ? 'none'
            : `${bytes(exposure.bytesServed)}, ${length(exposure.secondsPlayed * 1_000)} of video`,
        ],
        ['At most', exposure.bytesAtMost === null ? 'not known' : bytes(exposure.bytesAtMost)],
        ['Releases', exposure.releases.length === 0 ? 'none' : exposure.releases.join(', ')],
        [
          'Breaches',
          Object.entries(breaches.byRule)
            .map(([rule, n]) => `${words(rule)} ${n}`)
            .join(', ') || 'none',
        ],
      ]}
    />
  </Panel>
);

const MOMENTS = [
  ['firstExposureAt', 'First exposure'],
  ['firstFlaggedAt', 'First flagged'],
  ['pagedAt', 'Paged'],
  ['acknowledgedAt', 'Acknowledged'],
  ['containedAt', 'Contained'],
  ['lastByteAt', 'Last byte'],
  ['closedAt', 'Closed'],
] as const;
const LENGTHS = [
  ['timeToDetectMs', 'To detect'],
  ['timeToPageMs', 'To page'],
  ['timeToAcknowledgeMs', 'To acknowledge'],
  ['timeToContainMs', 'To contain'],
] as const;

const Times = ({ timeline }: { readonly timeline: File['timeline'] }) => (
  <>
    <ol className={styles.moments}>
      {MOMENTS.map(([key, title]) => {
        const at = timeline[key];
        return (
          <li key={key} data-none={at === null || undefined}>
            <span>{title}</span>
            {at === null ? (
              <span className={styles.quiet}>{key === 'lastByteAt' ? 'none left' : 'not yet'}</span>
            ) : (
              <Time at={at} both />
            )}
          </li>
        );
      })}
    </ol>
    <Facts
      of={LENGTHS.map(
        ([key, title]) => [title, timeline[key] === null ? 'not yet' : length(timeline[key] ?? 0)] as const,
      )}
    />
  </>
);

const Clocks = ({ file: { clocks } }: { readonly file: File }) => (
  <ul className={styles.clocks}>
    {clocks.map((clock) => (
      <li key={clock.clock}>
        <span>
          {clock.title}
          <span className={styles.quiet}>
            {clock.source}
            {!clock.inForce && ', not in force'}
            {clock.basis !== undefined && ` · from ${words(clock.basis)}`}
            {clock.why !== undefined && ` · ${clock.why}`}
            {clock.toFill !== undefined && ` · to fill: ${clock.toFill}`}
          </span>
        </span>
        {clock.status === 'running' && clock.dueAt !== undefined ? (
          <Clock until={clock.dueAt} {...(clock.startedAt !== undefined && { from: clock.startedAt })} />
        ) : clock.status === 'running' && clock.startedAt !== undefined ? (
          <span>
            running for <Age since={clock.startedAt} />
          </span>
        ) : (
          <StatusBadge code={clock.status}>
            {sentence(clock.status)}
            {clock.late === true && ', late'}
          </StatusBadge>
        )}
      </li>
    ))}
  </ul>
);

/** The forms of the law, filled in as far as the ledger can: what it knows, what a person has to fill in, and what does not apply. */
const Drafts = ({ file: { drafts } }: { readonly file: File }) => {
  const [beside, setBeside] = useState(false);
  if (drafts.length === 0) return null;
  return (
    <Panel
      title="Drafts"
      acts={
        drafts.length > 1 && (
          <Button look="plain" onPress={() => setBeside(!beside)}>
            {beside ? 'One at a time' : 'Beside each other'}
          </Button>
        )
      }
    >
      {beside ? (
        <div className={styles.beside} data-scrolls>
          {drafts.map((draft) => (
            <section key={draft.form} aria-label={draft.title}>
              <h3>{draft.title}</h3>
              <Draft draft={draft} />
            </section>
          ))}
        </div>
      ) : (
        <Tabs className={styles.tabs}>
          <TabList aria-label="Forms" className={styles.tabList}>
            {drafts.map(({ form, title }) => (
              <Tab key={form} id={form} className={styles.tab}>
                {title}
              </Tab>
            ))}
          </TabList>
          {drafts.map((draft) => (
            <TabPanel key={draft.form} id={draft.form} className={styles.tabPanel}>
              <Draft draft={draft} />
            </TabPanel>
          ))}
        </Tabs>
      )}
    </Panel>
  );
};

type Form = File['drafts'][number];

const STATE = { known: 'Known', 'to-fill': 'To fill', 'not-applicable': 'Not applicable' } as const;

const Draft = ({ draft: { source, sections } }: { readonly draft: Form }) => {
  const fields = sections.flatMap((section) => section.fields);
  const toFill = fields.filter(({ state }) => state === 'to-fill').length;
  return (
    <>
      <p className={styles.quiet}>
        {source}.{' '}
        {toFill === 0 ? 'Nothing is left to fill.' : `${counted(toFill, 'field')} of ${fields.length} to fill.`}
      </p>
      {sections.map((section) => (
        <section key={section.title} className={styles.section} aria-label={section.title}>
          <h4>{section.title}</h4>
          <dl>
            {section.fields.map(({ label, state, value, note }) => {
              const estimated = state === 'known' && note === 'approximate';
              return (
                <div key={label} data-state={state}>
                  <dt>{label}</dt>
                  <dd>
                    {value !== undefined && <span>{value}</span>}
                    {note !== undefined && <span className={styles.quiet}>{note}</span>}
                  </dd>
                  <dd>
                    <StatusBadge code={estimated ? 'estimated' : state} {...(estimated && { tone: 'review' as const })}>
                      {estimated ? 'Estimated' : STATE[state]}
                    </StatusBadge>
                  </dd>
                </div>
              );
            })}
          </dl>
        </section>
      ))}
    </>
  );
};

const columns: readonly Column<Person>[] = [
  { key: 'patient', header: 'Patient', names: true, cell: ({ patientId }) => <CopyId id={patientId} of="patient" /> },
  {
    key: 'rung',
    header: 'How far',
    cell: ({ rung, approximate }) => (
      <StatusBadge code={rung} tone={rung === 'played' ? 'critical' : rung === 'withheld' ? 'good' : 'review'}>
        {sentence(rung)}
        {approximate && ', at least'}
      </StatusBadge>
    ),
  },
  {
    key: 'left',
    header: 'Data left',
    align: 'end',
    cell: ({ bytesServed, secondsPlayed }) =>
      bytesServed === 0 ? 'none' : `${bytes(bytesServed)}, ${length(secondsPlayed * 1_000)}`,
  },
  { key: 'recordings', header: 'Recordings', align: 'end', cell: ({ recordings }) => count(recordings.length) },
  {
    key: 'viewers',
    header: 'Seen by',
    cell: ({ viewers: [first, ...more] }) =>
      first !== undefined && (
        <span>
          <CopyId id={first} of="viewer" />
          {more.length > 0 && ` and ${more.length} more`}
        </span>
      ),
  },
  { key: 'first', header: 'First', align: 'end', cell: ({ firstAt }) => <Time at={firstAt} /> },
  { key: 'last', header: 'Last', align: 'end', cell: ({ lastAt }) => <Time at={lastAt} /> },
];

const People = ({ file: { affected, withheld } }: { readonly file: File }) => (
  <>
    <Panel title={`People affected (${count(affected.length)})`}>
      {affected.length === 0 ? (
        <p>Of no person did data leave.</p>
      ) : (
        <DataTable label="People affected" rows={affected} keyOf={({ patientId }) => patientId} columns={columns} />
      )}
    </Panel>
    {withheld.length > 0 && (
      <Panel title={`Withheld (${count(withheld.length)})`}>
        <DataTable
          label="People whose recordings were withheld"
          rows={withheld}
          keyOf={({ patientId }) => patientId}
          columns={columns}
        />
      </Panel>
    )}
  </>
);

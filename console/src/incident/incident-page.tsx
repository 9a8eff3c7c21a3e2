import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { answered, api, type Schemas } from '../api/client.ts';
import { byUrgency } from '../board/order.ts';
import { type Incident, incidents } from '../live/on-call.ts';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Clock } from '../parts/countdown.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Icon } from '../parts/icon.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { type Shortcuts, useShortcuts } from '../parts/shortcuts.ts';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Age, Time } from '../parts/time.tsx';
import { bytes, count, counted, sentence } from '../parts/words.ts';
import { useAct } from './acts.ts';
import { ContainDialog } from './contain-dialog.tsx';
import * as dialogs from './dialogs.tsx';
import { explanationOf } from './explanations.ts';
import { Exposure } from './exposure.tsx';
import { told } from './happenings.ts';
import styles from './incident.module.css';
import { incidentName, isOver } from './naming.tsx';

type Whole = Schemas['Incident'];
type Breach = Schemas['IncidentBreach'];

export const incidentQuery = (incidentId: string) =>
  queryOptions({
    queryKey: ['incident', incidentId],
    queryFn: () => answered(api.GET('/v1/incidents/{incidentId}', { params: { path: { incidentId } } })),
  });

const MOST_BREACHES = 100;

export const IncidentPage = () => {
  const { incidentId } = useParams({ from: '/shell/incidents/$incidentId' });
  const query = useQuery(incidentQuery(incidentId));
  return (
    <Shown query={query} what="the incident">
      {(incident) => <One key={incidentId} incident={incident} />}
    </Shown>
  );
};

type Act = 'contain' | 'note' | 'assign' | 'merge' | 'split' | 'awareness' | 'assess' | 'notice' | 'close' | 'reopen';

const One = ({ incident }: { readonly incident: Whole }) => {
  const { incidentId } = incident;
  const [asked, setAsked] = useState<Act>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const acknowledge = useAct('acknowledge');
  const navigate = useNavigate();
  const { before, after, others } = useNeighbours(incidentId);
  const breaches = useInfiniteQuery({
    queryKey: ['incident', incidentId, 'breaches'],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET('/v1/incidents/{incidentId}/breaches', {
          params: {
            path: { incidentId },
            query: { limit: MOST_BREACHES, ...(pageParam !== '' && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const parts = useMemo(() => breaches.data?.pages.flatMap(({ items }) => items) ?? [], [breaches.data]);
  const open = !isOver(incident);
  const close = () => setAsked(undefined);
  const go = (to: Incident | undefined) =>
    to && void navigate({ to: '/incidents/$incidentId', params: { incidentId: to.incidentId } });
  const doAcknowledge = () => acknowledge.mutate({ incidentId, body: undefined });

  const work: Shortcuts = open
    ? {
        a: { does: 'Acknowledge', run: doAcknowledge },
        c: { does: 'Contain', run: () => setAsked('contain') },
        n: { does: 'Add a note', run: () => setAsked('note') },
        d: { does: 'Declare awareness', run: () => setAsked('awareness') },
        r: { does: 'Record a notice', run: () => setAsked('notice') },
        x: { does: 'Close', run: () => setAsked('close') },
      }
    : {};
  useShortcuts('Incident', {
    ...work,
    f: { does: 'Breach file', run: () => void navigate({ to: '/incidents/$incidentId/file', params: { incidentId } }) },
    '[': { does: 'Previous incident', run: () => go(before) },
    ']': { does: 'Next incident', run: () => go(after) },
    Escape: { does: 'Back to the incidents', run: () => void navigate({ to: '/' }) },
  });

  const dialog = { incident, onClose: close };
  return (
    <Page
      title={incidentName(incident)}
      acts={
        <nav className={styles.neighbours} aria-label="Other incidents">
          <Button look="plain" shortcut="[" isDisabled={!before} onPress={() => go(before)}>
            <Icon name="previous" size={16} /> Previous
          </Button>
          <Button look="plain" shortcut="]" isDisabled={!after} onPress={() => go(after)}>
            Next <Icon name="next" size={16} />
          </Button>
        </nav>
      }
    >
      <div className={styles.head}>
        <StatusBadge code={incident.severity} />
        <CopyId id={incidentId} of="incident" />
        {incident.drillId !== undefined && (
          <StatusBadge code="drill" tone="accent">
            Drill: no person’s data
          </StatusBadge>
        )}
        {incident.mergedInto !== undefined && (
          <span>
            Part of{' '}
            <Link to="/incidents/$incidentId" params={{ incidentId: incident.mergedInto }}>
              another incident
            </Link>
          </span>
        )}
      </div>
      <Steps incident={incident} />
      <div className={styles.acts}>
        {open ? (
          <>
            <Button
              look={incident.status === 'new' ? 'primary' : undefined}
              shortcut="a"
              isPending={acknowledge.isPending}
              onPress={doAcknowledge}
            >
              Acknowledge
            </Button>
            <Button look="danger" shortcut="c" onPress={() => setAsked('contain')}>
              Contain …
            </Button>
            <Button shortcut="n" onPress={() => setAsked('note')}>
              Note …
            </Button>
            <Button onPress={() => setAsked('assign')}>Assign …</Button>
            <Button shortcut="d" onPress={() => setAsked('awareness')}>
              Declare awareness …
            </Button>
            <Button onPress={() => setAsked('assess')}>Assess risk …</Button>
            <Button shortcut="r" onPress={() => setAsked('notice')}>
              Record notice …
            </Button>
            <Button onPress={() => setAsked('merge')}>Merge …</Button>
            <Button shortcut="x" onPress={() => setAsked('close')}>
              Close …
            </Button>
          </>
        ) : (
          incident.status === 'closed' && <Button onPress={() => setAsked('reopen')}>Reopen …</Button>
        )}
        <Link className={styles.fileLink} to="/incidents/$incidentId/file" params={{ incidentId }}>
          Breach file
        </Link>
      </div>
      {acknowledge.error !== null && (
        <p role="alert" className={styles.problem}>
          {problemText(acknowledge.error)}
        </p>
      )}

      <div className={styles.columns}>
        <div className={styles.column}>
          <Panel title="What happened">
            <Facts of={factsOf(incident)} />
          </Panel>
          <Panel title="Why it was flagged">
            <Explanations rules={incident.rules} />
          </Panel>
        </div>
        <Clocks incident={incident} />
      </div>

      <Exposure breaches={parts} incident={incident} />

      <Panel
        title="Breaches"
        acts={
          open && chosen.size > 0 ? (
            <Button onPress={() => setAsked('split')}>Split {counted(chosen.size, 'breach', 'breaches')} off …</Button>
          ) : null
        }
      >
        <Shown query={breaches} what="the breaches">
          {() =>
            parts.length === 0 ? (
              <EmptyState title="It has no breaches">
                It is about the ledger’s own work, or its breaches became part of another incident.
              </EmptyState>
            ) : (
              <DataTable
                label="Breaches"
                rows={parts}
                keyOf={({ breachId }) => breachId}
                columns={breachColumns(open ? { chosen, setChosen } : undefined)}
              />
            )
          }
        </Shown>
        {breaches.hasNextPage && (
          <Button isPending={breaches.isFetchingNextPage} onPress={() => void breaches.fetchNextPage()}>
            Show older ones
          </Button>
        )}
      </Panel>

      <Panel title="Steps so far">
        <Log incident={incident} />
      </Panel>

      {asked === 'contain' && <ContainDialog {...dialog} />}
      {asked === 'note' && <dialogs.NoteDialog {...dialog} />}
      {asked === 'assign' && <dialogs.AssignDialog {...dialog} />}
      {asked === 'awareness' && <dialogs.AwarenessDialog {...dialog} />}
      {asked === 'assess' && <dialogs.AssessDialog {...dialog} />}
      {asked === 'notice' && <dialogs.NoticeDialog {...dialog} />}
      {asked === 'reopen' && <dialogs.ReopenDialog {...dialog} />}
      {asked === 'close' && <dialogs.CloseDialog {...dialog} parts={parts} />}
      {asked === 'split' && (
        <dialogs.SplitDialog {...dialog} chosen={[...chosen]} onSplit={() => setChosen(new Set())} />
      )}
      {asked === 'merge' && (
        <dialogs.MergeDialog
          {...dialog}
          others={others}
          onMerged={(into) => void navigate({ to: '/incidents/$incidentId', params: { incidentId: into } })}
        />
      )}
    </Page>
  );
};

/** The open incidents before and after this one, in the order of urgency that the board begins with. */
const useNeighbours = (incidentId: string) => {
  const all = useStored(incidents);
  return useMemo(() => {
    const open = [...(all?.values() ?? [])]
      .filter((one) => !isOver(one) || one.incidentId === incidentId)
      .toSorted(byUrgency);
    const at = open.findIndex((one) => one.incidentId === incidentId);
    return {
      before: at < 0 ? undefined : open[at - 1],
      after: open[at + 1],
      others: open.filter((one) => one.incidentId !== incidentId && !isOver(one)),
    };
  }, [all, incidentId]);
};

const STEPS = ['new', 'acknowledged', 'investigating', 'contained', 'notifying', 'closed'] as const;

/** Where it stands. A step that was passed over is none that was taken. */
const Steps = ({ incident: { status } }: { readonly incident: Whole }) => {
  const at = STEPS.indexOf(status as (typeof STEPS)[number]);
  return (
    <ol className={styles.steps} aria-label="Status">
      {STEPS.map((step, nth) => (
        <li key={step} data-past={(at >= 0 && nth < at) || undefined} aria-current={nth === at ? 'step' : undefined}>
          {sentence(step)}
        </li>
      ))}
      {status === 'merged' && <li aria-current="step">Merged</li>}
    </ol>
  );
};

const factsOf = (incident: Whole): readonly (readonly [string, React.ReactNode])[] => [
  ['Opened', <Time key="opened" at={incident.openedAt} both />],
  ['Age', <Age key="age" since={incident.openedAt} />],
  ['Breaches', count(incident.breaches)],
  ['People', count(incident.people)],
  ['Viewers', count(incident.viewers)],
  [
    'Data left',
    incident.bytesServed === null ? 'not known' : incident.bytesServed === 0 ? 'none' : bytes(incident.bytesServed),
  ],
  ['Release', incident.releases.length === 0 ? 'none' : <code key="release">{incident.releases.join(', ')}</code>],
  [
    'Assigned to',
    incident.assigneeId === undefined ? 'no one' : <CopyId key="assignee" id={incident.assigneeId} of="person" />,
  ],
  [
    'Acknowledged',
    incident.acknowledgedAt === undefined ? (
      'not yet'
    ) : (
      <span key="acknowledged">
        <Time at={incident.acknowledgedAt} /> by {incident.acknowledgedBy} through {incident.acknowledgedVia}
      </span>
    ),
  ],
  [
    'Contained',
    incident.containedAt === undefined ? 'not yet' : <Time key="contained" at={incident.containedAt} both />,
  ],
  ...(incident.closedAt === undefined
    ? []
    : [
        [
          'Closed',
          <span key="closed">
            <Time at={incident.closedAt} /> as {incident.resolution}
          </span>,
        ] as const,
      ]),
];

/** Deadlines: the next page, the end of the acknowledgement, and what the law asks for. */
const Clocks = ({ incident }: { readonly incident: Whole }) => {
  const lapsesAt = incident.timeline.findLast(({ type }) => type === 'IncidentAcknowledged')?.data.lapsesAt;
  const waits = incident.status === 'acknowledged' && typeof lapsesAt === 'string';
  return (
    <Panel title="Clocks">
      <ul className={styles.clocks}>
        {incident.nextEscalationAt !== undefined && !isOver(incident) && (
          <li>
            <span>
              Next page
              <span className={styles.quiet}>unless a person acknowledges it</span>
            </span>
            <Clock until={incident.nextEscalationAt} over="due" />
          </li>
        )}
        {waits && (
          <li>
            <span>
              Acknowledgement lapses
              <span className={styles.quiet}>unless something follows it</span>
            </span>
            <Clock
              until={lapsesAt}
              {...(incident.acknowledgedAt !== undefined && { from: incident.acknowledgedAt })}
              over="lapsed"
            />
          </li>
        )}
        {incident.clocks.map((clock) => (
          <li key={clock.clock}>
            <span>
              {clock.title}
              <span className={styles.quiet}>
                {clock.inForce ? clock.source : `${clock.source}, not in force`}
                {clock.why !== undefined && ` · ${clock.why}`}
              </span>
            </span>
            {clock.status === 'running' && clock.dueAt !== undefined ? (
              <Clock until={clock.dueAt} {...(clock.startedAt !== undefined && { from: clock.startedAt })} />
            ) : clock.status === 'running' && clock.startedAt !== undefined ? (
              <span>
                running for <Age since={clock.startedAt} />
              </span>
            ) : (
              <StatusBadge code={clock.status}>{sentence(clock.status)}</StatusBadge>
            )}
          </li>
        ))}
        {incident.clocks.length === 0 && incident.nextEscalationAt === undefined && !waits && <li>No clock runs.</li>}
      </ul>
    </Panel>
  );
};

type Choosing = { readonly chosen: ReadonlySet<string>; readonly setChosen: (next: ReadonlySet<string>) => void };

const breachColumns = (choosing: Choosing | undefined): readonly Column<Breach>[] => [
  ...(choosing === undefined
    ? []
    : [
        {
          key: 'select',
          header: 'Select',
          unseenHeader: true,
          cell: ({ breachId }: Breach) => (
            <Checkbox
              className={styles.checkbox}
              aria-label={`Select breach ${breachId}`}
              isSelected={choosing.chosen.has(breachId)}
              onChange={(on) => {
                const next = new Set(choosing.chosen);
                if (on) next.add(breachId);
                else next.delete(breachId);
                choosing.setChosen(next);
              }}
            >
              <span aria-hidden="true" />
            </Checkbox>
          ),
        },
      ]),
  { key: 'breach', header: 'Breach', names: true, cell: ({ breachId }) => <CopyId id={breachId} of="breach" /> },
  { key: 'rule', header: 'Rule', cell: ({ rule }) => sentence(rule) },
  {
    key: 'status',
    header: 'Status',
    cell: ({ status, resolution }) => (status === undefined ? '' : <StatusBadge code={resolution ?? status} />),
  },
  {
    key: 'viewer',
    header: 'Viewer',
    cell: ({ viewerId }) => viewerId !== undefined && <CopyId id={viewerId} of="viewer" />,
  },
  {
    key: 'patient',
    header: 'Patient',
    cell: ({ patientId }) => patientId !== undefined && <CopyId id={patientId} of="patient" />,
  },
  {
    key: 'recording',
    header: 'Recording',
    cell: ({ recordingId }) => recordingId !== undefined && <CopyId id={recordingId} of="recording" />,
  },
  {
    key: 'left',
    header: 'Data left',
    align: 'end',
    cell: ({ contentReleased, bytesServed }) =>
      contentReleased === false
        ? 'withheld'
        : bytesServed === null
          ? 'not known'
          : bytesServed === undefined
            ? ''
            : bytes(bytesServed),
  },
  {
    key: 'flagged',
    header: 'Flagged',
    align: 'end',
    cell: ({ flaggedAt }) => flaggedAt !== undefined && <Time at={flaggedAt} />,
  },
];

const Explanations = ({ rules }: { readonly rules: readonly string[] }) =>
  rules.length === 0 ? (
    <p>No rule: the incident is about the ledger’s own work.</p>
  ) : (
    <dl className={styles.explanations}>
      {rules.map((rule) => {
        const { why, explains } = explanationOf(rule);
        return (
          <div key={rule}>
            <dt>{sentence(rule)}</dt>
            <dd>{why}</dd>
            <dd className={styles.quiet}>What would have explained it: {explains}</dd>
          </div>
        );
      })}
    </dl>
  );

const FEW = 12;

/** The escalation and every step of the desk, the latest first. */
const Log = ({ incident: { timeline } }: { readonly incident: Whole }) => {
  const [all, setAll] = useState(false);
  const latest = timeline.toReversed();
  return (
    <>
      <ol className={styles.log}>
        {(all ? latest : latest.slice(0, FEW)).map((happening, nth) => {
          const { says, kind, more } = told(happening);
          return (
            <li key={`${happening.at} ${happening.type} ${latest.length - nth}`} data-kind={kind}>
              <span className={styles.says}>
                {says}
                {more !== undefined && <span className={styles.quiet}>{more}</span>}
              </span>
              <span className={styles.when}>
                <Time at={happening.at} />
                <span>{happening.actor.id}</span>
              </span>
            </li>
          );
        })}
      </ol>
      {latest.length > FEW && (
        <Button look="plain" onPress={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${latest.length}`}
        </Button>
      )}
    </>
  );
};

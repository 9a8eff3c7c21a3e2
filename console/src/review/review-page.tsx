import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { answered, api, type Schemas } from '../api/client.ts';
import { onRecord } from '../history/asked.ts';
import { type Resolution, useAct } from '../incident/acts.ts';
import { explanationOf } from '../incident/explanations.ts';
import { incidentName, isOver } from '../incident/naming.tsx';
import { type Incident, incidents } from '../live/on-call.ts';
import { say } from '../parts/announcer.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Icon } from '../parts/icon.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { EmptyState, Loading, problemText, Shown } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Age, Time } from '../parts/time.tsx';
import { bytes, counted, sentence } from '../parts/words.ts';
import { useHasRole } from '../shell/role.ts';
import { Quarantined } from './quarantined.tsx';
import styles from './review.module.css';

const EMERGENCY = 'emergency-access';

/** What waits for a person's decision, the longest first: the evidence on one side, the decision on the other. */
export const ReviewPage = () => {
  const all = useStored(incidents);
  const seesRecordings = useHasRole('compliance');
  const waits = useMemo(
    () =>
      [...(all?.values() ?? [])]
        .filter((one) => one.severity === 'review' && !isOver(one))
        .toSorted((one, other) => Date.parse(one.openedAt) - Date.parse(other.openedAt)),
    [all],
  );
  if (all === undefined) return <Loading what="what waits" />;
  const emergencies = waits.filter(({ rules }) => rules.includes(EMERGENCY));
  const others = waits.filter(({ rules }) => !rules.includes(EMERGENCY));
  return (
    <Page title="Review">
      <Tabs className={styles.tabs}>
        <TabList aria-label="What waits" className={styles.tabList}>
          <Tab id="emergencies" className={styles.tab}>
            Emergencies ({emergencies.length})
          </Tab>
          <Tab id="others" className={styles.tab}>
            Other views ({others.length})
          </Tab>
          {seesRecordings && (
            <Tab id="quarantined" className={styles.tab}>
              Quarantined recordings
            </Tab>
          )}
        </TabList>
        <TabPanel id="emergencies" className={styles.tabPanel}>
          <Queue waits={emergencies} empty="No emergency waits for a decision" />
        </TabPanel>
        <TabPanel id="others" className={styles.tabPanel}>
          <Queue waits={others} empty="No view waits for a decision" />
        </TabPanel>
        {seesRecordings && (
          <TabPanel id="quarantined" className={styles.tabPanel}>
            <Quarantined />
          </TabPanel>
        )}
      </Tabs>
    </Page>
  );
};

const Queue = ({ waits, empty }: { readonly waits: readonly Incident[]; readonly empty: string }) => {
  const [current, setCurrent] = useState<string>();
  const found = waits.findIndex(({ incidentId }) => incidentId === current);
  const at = Math.max(0, found);
  const here = waits[at];
  // The place in the queue stays with the incident, and goes to the next one when that was decided.
  useEffect(() => {
    if (found < 0) setCurrent(here?.incidentId);
  }, [found, here?.incidentId]);
  const step = (by: number) => setCurrent(waits[Math.min(waits.length - 1, Math.max(0, at + by))]?.incidentId);
  useShortcuts('Review', {
    j: { does: 'Next', run: () => step(1) },
    k: { does: 'Previous', run: () => step(-1) },
  });
  if (!here)
    return (
      <EmptyState title={empty}>A decision closes the incident, and counts for the precision of its rule.</EmptyState>
    );
  return (
    <>
      <div className={styles.place}>
        <span>
          {at + 1} of {waits.length}
        </span>
        <Button look="plain" shortcut="k" isDisabled={at === 0} onPress={() => step(-1)}>
          <Icon name="previous" size={16} /> Previous
        </Button>
        <Button look="plain" shortcut="j" isDisabled={at >= waits.length - 1} onPress={() => step(1)}>
          Next <Icon name="next" size={16} />
        </Button>
      </div>
      <Case
        key={here.incidentId}
        incident={here}
        onDecided={() => {
          const next = waits[at + 1] ?? waits[at - 1];
          setCurrent(next?.incidentId);
          say(next === undefined ? 'Decided. Nothing more waits.' : `Decided. Next: ${incidentName(next)}`);
        }}
      />
    </>
  );
};

const DECISIONS: readonly {
  readonly key: string;
  readonly resolution: Resolution;
  readonly title: string;
  readonly says: string;
}[] = [
  { key: '1', resolution: 'confirmed', title: 'Confirmed', says: 'A breach of personal data.' },
  { key: '2', resolution: 'authorised', title: 'Authorised', says: 'The viewer had a right that was not on record.' },
  { key: '3', resolution: 'explained', title: 'Explained', says: 'The record explains it.' },
  { key: '4', resolution: 'false-positive', title: 'False positive', says: 'The rule was wrong.' },
];

const Case = ({ incident, onDecided }: { readonly incident: Incident; readonly onDecided: () => void }) => {
  const { incidentId } = incident;
  const act = useAct('close', onDecided);
  const heading = useRef<HTMLHeadingElement>(null);
  const decide = (resolution: Resolution) => {
    if (!act.isPending) act.mutate({ incidentId, body: { resolution, except: [] } });
  };
  useShortcuts(
    'Decision',
    Object.fromEntries(
      DECISIONS.map(({ key, title, resolution }) => [key, { does: title, run: () => decide(resolution) }]),
    ),
  );
  return (
    <div className={styles.case}>
      <section className={styles.evidence} aria-label="Evidence">
        <h2 ref={heading} tabIndex={-1}>
          {incidentName(incident)}
        </h2>
        <Evidence incident={incident} />
      </section>
      <section className={styles.decision} aria-label="Decision">
        <h2>Decision</h2>
        <p className={styles.quiet}>
          It closes {counted(incident.breaches, 'breach', 'breaches')} and is put on record with your id.
        </p>
        {DECISIONS.map(({ key, resolution, title, says }) => (
          <div key={key} className={styles.choice}>
            <Button
              shortcut={key}
              isPending={act.isPending && act.variables.body.resolution === resolution}
              isDisabled={act.isPending}
              onPress={() => decide(resolution)}
            >
              {title}
            </Button>
            <span className={styles.quiet}>{says}</span>
          </div>
        ))}
        {act.error !== null && (
          <p role="alert" className={styles.problem}>
            {problemText(act.error)}
          </p>
        )}
        <Link to="/incidents/$incidentId" params={{ incidentId }}>
          More acts: the whole incident
        </Link>
      </section>
    </div>
  );
};

const Evidence = ({ incident }: { readonly incident: Incident }) => {
  const query = useInfiniteQuery({
    queryKey: ['incident', incident.incidentId, 'breaches'],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET('/v1/incidents/{incidentId}/breaches', {
          params: {
            path: { incidentId: incident.incidentId },
            query: { limit: 100, ...(pageParam !== '' && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  return (
    <>
      <Facts
        of={[
          ['Waits for', <Age key="age" since={incident.openedAt} />],
          ['Opened', <Time key="opened" at={incident.openedAt} both />],
          ['Breaches', incident.breaches],
          ['People', incident.people],
        ]}
      />
      {incident.rules.map((rule) => {
        const { why, explains } = explanationOf(rule);
        return (
          <Panel key={rule} title={sentence(rule)}>
            <p>{why}</p>
            <p className={styles.quiet}>What would explain it: {explains}</p>
          </Panel>
        );
      })}
      <Shown query={query} what="the evidence">
        {({ pages }) => (
          <ul className={styles.breaches}>
            {pages
              .flatMap(({ items }) => items)
              .map((breach) => (
                <li key={breach.breachId}>
                  <View breach={breach} />
                </li>
              ))}
          </ul>
        )}
      </Shown>
      {query.hasNextPage && (
        <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </>
  );
};

const id = (value: string | undefined, of: string): React.ReactNode =>
  value === undefined ? 'none' : <CopyId id={value} of={of} />;

const View = ({ breach }: { readonly breach: Schemas['IncidentBreach'] }) => (
  <Panel title={sentence(breach.rule)} acts={breach.status !== undefined && <StatusBadge code={breach.status} />}>
    <Facts
      of={[
        ['Viewer', id(breach.viewerId, 'viewer')],
        ['Patient', id(breach.patientId, 'patient')],
        ['Recording', id(breach.recordingId, 'recording')],
        ['Purpose given', breach.purpose ?? 'none'],
        ['Seen', breach.viewedAt ? <Time key="seen" at={breach.viewedAt} both /> : 'no view'],
        [
          'Data left',
          breach.contentReleased === false
            ? 'withheld'
            : breach.bytesServed === null || breach.bytesServed === undefined
              ? 'not known'
              : bytes(breach.bytesServed),
        ],
      ]}
    />
    {breach.rule === EMERGENCY && <Justification breachId={breach.breachId} />}
  </Panel>
);

/** The reason that the clinician wrote. Reading it is put on record first, so that it is asked for and not shown by itself. */
const Justification = ({ breachId }: { readonly breachId: string }) => {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const known = client.getQueryData(['justification', breachId]) !== undefined;
  const query = useQuery({
    queryKey: ['justification', breachId],
    queryFn: () => answered(api.GET('/v1/breaches/{breachId}/justification', { params: { path: { breachId } } })),
    enabled: asked,
    ...onRecord,
  });
  if (!asked && !known)
    return (
      <p className={styles.row}>
        <Button onPress={() => setAsked(true)}>Read the reason given</Button>
        <span className={styles.quiet}>That you read it is put on record.</span>
      </p>
    );
  return (
    <Shown query={query} what="the reason">
      {({ reason }) => <blockquote className={styles.reason}>{reason}</blockquote>}
    </Shown>
  );
};

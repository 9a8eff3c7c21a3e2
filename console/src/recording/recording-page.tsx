import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { historyOf, onRecord } from '../history/asked.ts';
import { ForCompliance } from '../history/for-compliance.tsx';
import shared from '../history/history.module.css';
import { HistoryTable } from '../history/history-table.tsx';
import { linkOf, PatientId, ReleaseName } from '../history/ids.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { controlsIn, looksOf } from '../history/looks.ts';
import { type HistoryRow, KINDS } from '../history/question.ts';
import { type Act, ReasonDialog } from '../history/reason-dialog.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, counted, length } from '../parts/words.ts';
import { ExposureTimeline } from '../pictures/exposure-timeline.tsx';
import { useTimeZone } from '../pictures/zone.ts';
import { chainOf, type State, stateIn } from './provenance.ts';
import styles from './recording.module.css';
import { type Of, Review } from './review.tsx';

/** Where a recording comes from, who saw it, and what becomes of it. */
export const RecordingPage = () => {
  const { recordingId } = useParams({ from: '/shell/recordings/$recordingId' });
  return (
    <Page title="Recording">
      <ForCompliance>
        <Found recordingId={recordingId} key={recordingId} />
      </ForCompliance>
    </Page>
  );
};

/** All that was seen and decided of it, and that it was filed: what happened in its consultation is asked for by itself. */
const OF_A_RECORDING = KINDS.filter((kind) => kind !== 'changed');

/** One question answers the page: each is on record, and the patient sees it. */
const Found = ({ recordingId }: { readonly recordingId: string }) => {
  const query = useInfiniteQuery(historyOf({ recordingId }, 500, OF_A_RECORDING));
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const [decided, setDecided] = useState<State>();
  return (
    <Shown query={query} what="the recording">
      {() => {
        const of = placeIn(rows, recordingId);
        const isFiled = query.hasNextPage || rows.some(({ kind }) => kind === 'created');
        if (!of || !isFiled)
          return <EmptyState title="No recording has this id">Ids are compared whole, letter by letter.</EmptyState>;
        const state = decided ?? stateIn(rows);
        return (
          <>
            <Panel title="State" acts={<Custody of={of} state={state} onDone={setDecided} />}>
              <Facts
                of={[
                  [
                    'State',
                    state === 'unknown' ? (
                      'not among the newest rows'
                    ) : (
                      <StatusBadge key="state" code={state} tone={TONES[state]} />
                    ),
                  ],
                  ['Recording', <CopyId key="recording" id={recordingId} of="recording" whole />],
                  ['Consultation', <CopyId key="consultation" id={of.consultationId} of="consultation" whole />],
                  ['Patient', <PatientId key="patient" id={of.patientId} />],
                ]}
              />
            </Panel>
            {state !== 'erased' && <Review of={of} />}
            <Provenance of={of} />
            <Views recordingId={recordingId} rows={rows}>
              <LoadMore query={query} so={`${counted(rows.length, 'row')}, the newest.`} />
            </Views>
          </>
        );
      }}
    </Shown>
  );
};

const placeIn = (rows: readonly HistoryRow[], recordingId: string): Of | undefined => {
  for (const { patientId, consultationId } of rows)
    if (patientId !== undefined && consultationId !== undefined) return { patientId, consultationId, recordingId };
  return undefined;
};

const TONES: Readonly<Record<State, Tone>> = {
  ...{ available: 'good', quarantined: 'review', erased: 'critical', unknown: 'quiet' },
};

/** Where it comes from, when a person asks: a reading of its own, which the patient sees. */
const Provenance = ({ of }: { readonly of: Of }) => {
  const [asked, setAsked] = useState(false);
  const query = useQuery({
    queryKey: ['provenance', of.recordingId],
    queryFn: () =>
      answered(
        api.GET('/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/provenance', {
          params: { path: of },
        }),
      ),
    enabled: asked,
    ...onRecord,
  });
  return (
    <Panel title="Provenance">
      {asked ? (
        <Shown query={query} what="where it comes from">
          {(provenance) => (
            <div className={shared.stack}>
              <Chain steps={provenance.steps} />
              <File of={provenance} />
            </div>
          )}
        </Shown>
      ) : (
        <p className={shared.acts}>
          <Button onPress={() => setAsked(true)}>Show where it comes from</Button>
          <span className={styles.quiet}>That you read it is put on record.</span>
        </p>
      )}
    </Panel>
  );
};

const Chain = ({ steps }: { readonly steps: readonly Schemas['ProvenanceStep'][] }) => (
  <ol className={styles.chain}>
    {chainOf(steps).map(({ key, title, says, at, by, release, tone }) => (
      <li key={key} data-tone={tone}>
        <div className={styles.link}>
          <strong>{title}</strong>
          <Time at={at} both />
        </div>
        <p>{says}</p>
        <p className={styles.quiet}>
          by <code>{by}</code> · release <ReleaseName name={release} />
        </p>
      </li>
    ))}
  </ol>
);

/** The file, and whose joins show that it belongs here. */
const File = ({ of }: { readonly of: Schemas['Provenance'] }) => {
  const {
    sha256,
    bytes: size,
    contentType,
    durationSeconds,
    truncated,
    mediaSessionId,
    joined,
    uploadedBy,
    steps,
  } = of;
  const claim = steps.find(({ what }) => what === 'claimed');
  return (
    <Facts
      of={[
        ['SHA-256', <CopyId key="sha256" id={sha256} of="hash" whole />],
        ['Size', bytes(size)],
        ['Kind', contentType],
        ['Length', durationSeconds === null ? 'not known' : length(durationSeconds * 1_000)],
        ['Complete', truncated ? 'no: its container says that bytes are missing at its end' : 'yes'],
        ['Filed by', <code key="by">{uploadedBy}</code>],
        ['Came', claim === undefined ? 'as an upload' : `by a claim from the bucket ${claim.bucket}`],
        ['Media session', <CopyId key="session" id={mediaSessionId} of="media session" whole />],
        [
          'Joined it as participants',
          joined.length === 0
            ? 'no one'
            : joined.map(({ personId, capacity }) => `${personId} (${capacity})`).join(', '),
        ],
      ]}
    />
  );
};

type CustodyProps = { readonly of: Of; readonly state: State; readonly onDone: (state: State) => void };

const Custody = ({ of, state, onDone }: CustodyProps) => {
  const [act, setAct] = useState<Act>();
  const becomes = (next: State) => () => {
    onDone(next);
    // Where it was asked for, it has one step more.
    void queryClient.invalidateQueries({ queryKey: ['provenance', of.recordingId] });
  };
  const path = { params: { path: of } };
  const at = '/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}' as const;
  const quarantine: Act = {
    title: 'Quarantine this recording',
    act: 'Quarantine',
    danger: true,
    does: [
      'No one can view it, also not the patient and the clinician, until it is released.',
      'Where it is playing now, it is cut within a second.',
      'Its bytes stay as they are.',
    ],
    done: 'The recording is quarantined.',
    run: (reason) => answered(api.POST(`${at}/quarantine`, { ...path, body: { reason } })),
    onDone: becomes('quarantined'),
  };
  const release: Act = {
    title: 'Release this recording',
    act: 'Release',
    does: [
      'Those who take part in the consultation can view it again.',
      'You say by this that it belongs to this consultation: check the chain first.',
      'No one releases what they filed themselves.',
    ],
    done: 'The recording is released.',
    run: (reason) => answered(api.POST(`${at}/release`, { ...path, body: { reason } })),
    onDone: becomes('available'),
  };
  const erase: Act = {
    title: 'Erase this recording for good',
    act: 'Erase',
    danger: true,
    does: [
      'Its bytes are removed from the store, and cannot be brought back by anyone.',
      'No one can view it any more, also where it is playing now.',
      'What the ledger says of it stays: who filed it, who saw it, its hash, and that you erased it.',
      'Copies in back-ups of the store are not reached from here.',
    ],
    done: 'The recording is erased.',
    run: (reason) => answered(api.POST(`${at}/erase`, { ...path, body: { reason } })),
    onDone: becomes('erased'),
  };
  return (
    <span className={shared.acts}>
      {(state === 'available' || state === 'unknown') && (
        <Button onPress={() => setAct(quarantine)}>Quarantine …</Button>
      )}
      {(state === 'quarantined' || state === 'unknown') && <Button onPress={() => setAct(release)}>Release …</Button>}
      {state !== 'erased' && (
        <Button look="danger" onPress={() => setAct(erase)}>
          Erase …
        </Button>
      )}
      {act && <ReasonDialog act={act} onClose={() => setAct(undefined)} />}
    </span>
  );
};

type ViewsProps = {
  readonly recordingId: string;
  readonly rows: readonly HistoryRow[];
  /** The way to older ones. */
  readonly children: React.ReactNode;
};

const Views = ({ recordingId, rows, children }: ViewsProps) => {
  const timeZone = useTimeZone();
  const looks = useMemo(() => looksOf(rows), [rows]);
  const steps = useMemo(() => controlsIn(rows), [rows]);
  return (
    <Panel
      title="Every view"
      acts={
        <Link to="/history" search={{ recordingId }}>
          Ask further
        </Link>
      }
    >
      <div className={shared.stack}>
        {looks.length === 0 ? (
          <EmptyState title="No one had opened it when the page was asked for" />
        ) : (
          <ExposureTimeline looks={looks} steps={steps} lanes="viewer" timeZone={timeZone} link={linkOf} />
        )}
        <HistoryTable label="Every view" rows={rows} without={['patient', 'recording', 'now']} />
        {children}
      </div>
    </Panel>
  );
};

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { answered, api } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { historyOf, onRecord } from '../history/asked.ts';
import { ForCompliance } from '../history/for-compliance.tsx';
import shared from '../history/history.module.css';
import { HistoryTable } from '../history/history-table.tsx';
import { linkOf, PatientId, ReleaseName } from '../history/ids.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { controlsIn, looksOf } from '../history/looks.ts';
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
import { CHAIN, chainOf, type State, stateOf } from './provenance.ts';
import styles from './recording.module.css';

type Of = { readonly patientId: string; readonly consultationId: string; readonly recordingId: string };

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

/** Its first row says of whom it is: when it was filed. */
const Found = ({ recordingId }: { readonly recordingId: string }) => {
  const query = useInfiniteQuery(historyOf({ recordingId, order: 'oldest' }, 1, ['created']));
  return (
    <Shown query={query} what="the recording">
      {({ pages }) => {
        const { patientId, consultationId } = pages[0]?.items[0] ?? {};
        if (!patientId || !consultationId)
          return <EmptyState title="No recording has this id">Ids are compared whole, letter by letter.</EmptyState>;
        const of = { patientId, consultationId, recordingId };
        return (
          <>
            <Chain of={of} />
            <File of={of} />
            <Views recordingId={recordingId} />
          </>
        );
      }}
    </Shown>
  );
};

const TONES: Readonly<Record<State, Tone>> = {
  ...{ available: 'good', quarantined: 'review', erased: 'critical', unknown: 'quiet' },
};

const Chain = ({ of }: { readonly of: Of }) => {
  const { patientId, consultationId, recordingId } = of;
  const query = useInfiniteQuery(historyOf({ consultationId, order: 'oldest' }, 500, CHAIN));
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const chain = useMemo(() => chainOf(rows, recordingId), [rows, recordingId]);
  const state = stateOf(chain);
  return (
    <Shown query={query} what="where it comes from">
      {() => (
        <>
          <Panel title="State" acts={<Custody of={of} state={state} />}>
            <Facts
              of={[
                ['State', <StatusBadge key="state" code={state} tone={TONES[state]} />],
                ['Recording', <CopyId key="recording" id={recordingId} of="recording" whole />],
                ['Consultation', <CopyId key="consultation" id={consultationId} of="consultation" whole />],
                ['Patient', <PatientId key="patient" id={patientId} />],
              ]}
            />
          </Panel>
          <Panel title="Provenance">
            <ol className={styles.chain}>
              {chain.map(({ key, title, says, at, by, release, tone }) => (
                <li key={key} data-tone={tone}>
                  <div className={styles.link}>
                    <strong>{title}</strong>
                    <Time at={at} both />
                  </div>
                  <p>{says}</p>
                  <p className={styles.quiet}>
                    {by && (
                      <>
                        by <code>{by}</code>
                      </>
                    )}
                    {release && (
                      <>
                        {' '}
                        · release <ReleaseName name={release} />
                      </>
                    )}
                  </p>
                </li>
              ))}
            </ol>
            <LoadMore query={query} />
          </Panel>
        </>
      )}
    </Shown>
  );
};

/** What was filed, and whose joins show that it belongs here. */
const File = ({ of }: { readonly of: Of }) => {
  const query = useQuery({
    queryKey: ['provenance', of],
    queryFn: () =>
      answered(
        api.GET('/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/provenance', {
          params: { path: of },
        }),
      ),
    ...onRecord,
  });
  return (
    <Panel title="File and session">
      <Shown query={query} what="the file">
        {({ sha256, bytes: size, contentType, durationSeconds, truncated, mediaSessionId, joined, uploadedBy }) => (
          <Facts
            of={[
              ['SHA-256', <CopyId key="sha256" id={sha256} of="hash" whole />],
              ['Size', bytes(size)],
              ['Kind', contentType],
              ['Length', durationSeconds === null ? 'not known' : length(durationSeconds * 1_000)],
              ['Complete', truncated ? 'no: its container says that bytes are missing at its end' : 'yes'],
              ['Filed by', <code key="by">{uploadedBy}</code>],
              ['Media session', <CopyId key="session" id={mediaSessionId} of="media session" whole />],
              [
                'Joined it as participants',
                joined.length === 0
                  ? 'no one'
                  : joined.map(({ personId, capacity }) => `${personId} (${capacity})`).join(', '),
              ],
            ]}
          />
        )}
      </Shown>
    </Panel>
  );
};

const Custody = ({ of, state }: { readonly of: Of; readonly state: State }) => {
  const [act, setAct] = useState<Act>();
  const onDone = () => void queryClient.invalidateQueries({ queryKey: ['history'] });
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
    onDone,
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
    onDone,
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
    onDone,
  };
  return (
    <span className={shared.acts}>
      {state === 'available' && <Button onPress={() => setAct(quarantine)}>Quarantine …</Button>}
      {state === 'quarantined' && <Button onPress={() => setAct(release)}>Release …</Button>}
      {state !== 'erased' && (
        <Button look="danger" onPress={() => setAct(erase)}>
          Erase …
        </Button>
      )}
      {act && <ReasonDialog act={act} onClose={() => setAct(undefined)} />}
    </span>
  );
};

const Views = ({ recordingId }: { readonly recordingId: string }) => {
  const timeZone = useTimeZone();
  const query = useInfiniteQuery(historyOf({ recordingId }, 200));
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
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
      <Shown query={query} what="the views of it">
        {() =>
          rows.length === 0 ? (
            <EmptyState title="No one opened it yet" />
          ) : (
            <div className={shared.stack}>
              <ExposureTimeline looks={looks} steps={steps} lanes="viewer" timeZone={timeZone} link={linkOf} />
              <HistoryTable label="Every view" rows={rows} without={['patient', 'recording', 'now']} />
              <LoadMore query={query} so={`${counted(rows.length, 'row')}, the newest.`} />
            </div>
          )
        }
      </Shown>
    </Panel>
  );
};

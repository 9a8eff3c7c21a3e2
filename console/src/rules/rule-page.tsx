import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { onRecord } from '../history/asked.ts';
import { PatientId, RecordingId, ViewerId } from '../history/ids.tsx';
import { say } from '../parts/announcer.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Select, TextField } from '../parts/fields.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { count, sentence, words } from '../parts/words.ts';
import { useHasRole, useSession } from '../shell/role.ts';
import { type Draft, draftOf, type Settings, settingsOf, settingsSay } from './changed-settings.ts';
import styles from './rules.module.css';
import { precisionOf, type Rule, rules } from './rules-page.tsx';

type Change = Rule['changes'][number];
type Backtest = Schemas['Backtest'];

/** One rule: how it is set, how it does, and the way to another setting. */
export const RulePage = () => {
  const { name } = useParams({ from: '/shell/rules/$name' });
  const query = useQuery(rules);
  return (
    <Page title={`Rule: ${words(name)}`}>
      <Shown query={query} what="the rule">
        {({ items }) => {
          const rule = items.find((each) => each.name === name);
          return rule === undefined ? (
            <EmptyState title="No rule of the pack has this name" />
          ) : (
            <Shape rule={rule} key={`${rule.name} ${rule.version}`} />
          );
        }}
      </Shown>
    </Page>
  );
};

const Shape = ({ rule }: { readonly rule: Rule }) => {
  const mayChange = useHasRole('compliance');
  return (
    <>
      <Panel title="As it is set">
        <p className={styles.says}>{sentence(rule.says)}.</p>
        <Facts
          of={[
            ['Version', <code key="version">{rule.version}</code>],
            [
              'Looks at',
              { pair: 'a viewer and a patient', viewer: 'a viewer', patient: 'a patient', release: 'a release' }[
                rule.about
              ],
            ],
            ['Is', rule.enabled ? 'on' : 'off'],
            ['Severity', <StatusBadge key="severity" code={rule.severity} />],
            ['Points for the score', count(rule.points)],
            ...rule.numbers.map(
              ({ name, value, preset, says }) =>
                [
                  sentence(says),
                  value === preset ? (
                    String(value)
                  ) : (
                    <span key={name}>
                      {value} <span className={styles.quiet}>instead of {preset}</span>
                    </span>
                  ),
                ] as const,
            ),
            ['In order where', rule.suppressedBy.length === 0 ? 'never' : rule.suppressedBy.map(words).join(', ')],
          ]}
        />
      </Panel>
      <Panel title="How it does">
        <Facts
          of={[
            ['Hits', count(rule.hits)],
            ['Of these explained', count(rule.explained)],
            ['Closed with an incident', count(rule.closed)],
            ['Of these confirmed', count(rule.confirmed)],
            ['Precision', precisionOf(rule)],
          ]}
        />
      </Panel>
      <Changes rule={rule} />
      {mayChange && <Propose rule={rule} />}
    </>
  );
};

const CHANGE_TONES: Readonly<Record<Change['status'], Tone>> = {
  proposed: 'accent',
  approved: 'good',
  rejected: 'quiet',
};

const Changes = ({ rule: { name, changes } }: { readonly rule: Rule }) => (
  <Panel title="Changes">
    {changes.length === 0 ? (
      <EmptyState title="It is set as it came">No change was proposed.</EmptyState>
    ) : (
      <DataTable
        label={`Changes of ${words(name)}`}
        rows={changes}
        keyOf={({ changeId }) => changeId}
        columns={[
          { key: 'id', header: 'Change', names: true, cell: ({ changeId }) => <CopyId id={changeId} of="change" /> },
          {
            key: 'status',
            header: 'State',
            cell: ({ status }) => <StatusBadge code={status} tone={CHANGE_TONES[status]} />,
          },
          { key: 'what', header: 'To', cell: ({ settings }) => settingsSay(settings) },
          { key: 'version', header: 'Version', cell: ({ version }) => <code>{version}</code> },
          { key: 'by', header: 'Proposed by', cell: ({ proposedBy }) => <code>{proposedBy}</code> },
          { key: 'decided', header: 'Decided by', cell: ({ decidedBy }) => decidedBy && <code>{decidedBy}</code> },
          { key: 'acts', header: 'Acts', unseenHeader: true, cell: (change) => <Decide change={change} /> },
        ]}
      />
    )}
  </Panel>
);

/** The second of the two officers. */
const Decide = ({ change: { rule: name, changeId, proposedBy, status } }: { readonly change: Change }) => {
  const { personId } = useSession();
  const mayDecide = useHasRole('compliance');
  const path = { params: { path: { name, changeId } } };
  const decided = (said: string) => () => {
    say(said);
    void queryClient.invalidateQueries({ queryKey: rules.queryKey });
  };
  const approve = useMutation({
    mutationFn: () => answered(api.POST('/v1/rules/{name}/changes/{changeId}/approve', path)),
    onSuccess: decided('The change is in force.'),
  });
  const reject = useMutation({
    mutationFn: () => answered(api.POST('/v1/rules/{name}/changes/{changeId}/reject', { ...path, body: {} })),
    onSuccess: decided('The change is rejected.'),
  });
  if (status !== 'proposed' || !mayDecide) return null;
  const isOwn = proposedBy === personId;
  const error = approve.error ?? reject.error;
  return (
    <span className={styles.acts}>
      {isOwn ? (
        <span className={styles.quiet}>A second officer approves it</span>
      ) : (
        <Button onPress={() => approve.mutate()} isPending={approve.isPending} aria-label={`Approve ${changeId}`}>
          Approve
        </Button>
      )}
      <Button
        look="plain"
        onPress={() => reject.mutate()}
        isPending={reject.isPending}
        aria-label={`${isOwn ? 'Take back' : 'Reject'} ${changeId}`}
      >
        {isOwn ? 'Take back' : 'Reject'}
      </Button>
      {error && (
        <span role="alert" className={styles.problem}>
          {problemText(error)}
        </span>
      )}
    </span>
  );
};

/** The settings that were sent to be backtested: a proposal is of these very ones. */
type Tried = { readonly settings: Settings; readonly backtestId: string };

const Propose = ({ rule }: { readonly rule: Rule }) => {
  const [draft, setDraft] = useState<Draft>(() => draftOf(rule));
  const [wrong, setWrong] = useState<string>();
  const [tried, setTried] = useState<Tried>();
  const begin = useMutation({
    mutationFn: async (settings: Settings) => {
      const { backtestId } = await answered(
        api.POST('/v1/backtests', { body: { change: { rule: rule.name, settings } } }),
      );
      return { settings, backtestId };
    },
    onSuccess: setTried,
  });
  const submit = () => {
    const asked = settingsOf(rule, draft);
    setWrong('wrong' in asked ? asked.wrong : undefined);
    setTried(undefined);
    if ('settings' in asked) begin.mutate(asked.settings);
  };
  const error = wrong ?? (begin.error ? problemText(begin.error) : undefined);
  return (
    <Panel title="Try another setting">
      <form
        className={styles.form}
        aria-label="Another setting"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Select
          label="Is"
          value={draft.enabled ? 'on' : 'off'}
          onChange={(next) => setDraft({ ...draft, enabled: next === 'on' })}
          options={[
            { value: 'on', label: 'On' },
            { value: 'off', label: 'Off' },
          ]}
        />
        <Select
          label="Severity"
          value={draft.severity}
          onChange={(severity) => setDraft({ ...draft, severity })}
          options={(['info', 'review', 'critical'] as const).map((value) => ({ value, label: sentence(value) }))}
        />
        <TextField
          label="Points"
          type="number"
          required
          value={draft.points}
          onChange={(points) => setDraft({ ...draft, points })}
        />
        {rule.numbers.map(({ name, says, min, max }) => (
          <TextField
            key={name}
            label={sentence(says)}
            type="number"
            required
            value={draft.numbers[name] ?? ''}
            onChange={(value) => setDraft({ ...draft, numbers: { ...draft.numbers, [name]: value } })}
            hint={`${min} to ${max}`}
          />
        ))}
        <div className={styles.ask}>
          <Button type="submit" look="primary" isPending={begin.isPending}>
            Backtest it
          </Button>
          <span className={styles.quiet}>The whole history is judged under both settings. Nothing changes by it.</span>
        </div>
        {error && (
          <p role="alert" className={styles.problem}>
            {error}
          </p>
        )}
      </form>
      {tried && <Outcome rule={rule} tried={tried} key={tried.backtestId} />}
    </Panel>
  );
};

const BUSY_MS = 1_000;

const Outcome = ({ rule, tried: { settings, backtestId } }: { readonly rule: Rule; readonly tried: Tried }) => {
  const query = useQuery({
    queryKey: ['backtest', backtestId],
    queryFn: () => answered(api.GET('/v1/backtests/{backtestId}', { params: { path: { backtestId } } })),
    ...onRecord,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'running' ? BUSY_MS : false),
  });
  const propose = useMutation({
    mutationFn: (backtestDigest: string) =>
      answered(
        api.POST('/v1/rules/{name}/changes', {
          params: { path: { name: rule.name } },
          body: { settings, backtestDigest },
        }),
      ),
    onSuccess: () => {
      say('The change is proposed. A second officer approves it.');
      void queryClient.invalidateQueries({ queryKey: rules.queryKey });
    },
  });
  return (
    <section aria-label="Backtest" className={styles.outcome}>
      <h3>
        {words(rule.name)} with {settingsSay(settings)}
      </h3>
      <Shown query={query} what="the backtest">
        {(backtest) => (
          <>
            <p role="status">{standing(backtest)}</p>
            {backtest.status === 'running' && (
              <progress className={styles.progress} value={backtest.progress ?? 0} max={1} aria-label="Of the log" />
            )}
            {backtest.result && <Difference backtest={backtest} />}
            {backtest.digest && (
              <div className={styles.ask}>
                <Button
                  look="primary"
                  isPending={propose.isPending}
                  isDisabled={propose.isSuccess}
                  onPress={() => backtest.digest && propose.mutate(backtest.digest)}
                >
                  {propose.isSuccess ? 'Proposed' : 'Propose this change'}
                </Button>
                <span className={styles.quiet}>
                  It counts once a second officer approves it, from then on, on every instance.
                </span>
                {propose.error && (
                  <p role="alert" className={styles.problem}>
                    {problemText(propose.error)}
                  </p>
                )}
              </div>
            )}
          </>
        )}
      </Shown>
    </section>
  );
};

const standing = ({ status, progress = 0, why }: Backtest): string => {
  if (status === 'running') return `The history is being judged: ${Math.round(progress * 100)} % so far.`;
  if (status === 'finished') return 'The history was judged under both settings.';
  return `The backtest ${status === 'failed' ? 'failed' : 'was interrupted'}${why === undefined ? '' : `: ${why}`}. Try it again.`;
};

type Difference = NonNullable<Backtest['differences']>[number];

const Difference = ({ backtest: { result, differences = [] } }: { readonly backtest: Backtest }) => {
  if (!result) return null;
  return (
    <>
      <Facts
        of={[
          ['Events looked at', count(result.events)],
          ['New findings', count(result.newlyFlagged)],
          ['Findings that are no more', count(result.noLongerFlagged)],
          ['Found otherwise', count(result.flaggedOtherwise)],
        ]}
      />
      {differences.length === 0 ? (
        <p className={styles.quiet}>Nothing would have been found otherwise than it was.</p>
      ) : (
        <DataTable
          label="What would have been found otherwise"
          rows={differences}
          keyOf={({ position, change, viewId, viewerId, patientId }) =>
            [position, change, viewId, viewerId, patientId].join(' ')
          }
          columns={differenceColumns}
        />
      )}
    </>
  );
};

const CHANGED: Readonly<Record<Difference['change'], Tone>> = {
  ...{ 'newly-flagged': 'critical', 'no-longer-flagged': 'good', 'flagged-otherwise': 'review' },
};

const differenceColumns: readonly Column<Difference>[] = [
  { key: 'at', header: 'When', names: true, cell: ({ at }) => <Time at={at} /> },
  { key: 'change', header: 'Difference', cell: ({ change }) => <StatusBadge code={change} tone={CHANGED[change]} /> },
  { key: 'viewer', header: 'Viewer', cell: ({ viewerId }) => viewerId && <ViewerId id={viewerId} /> },
  { key: 'patient', header: 'Patient', cell: ({ patientId }) => patientId && <PatientId id={patientId} /> },
  { key: 'recording', header: 'Recording', cell: ({ recordingId }) => recordingId && <RecordingId id={recordingId} /> },
  {
    key: 'rows',
    header: 'Rows',
    cell: ({ viewerId, patientId }) => (
      <Link to="/history" search={{ ...(viewerId && { viewerId }), ...(patientId && { patientId }) }}>
        Rows
      </Link>
    ),
  },
];

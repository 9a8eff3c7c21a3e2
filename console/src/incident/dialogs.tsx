import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import type { Incident } from '../live/on-call.ts';
import { CodeField } from '../parts/code-field.tsx';
import { shortId } from '../parts/copy-id.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Choice, type Option, Select, TextField } from '../parts/fields.tsx';
import { counted, sentence } from '../parts/words.ts';
import { useSession } from '../shell/role.ts';
import { type Resolution, useAct } from './acts.ts';
import styles from './incident.module.css';
import { incidentName, isOver } from './naming.tsx';

type Breach = Schemas['IncidentBreach'];
type Props = { readonly incident: Incident; readonly onClose: () => void };

export const NoteDialog = ({ incident: { incidentId }, onClose }: Props) => {
  const [code, setCode] = useState('');
  const [text, setText] = useState('');
  const act = useAct('note', onClose);
  return (
    <ConfirmDialog
      title="Add a note"
      act="Add"
      onClose={onClose}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { code, ...(text.trim() !== '' && { text }) } })}
    >
      <CodeField
        label="About"
        value={code}
        onChange={setCode}
        required
        autoFocus
        often={[
          'cause-found',
          'release-rolled-back',
          'vendor-asked',
          'waiting-for-facts',
          'handed-over',
          'false-alarm',
        ]}
      />
      <TextField
        label="Text"
        value={text}
        onChange={setText}
        lines={4}
        maxLength={500}
        hint="For the desk alone: it leaves with no page and stands in no log."
      />
    </ConfirmDialog>
  );
};

export const AssignDialog = ({ incident: { incidentId, assigneeId }, onClose }: Props) => {
  const { personId } = useSession();
  const [to, setTo] = useState(assigneeId ?? personId);
  const act = useAct('assign', onClose);
  return (
    <ConfirmDialog
      title="Assign the incident"
      act="Assign"
      onClose={onClose}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { assigneeId: to.trim() } })}
    >
      <TextField
        label="Person"
        value={to}
        onChange={setTo}
        required
        autoFocus
        maxLength={64}
        hint="The id of a person of the desk; yours is filled in."
      />
    </ConfirmDialog>
  );
};

export const MergeDialog = ({
  incident,
  others,
  onClose,
  onMerged,
}: Props & { readonly others: readonly Incident[]; readonly onMerged: (into: string) => void }) => {
  const [into, setInto] = useState(others[0]?.incidentId ?? '');
  const act = useAct('merge', () => {
    onClose();
    onMerged(into);
  });
  return (
    <ConfirmDialog
      title="Merge into another incident"
      act="Merge"
      onClose={onClose}
      busy={act.isPending}
      disabled={into === ''}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId: incident.incidentId, body: { into } })}
    >
      <p>
        Its {counted(incident.breaches, 'breach', 'breaches')} become part of the other incident, and this one ends. It
        pages no one any more.
      </p>
      {others.length === 0 ? (
        <TextField
          label="Into"
          value={into}
          onChange={setInto}
          required
          hint="No other incident is open; the id of one can be given."
        />
      ) : (
        <Select
          label="Into"
          value={into}
          onChange={setInto}
          options={others.map((one) => ({
            value: one.incidentId,
            label: `${incidentName(one)} · ${shortId(one.incidentId)}`,
          }))}
        />
      )}
    </ConfirmDialog>
  );
};

export const SplitDialog = ({
  incident: { incidentId, breaches },
  chosen,
  onClose,
  onSplit,
}: Props & { readonly chosen: readonly string[]; readonly onSplit: () => void }) => {
  const act = useAct('split', () => {
    onClose();
    onSplit();
  });
  return (
    <ConfirmDialog
      title="Split breaches off"
      act="Split off"
      onClose={onClose}
      busy={act.isPending}
      disabled={chosen.length === 0 || chosen.length >= breaches}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { breachIds: [...chosen] } })}
    >
      {chosen.length === 0 ? (
        <p>Choose breaches in the table first: those that have another cause than the rest.</p>
      ) : chosen.length >= breaches ? (
        <p>These are all of its breaches: one has to stay.</p>
      ) : (
        <p>{counted(chosen.length, 'breach', 'breaches')} become an incident of their own, which pages on its own.</p>
      )}
    </ConfirmDialog>
  );
};

/** As a field of date and time has it, in this machine's zone. */
const asField = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export const AwarenessDialog = ({ incident: { incidentId, openedAt }, onClose }: Props) => {
  const [at, setAt] = useState(asField(new Date(openedAt)));
  const [basis, setBasis] = useState('');
  const act = useAct('declareAwareness', onClose);
  const moment = new Date(at);
  return (
    <ConfirmDialog
      title="Declare awareness"
      act="Declare"
      onClose={onClose}
      busy={act.isPending}
      disabled={Number.isNaN(moment.getTime())}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { awareAt: moment.toISOString(), basis } })}
    >
      <p>The clocks of the law count from here in place of the first critical flag.</p>
      <TextField
        label="Aware since"
        type="datetime-local"
        value={at}
        onChange={setAt}
        required
        autoFocus
        hint={`In your zone; ${Number.isNaN(moment.getTime()) ? 'give a date and a time' : `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`}.`}
      />
      <CodeField
        label="Basis"
        value={basis}
        onChange={setBasis}
        required
        often={['alert-confirmed', 'patient-reported', 'processor-reported', 'audit']}
      />
    </ConfirmDialog>
  );
};

const LEVELS: readonly Option<'low' | 'medium' | 'high'>[] = [
  { value: 'low', label: 'Low' },
  { value: 'medium', label: 'Medium' },
  { value: 'high', label: 'High' },
];
const FACTORS = [
  ['nature', 'Nature and extent of the data'],
  ['recipient', 'Who used it or was given it'],
  ['acquired', 'Whether it was acquired or viewed'],
  ['mitigation', 'The risk left after mitigation'],
] as const;
type Factors = NonNullable<Schemas['RiskAssessment']['factors']>;

export const AssessDialog = ({ incident: { incidentId }, onClose }: Props) => {
  const [risk, setRisk] = useState<'none' | 'risk' | 'high' | null>(null);
  const [withFactors, setWithFactors] = useState(false);
  const [factors, setFactors] = useState<Factors>({
    nature: 'low',
    recipient: 'low',
    acquired: 'low',
    mitigation: 'low',
  });
  const act = useAct('assess', onClose);
  return (
    <ConfirmDialog
      title="Assess the risk"
      act="Record"
      onClose={onClose}
      busy={act.isPending}
      disabled={risk === null}
      error={act.error}
      onConfirm={() => risk !== null && act.mutate({ incidentId, body: { risk, ...(withFactors && { factors }) } })}
    >
      <Choice
        label="For the people concerned"
        value={risk}
        onChange={setRisk}
        options={[
          { value: 'none', label: 'No risk', says: 'No authority has to be told.' },
          { value: 'risk', label: 'A risk', says: 'The authority has to be told.' },
          { value: 'high', label: 'A high risk', says: 'The people have to be told, too.' },
        ]}
      />
      <label className={styles.check}>
        <input type="checkbox" checked={withFactors} onChange={(event) => setWithFactors(event.target.checked)} />
        With the four factors of 45 CFR 164.402(2)
      </label>
      {withFactors &&
        FACTORS.map(([factor, label]) => (
          <Choice
            key={factor}
            inline
            label={label}
            value={factors[factor]}
            onChange={(level) => setFactors({ ...factors, [factor]: level })}
            options={LEVELS}
          />
        ))}
    </ConfirmDialog>
  );
};

export const NoticeDialog = ({ incident: { incidentId, people }, onClose }: Props) => {
  const [who, setWho] = useState<'authority' | 'people'>('authority');
  const [authority, setAuthority] = useState('');
  const [phase, setPhase] = useState<'initial' | 'further' | 'final'>('initial');
  const [reference, setReference] = useState('');
  const [count, setCount] = useState(String(people));
  const act = useAct('notify', onClose);
  return (
    <ConfirmDialog
      title="Record a notice"
      act="Record"
      onClose={onClose}
      busy={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate({
          incidentId,
          body:
            who === 'people'
              ? { who, count: Number(count) }
              : { who, authority, phase, ...(reference !== '' && { reference }) },
        })
      }
    >
      <p>The ledger tells no one by itself: this puts on record that they were told, and ends the clock of it.</p>
      <Choice
        label="Who was told"
        inline
        value={who}
        onChange={setWho}
        options={[
          { value: 'authority', label: 'An authority' },
          { value: 'people', label: 'The people' },
        ]}
      />
      {who === 'authority' ? (
        <>
          <CodeField
            label="Authority"
            value={authority}
            onChange={setAuthority}
            required
            often={['ico', 'hhs', 'media', 'controller', 'covered-entity', 'supervisory-authority']}
          />
          <Choice
            label="Phase"
            inline
            value={phase}
            onChange={setPhase}
            options={[
              { value: 'initial', label: 'Initial' },
              { value: 'further', label: 'Further' },
              { value: 'final', label: 'Final' },
            ]}
          />
          <CodeField label="Their reference" value={reference} onChange={setReference} />
        </>
      ) : (
        <TextField label="How many people" type="number" value={count} onChange={setCount} required />
      )}
    </ConfirmDialog>
  );
};

export const RESOLUTIONS: readonly Option<Resolution>[] = [
  { value: 'confirmed', label: 'Confirmed', says: 'It was a breach of personal data.' },
  { value: 'authorised', label: 'Authorised', says: 'The viewer had a right that was not on record.' },
  { value: 'explained', label: 'Explained', says: 'The record explains it.' },
  { value: 'false-positive', label: 'False positive', says: 'The rule was wrong. It counts against its precision.' },
  { value: 'drill', label: 'Drill', says: 'It was made to happen.' },
];

export const CloseDialog = ({
  incident: { incidentId, breaches, status, severity },
  parts,
  onClose,
}: Props & { readonly parts: readonly Breach[] }) => {
  const [resolution, setResolution] = useState<Resolution | null>(null);
  const [except, setExcept] = useState<Readonly<Record<string, Resolution | ''>>>({});
  const act = useAct('close', onClose);
  const exceptions = Object.entries(except).flatMap(([breachId, other]) =>
    other === '' || other === resolution ? [] : [{ breachId, resolution: other }],
  );
  return (
    <ConfirmDialog
      title="Close the incident"
      act="Close"
      wide
      onClose={onClose}
      busy={act.isPending}
      disabled={resolution === null}
      error={act.error}
      onConfirm={() => resolution !== null && act.mutate({ incidentId, body: { resolution, except: exceptions } })}
    >
      {severity === 'critical' && status !== 'contained' && status !== 'notifying' && (
        <p className={styles.warning}>It is critical and not contained. It closes only as what needs no containment.</p>
      )}
      <Choice
        label={`What ${breaches === 1 ? 'its breach' : `its ${breaches} breaches`} turned out to be`}
        value={resolution}
        onChange={setResolution}
        options={RESOLUTIONS}
      />
      {parts.length > 1 && (
        <details className={styles.except}>
          <summary>Some of them otherwise{exceptions.length > 0 && ` (${exceptions.length})`}</summary>
          <ul>
            {parts.map(({ breachId, rule, viewerId }) => (
              <li key={breachId}>
                <Select
                  label={[sentence(rule), viewerId, shortId(breachId)].filter(Boolean).join(' · ')}
                  value={except[breachId] ?? ''}
                  onChange={(other) => setExcept({ ...except, [breachId]: other as Resolution | '' })}
                  options={[{ value: '', label: 'As the others' }, ...RESOLUTIONS]}
                />
              </li>
            ))}
          </ul>
        </details>
      )}
    </ConfirmDialog>
  );
};

export const ReopenDialog = ({ incident: { incidentId }, onClose }: Props) => {
  const [reason, setReason] = useState('');
  const act = useAct('reopen', onClose);
  return (
    <ConfirmDialog
      title="Reopen the incident"
      act="Reopen"
      onClose={onClose}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { reason } })}
    >
      <CodeField
        label="Reason"
        value={reason}
        onChange={setReason}
        required
        autoFocus
        often={['new-facts', 'closed-by-mistake', 'happened-again']}
      />
    </ConfirmDialog>
  );
};

/** Whether acts of work are taken. */
export const canWork = (incident: Incident): boolean => !isOver(incident);

import { useId, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Select } from '../parts/fields.tsx';
import { sentence } from '../parts/words.ts';
import styles from './history.module.css';
import { isPosition, KINDS, PURPOSES, type Question, questionIn, SEVERITIES, VERDICTS } from './question.ts';

type Props = {
  readonly question: Question;
  /** Position of the log that the rows on the page are as of. */
  readonly newest: number | undefined;
  readonly onAsk: (question: Question) => void;
};

type Fields = Readonly<Record<keyof Question, string>>;
type Moment = 'now' | 'time' | 'position';

/** As a field of date and time has it. */
const local = (at: string | undefined): string => {
  if (at === undefined) return '';
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

const fieldsOf = (question: Question): Fields => ({
  ...{ patientId: '', viewerId: '', recordingId: '', consultationId: '', release: '', kind: '', verdict: '' },
  ...{ severity: '', purpose: '', entitled: '', rules: '', order: '' },
  ...question,
  from: local(question.from),
  to: local(question.to),
  asOf: question.asOf === undefined || isPosition(question.asOf) ? (question.asOf ?? '') : local(question.asOf),
});

const any = { value: '', label: 'Any' };
const options = (values: readonly string[]) => [any, ...values.map((value) => ({ value, label: sentence(value) }))];

type FieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'number' | 'datetime-local';
  readonly required?: boolean;
};

/** Of a filter, which no one has to fill. */
const Field = ({ label, value, onChange, type = 'text', required = false }: FieldProps) => {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        required={required}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
};

/** A question, put together and then asked: each answer is on record, so that none is given while a person is still typing. */
export const FilterBar = ({ question, newest, onAsk }: Props) => {
  const [fields, setFields] = useState(() => fieldsOf(question));
  const [moment, setMoment] = useState<Moment>(() => {
    if (question.asOf === undefined) return 'now';
    return isPosition(question.asOf) ? 'position' : 'time';
  });
  const put = (name: keyof Question) => (value: string) => setFields({ ...fields, [name]: value });
  const field = (name: keyof Question) => ({ value: fields[name], onChange: put(name) });
  return (
    <form
      className={styles.filters}
      aria-label="Filters"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(questionIn({ ...fields, asOf: moment === 'now' ? undefined : fields.asOf }));
      }}
    >
      <Field label="Viewer" {...field('viewerId')} />
      <Field label="Patient" {...field('patientId')} />
      <Field label="Recording" {...field('recordingId')} />
      <Field label="Consultation" {...field('consultationId')} />
      <Field label="Release" {...field('release')} />
      <Select label="What" {...field('kind')} options={options(KINDS)} />
      <Select label="Verdict then" {...field('verdict')} options={options(VERDICTS)} />
      <Select label="Severity" {...field('severity')} options={options(SEVERITIES)} />
      <Select label="Purpose" {...field('purpose')} options={options(PURPOSES)} />
      <Select
        label="Takes part"
        {...field('entitled')}
        options={[any, { value: 'true', label: 'Those who do' }, { value: 'false', label: 'Those who do not' }]}
      />
      <Field label="From" type="datetime-local" {...field('from')} />
      <Field label="Before" type="datetime-local" {...field('to')} />
      <Select
        label="Order"
        {...field('order')}
        options={[
          { value: '', label: 'Newest first' },
          { value: 'oldest', label: 'Oldest first' },
        ]}
      />
      <Select
        label="Judge by"
        {...field('rules')}
        options={[
          { value: '', label: 'The rules of then' },
          { value: 'current', label: 'The rules of then and now' },
        ]}
      />
      <Select
        label="As it was known"
        value={moment}
        onChange={(next) => {
          setMoment(next);
          put('asOf')(next === 'position' && newest !== undefined ? String(newest) : '');
        }}
        options={[
          { value: 'now', label: 'Now' },
          { value: 'time', label: 'At a time' },
          { value: 'position', label: 'At a position of the log' },
        ]}
      />
      {moment === 'time' && <Field label="Time" type="datetime-local" required {...field('asOf')} />}
      {moment === 'position' && (
        <>
          <Field label="Position" type="number" required {...field('asOf')} />
          {newest !== undefined && (
            <label className={styles.slider}>
              Between the first event and the rows below
              <input
                type="range"
                min={0}
                max={Math.max(newest, Number(fields.asOf) || 0)}
                value={Number(fields.asOf) || 0}
                onChange={(event) => put('asOf')(event.target.value)}
              />
            </label>
          )}
        </>
      )}
      <div className={styles.ask}>
        <Button type="submit" look="primary">
          Ask
        </Button>
        <Button look="plain" onPress={() => onAsk({})} isDisabled={Object.keys(question).length === 0}>
          Clear
        </Button>
        <p className={styles.quiet}>Each answer is on record, and patients see that their history was read.</p>
      </div>
    </form>
  );
};

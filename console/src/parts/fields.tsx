import { useId } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import styles from './parts.module.css';

type TextProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly lines?: number;
  readonly type?: 'text' | 'number' | 'datetime-local' | 'date';
  readonly required?: boolean;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly autoFocus?: boolean;
  /** Frequent ones, to choose from. */
  readonly often?: readonly string[];
};

/** A field with its label above and what it takes beneath. */
export const TextField = ({ label, value, onChange, hint, lines, required, often, ...rest }: TextProps) => {
  const id = useId();
  const shared = {
    id,
    value,
    required,
    className: styles.input,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id}>
        {label}
        {!required && <span className={styles.quiet}> (optional)</span>}
      </label>
      {lines === undefined ? (
        <>
          <input {...shared} {...rest} list={often && `${id}-often`} autoComplete="off" spellCheck={false} />
          {often && (
            <datalist id={`${id}-often`}>
              {often.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      ) : (
        <textarea {...shared} rows={lines} maxLength={rest.maxLength} />
      )}
      {hint !== undefined && (
        <span id={`${id}-hint`} className={styles.quiet}>
          {hint}
        </span>
      )}
    </div>
  );
};

export type Option<T extends string> = { readonly value: T; readonly label: string; readonly says?: string };

/** One of a few, all in sight. */
export const Choice = <T extends string>({
  label,
  value,
  onChange,
  options,
  inline = false,
}: {
  readonly label: string;
  readonly value: T | null;
  readonly onChange: (value: T) => void;
  readonly options: readonly Option<T>[];
  readonly inline?: boolean;
}) => (
  <RadioGroup
    className={styles.choice}
    value={value}
    onChange={(next) => onChange(next as T)}
    data-inline={inline || undefined}
  >
    <Label>{label}</Label>
    <div className={styles.options}>
      {options.map((one) => (
        <Radio key={one.value} value={one.value} className={styles.option}>
          <span className={styles.optionLabel}>{one.label}</span>
          {one.says !== undefined && <span className={styles.quiet}>{one.says}</span>}
        </Radio>
      ))}
    </div>
  </RadioGroup>
);

/** One of a list that closes. */
export const Select = <T extends string>({
  label,
  value,
  onChange,
  options,
}: {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly Option<T>[];
}) => {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select id={id} className={styles.input} value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </div>
  );
};

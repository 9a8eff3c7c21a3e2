import { useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import styles from './pictures.module.css';

type Look = 'picture' | 'table';

type Props = {
  readonly title: string;
  /** What can be done with the picture, in a line beneath its title. */
  readonly hint?: string;
  /** Settings of both, beside the switch. */
  readonly controls?: React.ReactNode;
  readonly picture: React.ReactNode;
  /** The same data as rows. */
  readonly table: React.ReactNode;
};

const isTyping = (target: EventTarget): boolean =>
  target instanceof HTMLInputElement && target.type !== 'radio'
    ? true
    : target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;

/** A picture and its table, of which one is shown. While the focus is in it, `t` shows the other one. */
export const Picture = ({ title, hint, controls, picture, table }: Props) => {
  const [look, setLook] = useState<Look>('picture');
  return (
    <figure
      className={styles.figure}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== 't' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
        event.preventDefault();
        event.stopPropagation();
        setLook(look === 'picture' ? 'table' : 'picture');
      }}
    >
      <figcaption className={styles.caption}>
        <div>
          <h2>{title}</h2>
          {hint !== undefined && <p className={styles.hint}>{hint}</p>}
        </div>
        <div className={styles.controls}>
          {controls}
          <Choice label={`${title} as`} value={look} onChange={setLook} options={LOOKS} />
        </div>
      </figcaption>
      {look === 'picture' ? picture : table}
    </figure>
  );
};

const LOOKS = [
  { value: 'picture', label: 'Picture' },
  { value: 'table', label: 'Table' },
] as const;

type ChoiceProps<T extends string> = {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly { readonly value: T; readonly label: string }[];
};

/** One of a few, beside each other. */
export const Choice = <T extends string>({ label, value, onChange, options }: ChoiceProps<T>) => (
  <RadioGroup
    aria-label={label}
    orientation="horizontal"
    className={styles.choice}
    value={value}
    onChange={(chosen) => onChange(chosen as T)}
  >
    {options.map((option) => (
      <Radio key={option.value} value={option.value} className={styles.option}>
        {option.label}
      </Radio>
    ))}
  </RadioGroup>
);

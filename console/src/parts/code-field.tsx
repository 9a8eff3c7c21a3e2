import { TextField } from './fields.tsx';

/** What the ledger takes as a code: it is shown in pages, logs and files, so that it has a meaning and names no one. */
const CODE = '[A-Za-z0-9_.\\-]{1,64}';

type Props = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly required?: boolean;
  /** Frequent ones, to choose from. */
  readonly often?: readonly string[];
  readonly autoFocus?: boolean;
};

/** A code in words: a space becomes a hyphen as it is typed. */
export const CodeField = ({ onChange, ...props }: Props) => (
  <TextField
    {...props}
    pattern={CODE}
    maxLength={64}
    hint="A code without names: letters, digits and hyphens."
    onChange={(value) => onChange(value.trimStart().replaceAll(/\s+/g, '-'))}
  />
);

import styles from './parts.module.css';
import { sentence } from './words.ts';

export type Tone = 'critical' | 'review' | 'good' | 'accent' | 'quiet';

const toneOf: Readonly<Record<string, Tone>> = {
  ...{ critical: 'critical', review: 'review' },
  ...{
    new: 'critical',
    acknowledged: 'accent',
    investigating: 'accent',
    contained: 'good',
    notifying: 'accent',
    closed: 'quiet',
    merged: 'quiet',
  },
  ...{ open: 'critical', known: 'good', 'to-fill': 'review', 'not-applicable': 'quiet' },
  ...{ running: 'accent', met: 'good', 'ran-out': 'critical' },
};

/** A code of the ledger as a word on a ground; a dot in front of it, filled for what needs a person, so that colour alone says nothing. */
export const StatusBadge = ({
  code,
  tone = toneOf[code] ?? 'quiet',
  children,
}: {
  readonly code: string;
  readonly tone?: Tone;
  readonly children?: React.ReactNode;
}) => (
  <span className={styles.badge} data-tone={tone}>
    {children ?? sentence(code)}
  </span>
);

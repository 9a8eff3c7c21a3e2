import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { say } from './announcer.tsx';
import { Icon } from './icon.tsx';
import { PersonName, tellsNames } from './name.tsx';
import styles from './parts.module.css';
import { useStored } from './store.ts';

/** What an id of a person is called here. */
const PEOPLE: ReadonlySet<string> = new Set(['viewer', 'patient', 'person']);

const SHOWN_MS = 1_500;
const LONGEST = 15;

/** The first and the last of a long id: enough to tell two apart at a glance; the whole is in the title, and is copied whole. */
export const shortId = (id: string): string => (id.length <= LONGEST ? id : `${id.slice(0, 6)}…${id.slice(-6)}`);

type Props = {
  readonly id: string;
  /** What it is an id of, for the button's name: `incident`. */
  readonly of: string;
  /** Where it is no id that is copied. */
  readonly what?: string;
  readonly whole?: boolean;
  /** In place of the plain id: a link to its page, with the id as its text. */
  readonly children?: React.ReactNode;
};

/** An id, and a button that copies it; of a person also one that asks what they are called, where the host app tells. */
export const CopyId = ({ id, of, what = 'id', whole = false, children }: Props) => {
  const [copied, setCopied] = useState(false);
  const hasName = useStored(tellsNames) && PEOPLE.has(of);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    void navigator.clipboard.writeText(id).then(
      () => {
        setCopied(true);
        say('Copied');
      },
      () => say('This browser does not let the page copy.'),
    );
  return (
    <span className={styles.copyId}>
      {children ?? (
        <code title={id} className={styles.id}>
          {whole ? id : shortId(id)}
        </code>
      )}
      <Button className={styles.copy} onPress={copy} aria-label={`Copy ${of} ${what} ${id}`}>
        <Icon name={copied ? 'done' : 'copy'} size={14} />
      </Button>
      {hasName && <PersonName id={id} key={id} />}
    </span>
  );
};

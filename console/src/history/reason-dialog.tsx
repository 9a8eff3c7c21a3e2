import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { say } from '../parts/announcer.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/fields.tsx';
import styles from './history.module.css';

/** As the API takes one: a code stays with the event for good, and a text might name a person. */
const CODE = '[A-Za-z0-9](?:[A-Za-z0-9_.\\-]{0,63})';

export type Act = {
  readonly title: string;
  /** The act, as a verb. */
  readonly act: string;
  /** What it will do, each in a sentence. */
  readonly does: readonly string[];
  readonly danger?: boolean;
  /** What it would stop now, in numbers. */
  readonly preview?: React.ReactNode;
  /** The news of it, for screen readers. */
  readonly done: string;
  readonly run: (reason: string) => Promise<unknown>;
  readonly onDone: () => void;
};

/** Says what an act does and asks for its reason, before it is done. */
export const ReasonDialog = ({
  act: { title, act, does, danger = false, preview, done, run, onDone },
  onClose,
}: {
  readonly act: Act;
  readonly onClose: () => void;
}) => {
  const [reason, setReason] = useState('');
  const doing = useMutation({
    mutationFn: () => run(reason.trim()),
    onSuccess: () => {
      say(done);
      onDone();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={title}
      act={act}
      danger={danger}
      onClose={onClose}
      onConfirm={() => doing.mutate()}
      busy={doing.isPending}
      disabled={reason.trim() === ''}
      error={doing.error}
    >
      <ul className={styles.does}>
        {does.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {preview}
      <TextField
        label="Reason, as a code"
        value={reason}
        onChange={setReason}
        pattern={CODE}
        maxLength={64}
        required
        autoFocus
        hint="A case number or a word, as case-7. It stays with the record for good: no names."
      />
    </ConfirmDialog>
  );
};

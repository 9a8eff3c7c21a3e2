import { useId } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './button.tsx';
import styles from './parts.module.css';
import { problemText } from './states.tsx';

type DialogProps = {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: React.ReactNode;
  /** It cannot be waved away: what it says has to be decided. */
  readonly stays?: boolean;
  readonly wide?: boolean;
};

/** A dialog: the focus goes in, stays in, and goes back to where it was. */
export const Dialog = ({ title, onClose, children, stays = false, wide = false }: DialogProps) => (
  <ModalOverlay
    className={styles.veil}
    isOpen
    isDismissable={!stays}
    isKeyboardDismissDisabled={stays}
    onOpenChange={(open) => {
      if (!open) onClose();
    }}
  >
    <Modal className={styles.modal} data-wide={wide || undefined}>
      <AriaDialog className={styles.dialog} role={stays ? 'alertdialog' : 'dialog'}>
        <Heading slot="title" level={2}>
          {title}
        </Heading>
        {children}
      </AriaDialog>
    </Modal>
  </ModalOverlay>
);

type ConfirmProps = Omit<DialogProps, 'stays'> & {
  /** The act, as a verb: `Contain`. */
  readonly act: string;
  readonly onConfirm: () => void;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly error?: unknown;
};

/** Asks before an act, says what it will do, and stays while the act fails: nothing has to be typed again. */
export const ConfirmDialog = ({
  act,
  onConfirm,
  danger,
  busy = false,
  disabled = false,
  error,
  children,
  ...dialog
}: ConfirmProps) => {
  const form = useId();
  return (
    <Dialog {...dialog}>
      <form
        id={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && !disabled) onConfirm();
        }}
      >
        {children}
        {error !== undefined && error !== null && (
          <p role="alert" className={styles.problem}>
            {problemText(error)}
          </p>
        )}
        <div className={styles.acts}>
          <Button look="plain" onPress={dialog.onClose}>
            Cancel
          </Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} isPending={busy} isDisabled={disabled}>
            {busy ? `${act} …` : act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

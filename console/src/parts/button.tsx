import { useEffect, useRef } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import { say } from './announcer.tsx';
import styles from './parts.module.css';

type Props = Omit<ButtonProps, 'className' | 'style'> & {
  /** `primary`: the one act that a place is for; `danger`: it stops or removes something; `plain`: without an edge. */
  readonly look?: 'primary' | 'danger' | 'plain';
  /** The key that does the same, shown beside the words. */
  readonly shortcut?: string;
  readonly children: React.ReactNode;
};

/**
 * A button that can be pressed by mouse, key and touch, and says while it is at work. It says so by itself: the library's message refers to the
 * button, and has no words once the button is gone with its dialog.
 */
export const Button = ({ look, shortcut, children, isPending = false, onPress, type, ...props }: Props) => {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isPending && button.current) say(`${nameOf(button.current)}: at work`);
  }, [isPending]);
  return (
    <AriaButton
      {...props}
      ref={button}
      // Enter in a field sends nothing twice.
      type={isPending ? 'button' : (type ?? 'button')}
      {...(onPress && !isPending && { onPress })}
      {...(isPending && { 'aria-disabled': true, 'data-pending': true })}
      className={styles.button}
      data-look={look}
    >
      {children}
      {shortcut !== undefined && (
        <span className={styles.hint} aria-hidden="true">
          {shortcut}
        </span>
      )}
    </AriaButton>
  );
};

/** Its label, or its own words without the key beside them. */
const nameOf = (button: HTMLButtonElement): string =>
  button.ariaLabel ?? Array.from(button.childNodes, (node) => (node instanceof Text ? node.data : '')).join('');

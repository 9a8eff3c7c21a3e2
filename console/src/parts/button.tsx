import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import styles from './parts.module.css';

type Props = Omit<ButtonProps, 'className' | 'style'> & {
  /** `primary`: the one act that a place is for; `danger`: it stops or removes something; `plain`: without an edge. */
  readonly look?: 'primary' | 'danger' | 'plain';
  /** The key that does the same, shown beside the words. */
  readonly shortcut?: string;
  readonly children: React.ReactNode;
};

/** A button that can be pressed by mouse, key and touch, and says while it is at work. */
export const Button = ({ look, shortcut, children, ...props }: Props) => (
  <AriaButton {...props} className={styles.button} data-look={look}>
    {children}
    {shortcut !== undefined && (
      <span className={styles.hint} aria-hidden="true">
        {shortcut}
      </span>
    )}
  </AriaButton>
);

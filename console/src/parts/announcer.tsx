import styles from './parts.module.css';
import { stored, useStored } from './store.ts';

/** What screen readers say: `calm` waits for its turn, `urgent` does not. */
const calm = stored('');
const urgent = stored('');

/** The same words twice are two messages: without the difference a screen reader stays silent. */
const told = (before: string, message: string) => (before === message ? `${message}\u00a0` : message);

/** Tells people with a screen reader, when they have heard what they are at. */
export const say = (message: string): void => calm.set(told(calm.get(), message));
/** Tells them at once. For a new critical incident, and nothing else. */
export const interrupt = (message: string): void => urgent.set(told(urgent.get(), message));

/** Once, at the root, and there before anything is said: regions that come with their words are not read. */
export const Announcer = () => (
  <div className={styles.unseen}>
    <div role="status" aria-live="polite" data-testid="calm">
      {useStored(calm)}
    </div>
    <div role="alert" aria-live="assertive" data-testid="urgent">
      {useStored(urgent)}
    </div>
  </div>
);

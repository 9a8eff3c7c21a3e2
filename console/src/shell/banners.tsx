import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isSession } from '../api/client.ts';
import { session } from '../api/queries.ts';
import { caughtUp, connection } from '../live/on-call.ts';
import { Button } from '../parts/button.tsx';
import { useNow } from '../parts/now.ts';
import { useStored } from '../parts/store.ts';
import { clockLength, length } from '../parts/words.ts';
import styles from './shell.module.css';

const CAUGHT_UP_MS = 15_000;
const WARNING_MS = 2 * 60_000;

/** What a person has to know wherever they are: the connection, and the end of the session. */
export const Banners = () => (
  <>
    <ConnectionBanner />
    <SessionBanner />
  </>
);

const ConnectionBanner = () => {
  const is = useStored(connection);
  const told = useStored(caughtUp);
  useEffect(() => {
    if (told === null) return undefined;
    const timer = window.setTimeout(() => caughtUp.set(null), CAUGHT_UP_MS);
    return () => window.clearTimeout(timer);
  }, [told]);
  if (is.is === 'lost') return <Lost since={is.since} />;
  return told === null ? null : (
    <p className={styles.banner} data-tone="good">
      {told}
    </p>
  );
};

const Lost = ({ since }: { readonly since: number }) => (
  <p className={styles.banner} data-tone="critical">
    The connection is lost. What you see is from {length(Math.max(1_000, useNow() - since))} ago; the page tries again
    by itself.
  </p>
);

const SessionBanner = () => {
  const asked = useQuery(session);
  const now = useNow();
  if (asked.data === undefined || !isSession(asked.data)) return null;
  const { idleUntil, expiresAt } = asked.data;
  const idle = Date.parse(idleUntil) - now;
  const end = Date.parse(expiresAt) - now;
  if (Math.min(idle, end) > WARNING_MS) return null;
  return (
    <p className={styles.banner} data-tone="review">
      {end <= idle
        ? `Your session ends in ${clockLength(Math.max(0, end))}. You will be asked to sign in again, and nothing is lost.`
        : `You have not done anything for a while: your session ends in ${clockLength(Math.max(0, idle))}.`}
      {idle < end && <Button onPress={() => void asked.refetch()}>Stay signed in</Button>}
    </p>
  );
};

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type DevelopmentRole, isSession, readSession, signInAs } from '../api/client.ts';
import { interruption, resolveInterruption } from '../api/interruption.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { problemText } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { useSession } from './role.ts';
import styles from './shell.module.css';
import { sessionChanged, tellOtherTabs } from './tabs.ts';

const WINDOW = 'popup,width=520,height=720';

/** Over the page, which stays as it is beneath: the session ended, or an act needs a fresh sign-in. */
export const Interrupted = () => {
  const what = useStored(interruption);
  return what === null ? null : <SignInAgain what={what} key={what} />;
};

const SignInAgain = ({ what }: { readonly what: 'session-ended' | 'step-up' }) => {
  const { personId, roles, signIn } = useSession();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  // Another tab, or the window of the issuer, may have done it meanwhile.
  useQuery({
    queryKey: ['session-again', what],
    queryFn: async () => {
      const read = await readSession();
      if (what === 'session-ended' && isSession(read)) await sessionChanged();
      return null;
    },
    refetchInterval: 5_000,
    retry: false,
    enabled: what === 'session-ended',
  });
  const again = async () => {
    setError(undefined);
    if (signIn === 'issuer') {
      const query = new URLSearchParams({ returnTo: '/console/signed-in', ...(what === 'step-up' && { stepUp: '1' }) });
      window.open(`/console/login?${query}`, 'ledger-sign-in', WINDOW);
      return;
    }
    setBusy(true);
    try {
      await signInAs(roles.find(isDevelopmentRole) ?? 'on-call', personId);
      await sessionChanged();
      tellOtherTabs.signedIn();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={what === 'step-up' ? 'Confirm that it is you' : 'Your session has ended'}
      onClose={() => resolveInterruption(false)}
      stays
    >
      <p>
        {what === 'step-up'
          ? 'This act needs a sign-in of the last few minutes. It continues by itself once you have signed in.'
          : 'Your work is still here, with all that you typed. Sign in again as the same person, and it continues.'}
      </p>
      {error !== undefined && (
        <p role="alert" className={styles.problem}>
          {problemText(error)}
        </p>
      )}
      <div className={styles.acts}>
        <Button
          look="plain"
          onPress={() => (what === 'step-up' ? resolveInterruption(false) : window.location.assign('/console'))}
        >
          {what === 'step-up' ? 'Not now' : 'Leave'}
        </Button>
        <Button look="primary" autoFocus isPending={busy} onPress={() => void again()}>
          Sign in again
        </Button>
      </div>
    </Dialog>
  );
};

const isDevelopmentRole = (role: string): role is DevelopmentRole =>
  ['on-call', 'compliance', 'patient'].includes(role);

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type DevelopmentRole, isSession, signInAs } from '../api/client.ts';
import { queryClient, session } from '../api/queries.ts';
import { Button } from '../parts/button.tsx';
import { Loading, problemText, Shown } from '../parts/states.tsx';
import { tellOtherTabs } from '../shell/tabs.ts';
import styles from './sign-in.module.css';

const ROLES: readonly { readonly role: DevelopmentRole; readonly title: string; readonly says: string }[] = [
  { role: 'on-call', title: 'On call', says: 'Sees incidents first, stops views that are under way.' },
  {
    role: 'compliance',
    title: 'Compliance',
    says: 'Also reads the history, exports it, and decides with a second person.',
  },
  { role: 'patient', title: 'Patient', says: 'Has no place here: to see what the console refuses.' },
];

/** Why a sign-in came to nothing, by the code that the server gives. */
const WHY: Readonly<Record<string, string>> = {
  'identity-provider-unavailable': 'Your organisation’s sign-in cannot be reached. Try again in a minute',
  'sign-in-unavailable': 'This server is not set up for people to sign in',
  'step-up-needed': 'This act needs a stronger sign-in than that one was, for example with a second factor. Try again',
};

/** Only within the console, so that a link cannot lead elsewhere after a sign-in. */
const within = (returnTo: string | undefined): string => {
  const path = returnTo?.startsWith('/console/') ? returnTo.slice('/console'.length) : '/';
  return path.startsWith('//') ? '/' : path;
};

export const SignInPage = () => {
  const { returnTo, problem, stepUp } = useSearch({ from: '/sign-in' });
  const asked = useQuery(session);
  const navigate = useNavigate();
  // After a problem the person says what comes next, also where an older session still holds.
  const signedIn = problem === undefined && asked.data !== undefined && isSession(asked.data);
  useEffect(() => {
    document.title = 'Sign in · Consultation Ledger';
  }, []);
  useEffect(() => {
    if (signedIn) void navigate({ href: within(returnTo), replace: true });
  }, [signedIn, returnTo, navigate]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>Consultation Ledger</h1>
        {problem !== undefined && (
          <p role="alert" className={styles.problem}>
            {WHY[problem] ?? `The sign-in came to nothing (${problem}). Try again`}, or ask the people who run this
            server.
          </p>
        )}
        <Shown query={asked} what="how to sign in">
          {(read) =>
            signedIn ? (
              <Loading what="the console" />
            ) : read.signIn === 'development' ? (
              <Development />
            ) : (
              <Issuer returnTo={within(returnTo)} stepUp={stepUp === true} />
            )
          }
        </Shown>
      </div>
    </main>
  );
};

const Development = () => {
  const [busy, setBusy] = useState<DevelopmentRole>();
  const [error, setError] = useState<unknown>();
  const signIn = async (role: DevelopmentRole) => {
    setBusy(role);
    setError(undefined);
    try {
      await signInAs(role);
      tellOtherTabs.signedIn();
      await queryClient.invalidateQueries({ queryKey: session.queryKey });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <>
      <p>This server has no issuer of sign-ins: it is for development. Choose who you are.</p>
      {error !== undefined && <p role="alert">{problemText(error)}</p>}
      <ul className={styles.roles}>
        {ROLES.map(({ role, title, says }) => (
          <li key={role}>
            <Button
              look={role === 'patient' ? undefined : 'primary'}
              isPending={busy === role}
              onPress={() => void signIn(role)}
            >
              {title}
            </Button>
            <span>{says}</span>
          </li>
        ))}
      </ul>
    </>
  );
};

const Issuer = ({ returnTo, stepUp }: { readonly returnTo: string; readonly stepUp: boolean }) => {
  const query = new URLSearchParams({ returnTo: `/console${returnTo}`, ...(stepUp && { stepUp: '1' }) });
  return (
    <>
      <p>Sign in with your organisation’s account.</p>
      <a className={styles.link} href={`/console/login?${query}`}>
        Sign in
      </a>
    </>
  );
};

/** Where the window ends that the console opened for a sign-in: it tells the others, and closes. */
export const SignedInPage = () => {
  useEffect(() => {
    tellOtherTabs.signedIn();
    window.close();
  }, []);
  return (
    <main className={styles.page}>
      <p>You are signed in. This window can be closed.</p>
    </main>
  );
};

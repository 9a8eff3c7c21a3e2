import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { isSession, type Session } from '../api/client.ts';
import { untilResolved } from '../api/interruption.ts';
import { session } from '../api/queries.ts';
import { followIncidents, incidents, leaveIncidents } from '../live/on-call.ts';
import { Announcer } from '../parts/announcer.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { tellsNames } from '../parts/name.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { ErrorState, Loading } from '../parts/states.tsx';
import { useStored } from '../parts/store.ts';
import { Banners } from './banners.tsx';
import { Help } from './help.tsx';
import { Interrupted } from './interrupted.tsx';
import { LedgerState } from './ledger-state.tsx';
import { isOfTheDesk, RoleContext } from './role.ts';
import { Search } from './search.tsx';
import styles from './shell.module.css';
import { tabIsOf, tellOtherTabs } from './tabs.ts';

type Place = {
  readonly to: string;
  readonly title: string;
  readonly icon: IconName;
  readonly key: string;
  readonly roles: readonly string[];
};

/** Where one can go, for the roles that the API would answer there. */
const PLACES: readonly Place[] = [
  { to: '/', title: 'Incidents', icon: 'incidents', key: 'g i', roles: ['on-call', 'compliance'] },
  { to: '/review', title: 'Review', icon: 'review', key: 'g v', roles: ['on-call', 'compliance'] },
  { to: '/history', title: 'Access history', icon: 'history', key: 'g h', roles: ['compliance'] },
  { to: '/releases', title: 'Releases', icon: 'releases', key: 'g r', roles: ['compliance'] },
  { to: '/rules', title: 'Rules', icon: 'rules', key: 'g u', roles: ['on-call', 'compliance'] },
  { to: '/operations', title: 'Operations', icon: 'operations', key: 'g o', roles: ['on-call', 'compliance'] },
];

/** The frame around every page. Without a session it leads to the sign-in, and back. */
export const Shell = () => {
  const asked = useQuery(session);
  const [known, setKnown] = useState<Session>();
  const read = asked.data;
  const now = read !== undefined && isSession(read) ? read : undefined;
  const isOver = read !== undefined && now === undefined && known !== undefined;
  useEffect(() => {
    if (now !== undefined) setKnown(now);
  }, [now]);
  // The page stays, with all that was typed: it is a matter of signing in again.
  useEffect(() => {
    if (isOver) void untilResolved('session-ended');
  }, [isOver]);
  const mine = now ?? known;
  if (mine !== undefined)
    return (
      <RoleContext value={mine}>
        <Frame session={mine} />
      </RoleContext>
    );
  if (read !== undefined) return <ToSignIn />;
  return asked.error === null ? (
    <Loading what="your session" />
  ) : (
    <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />
  );
};

/** Once: the address asked for meanwhile is that of the sign-in itself. */
const ToSignIn = () => {
  const navigate = useNavigate();
  useEffect(() => {
    const { pathname, search } = window.location;
    void navigate({ to: '/sign-in', search: { returnTo: `${pathname}${search}` }, replace: true });
  }, [navigate]);
  return <Loading what="the sign-in" />;
};

const Frame = ({ session: mine }: { readonly session: Session }) => {
  const { personId, roles, names } = mine;
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const places = PLACES.filter((place) => place.roles.some((role) => roles.includes(role)));
  const isDesk = isOfTheDesk(mine);

  useShortcuts('Anywhere', {
    ...Object.fromEntries(places.map(({ key, title, to }) => [key, { does: title, run: () => void navigate({ to }) }])),
    '/': { does: 'Search for an id', run: () => search.current?.focus() },
    '?': { does: 'This list', run: () => setHelp(true) },
  });
  useEffect(() => setMenu(false), [pathname]);
  useEffect(() => {
    if (!isDesk) return undefined;
    followIncidents();
    return leaveIncidents;
  }, [isDesk]);

  useEffect(() => tabIsOf(personId), [personId]);
  // The API tells names to the desk alone.
  useEffect(() => tellsNames.set(names === true && isDesk), [names, isDesk]);

  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.bar}>
        <span className={styles.menuButton}>
          <Button look="plain" aria-label="Menu" aria-expanded={menu} onPress={() => setMenu(!menu)}>
            <Icon name="menu" />
          </Button>
        </span>
        <Link to="/" className={styles.brand}>
          Consultation Ledger
        </Link>
        <Search input={search} />
        {isDesk && <LedgerState />}
        <Button look="plain" aria-label="Keys and preferences" onPress={() => setHelp(true)}>
          <Icon name="help" />
        </Button>
      </header>
      <nav className={styles.nav} aria-label="Console" data-open={menu || undefined}>
        <ul>
          {places.map(({ to, title, icon }) => (
            <li key={to}>
              <Link to={to} activeOptions={{ exact: to === '/' }} className={styles.place}>
                <Icon name={icon} />
                {title}
                {to === '/' && <OpenCount />}
              </Link>
            </li>
          ))}
        </ul>
        <div className={styles.person}>
          <Icon name="person" />
          <span>
            <code>{personId}</code>
            <span className={styles.roles}>{roles.join(', ')}</span>
          </span>
          <Button look="plain" onPress={() => void tellOtherTabs.leave()}>
            Sign out
          </Button>
        </div>
      </nav>
      <div className={styles.content}>
        <Banners />
        <main id="main" tabIndex={-1} className={styles.main}>
          {isDesk ? <Outlet /> : <NotForYou roles={roles} />}
        </main>
      </div>
      <Announcer />
      <Interrupted />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
};

const OpenCount = () => {
  const all = useStored(incidents);
  if (all === undefined) return null;
  const open = [...all.values()].filter(({ status }) => status !== 'closed' && status !== 'merged').length;
  return open === 0 ? null : (
    <span className={styles.openCount}>
      {open}
      <span className={styles.unseen}> open</span>
    </span>
  );
};

const NotForYou = ({ roles }: { readonly roles: readonly string[] }) => (
  <ErrorState
    title="The console is for on-call and compliance"
    error={
      new Error(
        `You are signed in as ${roles.join(', ') || 'a person without a role'}. Sign out, and sign in as a person of the desk.`,
      )
    }
  />
);

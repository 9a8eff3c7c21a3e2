import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { BoardPage } from './board/board-page.tsx';
import { questionIn } from './history/question.ts';
import { Page } from './parts/page.tsx';
import { ErrorState } from './parts/states.tsx';
import { Shell } from './shell/shell.tsx';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Which incidents the board shows; kept in the address, so that it does not reset itself. */
const SHOWN = ['critical', 'unacknowledged', 'mine', 'ended'] as const;
type Show = (typeof SHOWN)[number];

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => <NotFound />,
  errorComponent: ({ error }) => (
    <ErrorState title="This page failed" error={error} onRetry={() => window.location.reload()} />
  ),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  validateSearch: (search: Record<string, unknown>): { returnTo?: string; problem?: string; stepUp?: true } => ({
    returnTo: text(search.returnTo),
    problem: text(search.problem),
    ...((search.stepUp === 1 || search.stepUp === true) && { stepUp: true }),
  }),
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
});
const signedIn = createRoute({
  getParentRoute: () => root,
  path: 'signed-in',
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignedInPage'),
});

/** Everything that needs a session. Each page but the board is fetched when it is opened first. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const board = createRoute({
  getParentRoute: () => shell,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { show?: Show } => {
    const show = SHOWN.find((one) => one === search.show);
    return show === undefined ? {} : { show };
  },
  // Nearly every visit begins here: fetched after the rest, its parts would come in two more rounds.
  component: BoardPage,
});
const incident = createRoute({
  getParentRoute: () => shell,
  path: 'incidents/$incidentId',
  component: lazyRouteComponent(() => import('./incident/incident-page.tsx'), 'IncidentPage'),
});
const file = createRoute({
  getParentRoute: () => shell,
  path: 'incidents/$incidentId/file',
  validateSearch: (search: Record<string, unknown>): { asOf?: number } =>
    Number.isInteger(search.asOf) ? { asOf: Number(search.asOf) } : {},
  component: lazyRouteComponent(() => import('./file/file-page.tsx'), 'FilePage'),
});
const review = createRoute({
  getParentRoute: () => shell,
  path: 'review',
  component: lazyRouteComponent(() => import('./review/review-page.tsx'), 'ReviewPage'),
});
const search = createRoute({
  getParentRoute: () => shell,
  path: 'search',
  validateSearch: (asked: Record<string, unknown>): { id: string } => ({
    id: asked.id === undefined ? '' : String(asked.id),
  }),
  component: lazyRouteComponent(() => import('./shell/search-page.tsx'), 'SearchPage'),
});

const history = createRoute({
  getParentRoute: () => shell,
  path: 'history',
  validateSearch: questionIn,
  component: lazyRouteComponent(() => import('./history/history-page.tsx'), 'HistoryPage'),
});
const releases = createRoute({
  getParentRoute: () => shell,
  path: 'releases',
  component: lazyRouteComponent(() => import('./releases/releases-page.tsx'), 'ReleasesPage'),
});
const release = createRoute({
  getParentRoute: () => shell,
  path: 'releases/$version',
  validateSearch: ({ kind }: Record<string, unknown>): { kind?: 'ledger' | 'app' } =>
    kind === 'ledger' || kind === 'app' ? { kind } : {},
  component: lazyRouteComponent(() => import('./releases/release-page.tsx'), 'ReleasePage'),
});
const recording = createRoute({
  getParentRoute: () => shell,
  path: 'recordings/$recordingId',
  component: lazyRouteComponent(() => import('./recording/recording-page.tsx'), 'RecordingPage'),
});
const watch = createRoute({
  getParentRoute: () => shell,
  path: 'recordings/$recordingId/watch',
  validateSearch: (asked: Record<string, unknown>): { patientId?: string; consultationId?: string } => ({
    ...(asked.patientId !== undefined && { patientId: String(asked.patientId) }),
    ...(asked.consultationId !== undefined && { consultationId: String(asked.consultationId) }),
  }),
  component: lazyRouteComponent(() => import('./recording/watch-page.tsx'), 'WatchPage'),
});
const viewer = createRoute({
  getParentRoute: () => shell,
  path: 'viewers/$viewerId',
  component: lazyRouteComponent(() => import('./viewer/viewer-page.tsx'), 'ViewerPage'),
});
const patient = createRoute({
  getParentRoute: () => shell,
  path: 'patients/$patientId',
  component: lazyRouteComponent(() => import('./patient/patient-page.tsx'), 'PatientPage'),
});
const rules = createRoute({
  getParentRoute: () => shell,
  path: 'rules',
  component: lazyRouteComponent(() => import('./rules/rules-page.tsx'), 'RulesPage'),
});
const rule = createRoute({
  getParentRoute: () => shell,
  path: 'rules/$name',
  component: lazyRouteComponent(() => import('./rules/rule-page.tsx'), 'RulePage'),
});
const operations = createRoute({
  getParentRoute: () => shell,
  path: 'operations',
  component: lazyRouteComponent(() => import('./operations/operations-page.tsx'), 'OperationsPage'),
});

const NotFound = () => (
  <Page title="There is no such page">
    <p>
      <Link to="/">To the incidents</Link>
    </p>
  </Page>
);

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    signedIn,
    shell.addChildren([
      ...[board, incident, file, review, search],
      ...[history, releases, release, recording, watch, viewer, patient, rules, rule, operations],
    ]),
  ]),
  basepath: '/console',
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

import { io, type Socket } from 'socket.io-client';
import type { Schemas } from '../api/client.ts';
import { untilResolved } from '../api/interruption.ts';
import { askAgain, queryClient } from '../api/queries.ts';
import { interrupt, say } from '../parts/announcer.tsx';
import { stored } from '../parts/store.ts';
import { counted } from '../parts/words.ts';

export type Incident = Schemas['ListedIncident'];
export type Breach = Schemas['Breach'];

/** How the page hears of what happens. `lost`: it shows what it knew then. */
export type Connection =
  | { readonly is: 'connecting' | 'connected' | 'refused' }
  | { readonly is: 'lost'; readonly since: number };
export const connection = stored<Connection>({ is: 'connecting' });

/** The open incidents, and those that ended while the page was open; undefined before the first word of the server. */
export const incidents = stored<ReadonlyMap<string, Incident> | undefined>(undefined);

/** The news missed while the connection was lost, once it is back. */
export const caughtUp = stored<string | null>(null);

/** What comes within this time is shown together: a burst costs one drawing and one message, not thousands. */
const TOGETHER_MS = 150;
const RETRY_MS = 3_000;

type Heard = {
  'incident.open': (open: readonly Incident[]) => void;
  'incident.opened': (incident: Incident) => void;
  'incident.updated': (incident: Incident) => void;
};

const isOpen = ({ status }: Incident) => status !== 'closed' && status !== 'merged';
const inWords = ({ kind, breaches, people }: Incident) =>
  `${kind}, ${counted(breaches, 'breach', 'breaches')}, ${counted(people, 'person', 'people')}`;

/** A person with a screen reader is interrupted for a critical incident once, and told of the others in turn. */
const announced = new Set<string>();
const announce = (opened: readonly Incident[]) => {
  const fresh = opened.filter(({ incidentId }) => !announced.has(incidentId));
  for (const { incidentId } of fresh) announced.add(incidentId);
  const critical = fresh.filter(({ severity }) => severity === 'critical');
  const [one] = critical;
  if (one)
    interrupt(critical.length === 1 ? `Critical incident: ${inWords(one)}` : `${critical.length} critical incidents`);
  if (fresh.length > critical.length) say(counted(fresh.length - critical.length, 'new incident'));
};

let leave: (() => void) | undefined;

/** Hears of incidents, from the first call on. */
export const followIncidents = (): void => {
  leave ??= follow();
};

export const leaveIncidents = (): void => {
  leave?.();
  leave = undefined;
};

const follow = (): (() => void) => {
  const socket: Socket<Heard> = io('/on-call', {
    transports: ['websocket'],
    withCredentials: true,
    reconnectionDelayMax: 5_000,
  });
  let waiting = new Map<string, Incident>();
  let timer: number | undefined;
  let retry: number | undefined;
  let stopped = false;

  const flush = () => {
    timer = undefined;
    const known = incidents.get();
    // Before the list of all there is nothing to change: it will have them.
    if (known === undefined || waiting.size === 0) return;
    const next = new Map([...known, ...waiting]);
    const opened = [...waiting.values()].filter(({ incidentId }) => !known.has(incidentId)).filter(isOpen);
    const changed = new Set(waiting.keys());
    waiting = new Map();
    incidents.set(next);
    announce(opened);
    for (const incidentId of changed) void queryClient.invalidateQueries({ queryKey: ['incident', incidentId] });
  };
  const hear = (incident: Incident) => {
    waiting.set(incident.incidentId, incident);
    timer ??= window.setTimeout(flush, TOGETHER_MS);
  };

  socket.on('incident.opened', hear);
  socket.on('incident.updated', hear);
  socket.on('incident.open', (open) => {
    const before = incidents.get();
    waiting = new Map();
    for (const { incidentId } of open) if (before === undefined) announced.add(incidentId);
    incidents.set(new Map(open.map((one) => [one.incidentId, one])));
    const was = connection.get();
    connection.set({ is: 'connected' });
    if (before === undefined) return;
    const fresh = open.filter(({ incidentId }) => !before.has(incidentId));
    announce(fresh);
    void askAgain();
    if (was.is === 'lost') {
      const over = [...before.values()].filter(
        (one) => isOpen(one) && !open.some(({ incidentId }) => incidentId === one.incidentId),
      );
      const told = `The connection is back. Meanwhile: ${counted(fresh.length, 'new incident')}, ${counted(over.length, 'incident')} no longer open.`;
      caughtUp.set(told);
      say(told);
    }
  });
  const lose = () => {
    if (connection.get().is === 'lost' || stopped) return;
    connection.set({ is: 'lost', since: Date.now() });
    caughtUp.set(null);
    say('The connection to the server is lost. This page may be out of date.');
  };
  const again = () => {
    if (!stopped) retry = window.setTimeout(() => socket.connect(), RETRY_MS);
  };
  socket.on('disconnect', (why) => {
    lose();
    // After being cut by the server socket.io waits to be told.
    if (why === 'io server disconnect') again();
  });
  socket.on('connect_error', (error) => {
    const { code } = (error as Error & { data?: { code?: string } }).data ?? {};
    if (code === 'forbidden') {
      connection.set({ is: 'refused' });
      return;
    }
    lose();
    if (code === 'unauthenticated') void untilResolved('session-ended').then((goOn) => goOn && socket.connect());
    else if (!socket.active) again();
  });

  return () => {
    stopped = true;
    window.clearTimeout(timer);
    window.clearTimeout(retry);
    socket.disconnect();
    incidents.set(undefined);
    connection.set({ is: 'connecting' });
  };
};

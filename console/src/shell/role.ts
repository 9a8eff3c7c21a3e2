import { createContext, use } from 'react';
import type { Session } from '../api/client.ts';

export const RoleContext = createContext<Session | null>(null);

/** Who is signed in. Pages are shown to no one else. */
export const useSession = (): Session => {
  const session = use(RoleContext);
  if (session === null) throw new Error('a page is shown without a session');
  return session;
};

/** Whether the person has a role. The API decides by itself; this spares them a button that would be refused. */
export const useHasRole = (role: string): boolean => useSession().roles.includes(role);

/** Whether the console has pages for the person at all. */
export const isOfTheDesk = ({ roles }: Session): boolean => roles.includes('on-call') || roles.includes('compliance');

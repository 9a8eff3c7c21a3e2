import type { Access } from '../auth/route-roles.ts';
import type { Declared } from './documented.ts';
import type { ProblemCode } from './problems.ts';

/** What HTTP itself refuses before it is known which route was meant. */
export const BEFORE_ROUTES: readonly ProblemCode[] = [
  'bad-request',
  'request-timeout',
  'uri-too-long',
  'headers-too-large',
];

const OF_BODIES: readonly ProblemCode[] = [
  'bad-request',
  'request-timeout',
  'body-too-large',
  'unsupported-media-type',
];

const RECORDING: readonly ProblemCode[] = ['ledger-unavailable', 'ledger-contention', 'ledger-read-only'];

/**
 * Every code that a route can answer with: its own, and what follows from who may call it and what it heeds.
 * @param method in capitals
 */
export const refusalsOf = (
  { refuses, heeds }: Declared,
  { access, method }: { readonly access: Access; readonly method: string },
): ReadonlySet<ProblemCode> =>
  new Set<ProblemCode>([
    ...refuses,
    'validation-failed',
    'internal-error',
    ...ofCallers(access),
    ...(method === 'POST' || method === 'PUT' ? OF_BODIES : []),
    ...(heeds.has('cause') ? RECORDING : []),
    ...(heeds.has('cause') && method !== 'GET' ? (['idempotency-key-reused'] as const) : []),
    ...(heeds.has('if-match') ? (['revision-mismatch'] as const) : []),
    ...(heeds.has('min-revision') ? (['min-revision-unavailable'] as const) : []),
  ]);

const ofCallers = (access: Access): readonly ProblemCode[] => {
  if (access === 'public') return [];
  // The last look at an answer asks the ledger about it, and whose an id is may stand beside the keys.
  const away = ['identity-provider-unavailable', 'ledger-unavailable', 'keys-unavailable'] as const;
  return [
    'unauthenticated',
    'rate-limited',
    ...away,
    'egress-violation',
    ...(Array.isArray(access) ? ofRoles(access) : []),
  ];
};

const ofRoles = (roles: readonly string[]): readonly ProblemCode[] =>
  roles.includes('on-call') || roles.includes('compliance') ? ['forbidden', 'stronger-sign-in-needed'] : ['forbidden'];

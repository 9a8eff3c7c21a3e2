import { QueryClient, queryOptions } from '@tanstack/react-query';
import { answered, api, LedgerProblem, readSession } from './client.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays one; what did not arrive is asked for once more.
      retry: (failures, error) =>
        failures < 1 && !(error instanceof LedgerProblem && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

/** Marks questions whose every answer is put on record. */
export const ON_RECORD = { isOnRecord: true } as const;

/** Asks again whatever may have changed meanwhile, but for questions that are on record: a person asks those. */
export const askAgain = (): Promise<void> =>
  queryClient.invalidateQueries({ predicate: ({ meta }) => meta?.isOnRecord !== true });

const STATE_MS = 15_000;
const SESSION_MS = 60_000;

export const session = queryOptions({
  queryKey: ['session'],
  queryFn: readSession,
  staleTime: SESSION_MS,
  refetchInterval: SESSION_MS,
  retry: false,
});
export const playback = queryOptions({
  queryKey: ['playback'],
  queryFn: () => answered(api.GET('/v1/playback')),
  refetchInterval: STATE_MS,
});
export const accessMonitor = queryOptions({
  queryKey: ['access-monitor'],
  queryFn: () => answered(api.GET('/v1/access-monitor')),
  refetchInterval: STATE_MS,
});
export const schedule = queryOptions({
  queryKey: ['schedule'],
  queryFn: () => answered(api.GET('/v1/on-call/schedule')),
  staleTime: 60_000,
});

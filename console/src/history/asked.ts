import { infiniteQueryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { ON_RECORD } from '../api/queries.ts';
import { isPosition, type Kind, type Question } from './question.ts';

/**
 * Each page that is read is on record, and the patients in it see that: nothing is asked again by itself, because a window was chosen or a minute
 * went by.
 */
export const onRecord = {
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  meta: ON_RECORD,
} as const;

/** The rows of a question, page by page, all as of the position of the first. @param kinds where one kind is not enough */
export const historyOf = (question: Question, limit: number, kinds?: readonly Kind[]) =>
  infiniteQueryOptions({
    queryKey: ['history', question, limit, kinds],
    queryFn: async ({ pageParam, signal }) => {
      const { asOf, entitled, ...query } = question;
      const asked = api.GET('/v1/access-history', {
        params: {
          query: {
            ...query,
            limit,
            ...(kinds && { kind: kinds.join(',') }),
            ...(entitled && { entitled: entitled === 'true' }),
            ...(asOf && { asOf: isPosition(asOf) ? Number(asOf) : asOf }),
            ...(pageParam && { cursor: pageParam }),
          },
        },
        signal,
      });
      const page = await answered(asked);
      const position = Number((await asked).response.headers.get('x-ledger-position'));
      return { ...page, position };
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    ...onRecord,
  });

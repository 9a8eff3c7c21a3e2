import { infiniteQueryOptions } from '@tanstack/react-query';
import { answered, api, type Schemas } from '../api/client.ts';
import { onRecord } from '../history/asked.ts';

export type ReleaseKind = Schemas['ReleaseExposure']['kind'];

export const releases = infiniteQueryOptions({
  queryKey: ['releases'],
  queryFn: ({ pageParam, signal }) =>
    answered(
      api.GET('/v1/releases', { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } }, signal }),
    ),
  initialPageParam: '',
  getNextPageParam: ({ next }) => next,
  ...onRecord,
});

/** Of pairs in a page of an exposure: a picture of fewer would be of a part. */
const PAIRS = 500;

export const exposureOf = (version: string, kind: ReleaseKind | undefined) =>
  infiniteQueryOptions({
    queryKey: ['exposure', version, kind],
    queryFn: ({ pageParam, signal }) =>
      answered(
        api.GET('/v1/releases/{version}/exposure', {
          params: {
            path: { version },
            query: { limit: PAIRS, ...(kind && { kind }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    ...onRecord,
  });

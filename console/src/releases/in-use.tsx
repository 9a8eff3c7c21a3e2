import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { stopsInWords } from './stops.ts';

/** What a halt would stop now, in numbers, before it stops anything: of one release of the ledger, or of all. */
export const InUse = ({ release }: { readonly release?: string }) => {
  const query = useQuery({
    queryKey: ['in-use', release],
    queryFn: () =>
      answered(api.GET('/v1/playback/in-use', { params: { query: release === undefined ? {} : { release } } })),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <div aria-live="polite">
      <Shown query={query} what="what it would stop">
        {({ views, transfers, viewers, patients, since }) => (
          <>
            <p>
              <strong>
                {release === undefined ? 'Now, this' : `Now, halting ${release}`}{' '}
                {stopsInWords({ views, transfers, viewers, patients })}.
              </strong>
            </p>
            <p>
              <small>
                As one instance has heard of all of them since <Time at={since} />; views that began before are not
                counted.
              </small>
            </p>
          </>
        )}
      </Shown>
    </div>
  );
};

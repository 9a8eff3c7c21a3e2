import { useQueries } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { answered, api, LedgerProblem } from '../api/client.ts';
import { CopyId } from '../parts/copy-id.tsx';
import { Page } from '../parts/page.tsx';
import { EmptyState, ErrorState, Loading } from '../parts/states.tsx';
import { useHasRole } from './role.ts';

/** What the ledger knows under an id. An answer that it is not there is one, too. */
const orNothing = <T,>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error: unknown) => {
    if (error instanceof LedgerProblem && (error.status === 404 || error.status === 400)) return null;
    throw error;
  });

export const SearchPage = () => {
  const { id } = useSearch({ from: '/shell/search' });
  const mayLookBack = useHasRole('compliance');
  const [incident, breach] = useQueries({
    queries: [
      {
        queryKey: ['search', 'incident', id],
        queryFn: () =>
          orNothing(answered(api.GET('/v1/incidents/{incidentId}', { params: { path: { incidentId: id } } }))),
      },
      {
        queryKey: ['search', 'breach', id],
        queryFn: () => orNothing(answered(api.GET('/v1/breaches/{breachId}', { params: { path: { breachId: id } } }))),
      },
    ],
  });
  const error = incident.error ?? breach.error;
  const waits = incident.isPending || breach.isPending;
  return (
    <Page title="Search">
      <p>
        <CopyId id={id} of="searched" whole />
      </p>
      {error !== null && <ErrorState error={error} />}
      {error === null && waits && <Loading what="what has this id" />}
      {incident.data && (
        <p>
          An incident:{' '}
          <Link to="/incidents/$incidentId" params={{ incidentId: id }}>
            {incident.data.kind}, {incident.data.status}
          </Link>
        </p>
      )}
      {breach.data && (
        <p>
          A breach of the rule {breach.data.rule}, {breach.data.status}.
        </p>
      )}
      {error === null && !waits && !incident.data && !breach.data && (
        <EmptyState title="No incident and no breach has this id">Ids are compared whole, letter by letter.</EmptyState>
      )}
      {mayLookBack && (
        <p>
          Look it up as{' '}
          <Link to="/viewers/$viewerId" params={{ viewerId: id }}>
            a viewer
          </Link>
          ,{' '}
          <Link to="/patients/$patientId" params={{ patientId: id }}>
            a patient
          </Link>
          ,{' '}
          <Link to="/recordings/$recordingId" params={{ recordingId: id }}>
            a recording
          </Link>{' '}
          or{' '}
          <Link to="/history" search={{ consultationId: id }}>
            a consultation
          </Link>
          . Each reads the access history, which is put on record.
        </p>
      )}
    </Page>
  );
};

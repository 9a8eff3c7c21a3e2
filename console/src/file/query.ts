import { queryOptions } from '@tanstack/react-query';
import { api, LedgerProblem } from '../api/client.ts';
import { onRecord } from '../history/asked.ts';

/** The breach file of an incident, as of a position of the log or of now. */
export const breachFile = (incidentId: string, asOf: number | undefined) =>
  queryOptions({
    queryKey: ['file', incidentId, asOf],
    queryFn: async () => {
      const { data, error, response } = await api.GET('/v1/incidents/{incidentId}/file', {
        params: { path: { incidentId }, query: asOf === undefined ? {} : { asOf } },
        headers: { accept: 'application/json' },
      });
      if (data === undefined)
        throw new LedgerProblem(error?.code, response.status, error?.detail ?? 'The file could not be made.');
      return data;
    },
    ...onRecord,
  });

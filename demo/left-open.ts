import { type Aftermath } from './bug-of-2020.ts';
import { viewsOf } from './clinic.ts';
import { until } from './person.ts';

const VIDEOS = 12;

/**
 * Leaves an incident that no person has taken on, for the one who opens the console: the first is closed, and another patient of the same release
 * opens videos of others.
 * @returns its page in the console
 */
export const leftOpen = async ({ server, onCall, incidentId, others }: Aftermath): Promise<string> => {
  (await onCall.post(`/v1/incidents/${incidentId}/close`, { resolution: 'confirmed' })).is(200);
  const [second, ...theirs] = others;
  for (const { consultation, recording } of theirs.slice(0, VIDEOS))
    await second?.patient.post(viewsOf(consultation, recording), { purpose: 'patient-request' });
  const open = await until('the incident of the second patient', async () => {
    const list = (await onCall.get('/v1/incidents'))
      .is(200)
      .json<{ items: { incidentId: string; breaches: number }[] }>();
    return list.items.find(({ breaches }) => breaches >= VIDEOS);
  });
  const page = new URL(`/console/incidents/${open.incidentId}`, server.url);
  // Cookies are of a host, whatever its port: at the address that `npm start` prints, a sign-in here would end the one there.
  page.hostname = 'localhost';
  return page.href;
};

import { type ClockedIncident, resolutionsOf } from '../../../projections/incident-clocks.ts';
import type { ClockFacts } from './clocks.ts';

/**
 * What its clocks go by. Where no critical breach of it can be looked up and it had one, they go by its opening.
 * @param flaggedAt when the critical breaches of it that are known were flagged
 */
export const clockFactsOf = (incident: ClockedIncident, flaggedAt: readonly string[]): ClockFacts => {
  const { kind, drillId, isMerged, awareness, people, risk, authorities, peopleNotified, openedAt } = incident;
  const [firstFlag] = [...flaggedAt].sort();
  const first = firstFlag ?? (incident.criticalCount > 0 ? openedAt : undefined);
  const resolutions = resolutionsOf(incident);
  return {
    ...{ kind, isMerged, people, authorities, peopleNotified },
    ...(drillId !== undefined && { drillId }),
    ...(awareness && { awareness }),
    ...(first !== undefined && { firstCriticalAt: first }),
    ...(risk !== undefined && { risk }),
    ...(resolutions && { resolutions }),
  };
};

import { DRILL_PREFIX } from '../../events/drill-events.ts';
import { ValidationFailed } from '../http/problems.ts';

/** People of drills are made by drills, so that no person is taken for one of them. @throws ValidationFailed */
export const assertOfNoDrill = (ids: Readonly<Record<string, string>>): void => {
  const problems = Object.entries(ids).flatMap(([path, id]) =>
    id.startsWith(DRILL_PREFIX)
      ? [{ path, message: `must not begin with ${DRILL_PREFIX}: such ids are for drills` }]
      : [],
  );
  if (problems.length > 0) throw new ValidationFailed(problems);
};

import type { PatientLedger } from '../evolve.ts';
import type { PatientState, Patients } from '../patients.ts';

/**
 * The streams of the ids that were merged into this one, as they are known here. This id's own stream says where to look; each of the others
 * says for itself whether it is so.
 * @param merged of this id's own stream
 * @throws LedgerUnavailable: a person is not shown half of their list
 */
export const mergedInto = async (
  patients: Pick<Patients, 'get'>,
  patientId: string,
  { merged }: Pick<PatientLedger, 'merged'>,
): Promise<readonly (PatientState & { readonly patientId: string })[]> => {
  const named = await Promise.all(
    [...merged.keys()].map(async (mergedId) => ({
      patientId: mergedId,
      ...(await patients.get(mergedId)).state,
    })),
  );
  return named.filter((one) => one.ledger.mergedInto === patientId);
};

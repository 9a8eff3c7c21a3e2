import type { PatientState, Patients } from '../patients.ts';

/**
 * The streams of the ids that were merged into this one, as they are known here. This id's own stream says where to look; each of the others
 * says for itself whether it is so.
 * @throws LedgerUnavailable: a person is not shown half of their list
 */
export const mergedInto = async (
  patients: Pick<Patients, 'get'>,
  patientId: string,
): Promise<readonly (PatientState & { readonly patientId: string })[]> => {
  const { ledger } = (await patients.get(patientId)).state;
  const named = await Promise.all(
    [...ledger.merged.keys()].map(async (mergedId) => ({
      patientId: mergedId,
      ...(await patients.get(mergedId)).state,
    })),
  );
  return named.filter((one) => one.ledger.mergedInto === patientId);
};

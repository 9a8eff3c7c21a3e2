import type { PatientEvent } from '../../../events/patient-events.ts';
import { MergeRefused, PatientNotFound } from '../errors.ts';
import { capacityOf, type PatientLedger } from '../evolve.ts';

type Merged = Extract<PatientEvent, { type: 'PatientsMerged' }>;
type Unmerged = Extract<PatientEvent, { type: 'PatientsUnmerged' }>;

/** `patientId` is merged into `survivingPatientId`. */
export type IdsOfOnePerson = { readonly patientId: string; readonly survivingPatientId: string };
export type Unmerging = IdsOfOnePerson & { readonly reason: string };

/** More ids than one person ever had; the person's list reads as many streams. */
export const MOST_MERGED = 20;

const both = (streamOf: string, { patientId, survivingPatientId }: IdsOfOnePerson) => ({
  patientId: streamOf,
  mergedPatientId: patientId,
  survivingPatientId,
});

/** The ledger has it that they met: a guardian is not the child, and a clinician not the patient. */
const assertNeverMet = ({ consultations }: PatientLedger, personId: string): void => {
  for (const consultation of consultations.values()) {
    const capacity = capacityOf(consultation, personId);
    if (capacity && capacity !== 'patient')
      throw new MergeRefused(
        `one of them takes part in a consultation of the other as ${capacity}: they are two people`,
      );
  }
};

/**
 * On the stream of the surviving id, first: where to look. By itself it gives access to nothing.
 * An id is merged into another or has others merged into it, and never both: its own stream decides that, so that no circle and no chain can
 * come about, however many ask at the same time.
 * @throws MergeRefused
 */
export function nameMerged(surviving: PatientLedger, ids: IdsOfOnePerson): Merged[] {
  const { patientId, survivingPatientId } = ids;
  if (patientId === survivingPatientId) throw new MergeRefused('the two ids are the same');
  if (surviving.mergedInto !== undefined)
    throw new MergeRefused('the id that is to survive is merged into another itself: name that one');
  if (surviving.merged.has(patientId)) return [];
  assertNeverMet(surviving, patientId);
  if (surviving.merged.size >= MOST_MERGED)
    throw new MergeRefused(`${MOST_MERGED} ids are merged into this one, and no more may be`);
  return [{ type: 'PatientsMerged', data: both(survivingPatientId, ids) }];
}

/**
 * On the stream of the merged id, second: from here on the other is the patient, too.
 * @throws PatientNotFound, MergeRefused
 */
export function merge(merged: PatientLedger, ids: IdsOfOnePerson): Merged[] {
  const { patientId, survivingPatientId } = ids;
  if (patientId === survivingPatientId) throw new MergeRefused('the two ids are the same');
  if (merged.consultations.size === 0) throw new PatientNotFound();
  if (merged.mergedInto === survivingPatientId) return [];
  if (merged.mergedInto !== undefined) throw new MergeRefused('it is merged into another id: unmerge it first');
  if (merged.merged.size > 0)
    throw new MergeRefused('others are merged into it: unmerge them, and merge each into the id that is to survive');
  assertNeverMet(merged, survivingPatientId);
  return [{ type: 'PatientsMerged', data: both(patientId, ids) }];
}

/**
 * On the stream of the merged id, first: what the other may do here ends.
 * @throws PatientNotFound, MergeRefused where it is merged into a third id
 */
export function unmerge(merged: PatientLedger, { reason, ...ids }: Unmerging): Unmerged[] {
  if (merged.consultations.size === 0) throw new PatientNotFound();
  if (merged.mergedInto === undefined) return [];
  if (merged.mergedInto !== ids.survivingPatientId) throw new MergeRefused('it is merged into another id than this');
  return [{ type: 'PatientsUnmerged', data: { ...both(ids.patientId, ids), reason } }];
}

/** On the stream of the surviving id, second: there is nothing to look for any more. */
export const forgetMerged = (surviving: PatientLedger, { reason, ...ids }: Unmerging): Unmerged[] =>
  surviving.merged.has(ids.patientId)
    ? [{ type: 'PatientsUnmerged', data: { ...both(ids.survivingPatientId, ids), reason } }]
    : [];

import { patientStreams } from '../../events/categories.ts';
import type { EventStore } from '../ledger/event-store.ts';
import { type Named, sealIdIn } from './recording-key.ts';

/** Where the ledger has a recording. */
export type Filing = {
  readonly consultationId: string;
  /** When the ledger recorded it, in milliseconds: a file's own date is what its last copy or restore made it. */
  readonly storedAt: number;
  readonly erased: boolean;
  /** Which seal its object has; undefined for an object in clear. */
  readonly sealId: string | undefined;
};

type OfPatient = ReadonlyMap<string, Filing>;

/** Objects come ordered by patient, or nearly: more patients than fill a page of a listing need not be remembered. */
const PATIENTS_KEPT = 2_000;

/**
 * Where the ledger has each recording of a store, read for one sweep. It reads the streams itself: a sweep passes every patient
 * once and would push the patients of today's requests out of the folds that are kept for them.
 */
export class Filings {
  private readonly patients = new Map<string, OfPatient>();

  constructor(private readonly events: EventStore) {}

  /**
   * A recording that was found is remembered, since it never leaves the ledger; one that was not, or was found to have another object, is asked for
   * anew each time.
   * @throws LedgerUnavailable, UnreadableEvent
   */
  async of({ patientId, recordingId, sealId }: Named): Promise<Filing | undefined> {
    const known = this.patients.get(patientId)?.get(recordingId);
    if (known && known.sealId === sealId) return known;
    const read = await this.read(patientId);
    if (this.patients.size >= PATIENTS_KEPT) this.patients.clear();
    this.patients.set(patientId, read);
    return read.get(recordingId);
  }

  private async read(patientId: string): Promise<OfPatient> {
    const found = new Map<string, Filing>();
    for await (const event of this.events.read(patientStreams.of(patientId))) {
      const { type, data, recordedAt } = event;
      if (type === 'RecordingStored') {
        const { consultationId, recordingId } = data;
        const sealId = sealIdIn(data.sealed);
        found.set(recordingId, { consultationId, storedAt: Date.parse(recordedAt), erased: false, sealId });
      } else if (type === 'RecordingResealed') {
        const stored = found.get(data.recordingId);
        if (stored) found.set(data.recordingId, { ...stored, sealId: sealIdIn(data.sealed) });
      } else if (type === 'RecordingErased') {
        const stored = found.get(data.recordingId);
        if (stored) found.set(data.recordingId, { ...stored, erased: true });
      }
    }
    return found;
  }
}

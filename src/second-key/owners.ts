/** Whose a consultation or recording is. */
export type Owner = { readonly patientId: string; readonly consultationId: string; readonly recordingId?: string };

/** Ids that entered this process longest ago are forgotten first: about 30 MB. */
const KEPT = 200_000;

/**
 * Whose every consultation and recording is that this process has seen, by the id itself. Whatever could leak was read from the store
 * or written by this process first, so that an id is recognised under whatever name it leaves.
 */
export class Owners {
  private readonly owners = new Map<string, Owner>();
  /** When each id was filed, in milliseconds since the epoch. */
  private readonly filed = new Map<string, number>();
  private shortest = Number.POSITIVE_INFINITY;

  /** The length of the shortest id there ever was: a shorter text holds none. */
  get shortestId(): number {
    return this.shortest;
  }

  of(id: string): Owner | undefined {
    return this.owners.get(id);
  }

  /**
   * @param data of a stored event, as it is
   * @param at when it was stored, or is about to be, in milliseconds since the epoch
   */
  note(stream: string, type: string, data: unknown, at: number): void {
    if (type !== 'ConsultationBooked' && type !== 'RecordingStored') return;
    if (!stream.startsWith('patient-') || typeof data !== 'object' || data === null) return;
    const patientId = stream.slice('patient-'.length);
    const { consultationId, recordingId } = data as Record<string, unknown>;
    if (typeof consultationId !== 'string') return;
    if (type === 'ConsultationBooked') this.put(consultationId, { patientId, consultationId }, at);
    else if (typeof recordingId === 'string') this.put(recordingId, { patientId, consultationId, recordingId }, at);
  }

  private put(id: string, owner: Owner, at: number): void {
    // The first to file an id in the ledger owns it, in whatever order the two are read: filing it again gives it to no one else.
    if (at >= (this.filed.get(id) ?? Number.POSITIVE_INFINITY)) return;
    this.filed.set(id, at);
    this.owners.set(id, owner);
    this.shortest = Math.min(this.shortest, id.length);
    if (this.owners.size <= KEPT) return;
    const [oldest] = this.owners.keys();
    if (oldest === undefined) return;
    this.owners.delete(oldest);
    this.filed.delete(oldest);
  }
}

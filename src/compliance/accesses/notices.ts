import { Injectable } from '@nestjs/common';
import type { Recorded } from '../../../events/event.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { ViewRef } from '../../consultations/refs.ts';
import { Privacy } from '../../privacy/privacy.ts';
import { Accesses } from './accesses.ts';
import { Persons } from './persons.ts';
import type { ToldRow } from './telling.ts';

/** An access to the patient's recordings, as the row of it in their list. */
export type AccessRecorded = ToldRow & { readonly revision: number };

/** A clinician declared an emergency to open one of the patient's recordings: let in or not. */
export type EmergencyAccess = Omit<ViewRef, 'viewerId' | 'recordingId'> &
  Pick<ToldRow, 'viewerId' | 'who'> & {
    /** null where a service reported a recording that is not filed there. */
    readonly recordingId: string | null;
    readonly revision: number;
  };

/** The events that patients can be told of at once. */
export type Noticed = Extract<PatientEvent, { type: 'RecordingViewed' | 'RecordingViewRefused' }>;

export const isNoticed = (event: Recorded): event is Recorded<Noticed> =>
  event.type === 'RecordingViewed' || event.type === 'RecordingViewRefused';

/**
 * What a patient is told of one event, at the moment it is asked for: that a recording was opened, or that a viewer asked for it in vain. Lists
 * that showed it, the bytes that follow on a view and reads of the history are many, and in the patient's list alone.
 */
@Injectable()
export class AccessNotices {
  constructor(
    private readonly accesses: Accesses,
    private readonly persons: Persons,
    private readonly privacy: Privacy,
  ) {}

  /**
   * By the patient's choice, and by the holds, under either of their ids.
   * @returns undefined: the patient is not to be told
   * @throws LedgerUnavailable: it is not known whether they may be told
   */
  async recorded(event: Recorded<Noticed>): Promise<AccessRecorded | undefined> {
    const accesses = await this.persons.underEachId(event.data);
    const wanted = await Promise.all(accesses.map((access) => this.privacy.isToldNow(access)));
    if (!wanted.includes(true) || (await this.isHeldNow(accesses))) return undefined;
    const row = await this.accesses.toldOf(event);
    return row && { ...row, revision: event.revision };
  }

  /**
   * Whatever the patient chose; by the holds.
   * @returns undefined: it is no emergency, or kept from the patient
   * @throws LedgerUnavailable: it is not known whether they may be told
   */
  async emergency(event: Recorded<Noticed>): Promise<EmergencyAccess | undefined> {
    const { type, data, revision } = event;
    if (type !== 'RecordingViewed' || data.purpose !== 'emergency') return undefined;
    if (await this.isHeldNow(await this.persons.underEachId(data))) return undefined;
    const row = await this.accesses.toldOf(event);
    if (row?.kind !== 'opened') return undefined;
    const { patientId, consultationId, recordingId, viewId, viewerId, who } = row;
    const ids = { patientId, consultationId, recordingId, viewId };
    return { ...ids, ...(viewerId !== undefined && { viewerId }), who, revision };
  }

  private async isHeldNow(accesses: readonly { patientId: string; viewerId: string }[]): Promise<boolean> {
    return (await Promise.all(accesses.map((access) => this.privacy.isHeldNow(access)))).includes(true);
  }
}

import { Injectable } from '@nestjs/common';
import { Privacy } from '../privacy/privacy.ts';
import type { ProductEvent } from './product-events.ts';

/**
 * Whether a product event may be told to receivers. Each access to a recording is told for patients who want to hear of accesses, and of
 * no other patient; an emergency of every patient. Neither is told while a hold keeps it from the patient, whom a receiver may be about to
 * tell.
 */
@Injectable()
export class Wanted {
  constructor(private readonly privacy: Privacy) {}

  /** @throws LedgerUnavailable */
  async isWanted({ type, data: { patientId, viewerId } }: ProductEvent): Promise<boolean> {
    const access = { patientId: String(patientId), viewerId: String(viewerId) };
    if (type === 'access.recorded') return this.privacy.isToldNow(access);
    if (type === 'access.emergency') return !(await this.privacy.isHeldNow(access));
    return true;
  }
}

import { Injectable } from '@nestjs/common';
import type { ProductEvent } from './product-events.ts';

/**
 * Whether a product event may be told to receivers. Each access to a recording is told for patients who asked to hear of accesses, and of
 * no other patient; until patients can ask, of none. Emergencies, refusals and flags are told of every patient.
 */
@Injectable()
export class Wanted {
  async isWanted({ type }: ProductEvent): Promise<boolean> {
    return type !== 'access.recorded';
  }
}

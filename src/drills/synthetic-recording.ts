import { randomBytes } from 'node:crypto';
import { wavOf } from '../recordings/wav.ts';

/** Of a tenth of a second. */
const SAMPLES = 800;

/** A recording of noise, unlike any other: the same bytes under two patients would be quarantined. */
export const syntheticRecording = (): Buffer => wavOf(randomBytes(SAMPLES));

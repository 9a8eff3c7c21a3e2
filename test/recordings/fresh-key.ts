import { randomUUID } from 'node:crypto';
import { recordingKey } from '../../src/recordings/recording-key.ts';

export const freshKey = () => recordingKey({ patientId: 'pat-1', recordingId: randomUUID() });

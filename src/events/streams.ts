/** One function for each kind of stream: nobody spells a stream name by hand. */
export const patientStream = (patientId: string) => `patient-${patientId}`;
export const diaryStream = (personId: string) => `diary-${personId}`;
export const viewerStream = (viewerId: string) => `viewer-${viewerId}`;
export const breachStream = (viewId: string) => `breach-${viewId}`;
export const sessionStream = (mediaSessionId: string) => `session-${mediaSessionId}`;
export const PLAYBACK_STREAM = 'playback-switch';
export const HOUSEKEEPING_STREAM = 'recordings-housekeeping';

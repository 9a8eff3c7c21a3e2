/** One function for each kind of stream: nobody spells a stream name by hand. */
export const patientStream = (patientId: string) => `patient-${patientId}`;
export const diaryStream = (personId: string) => `diary-${personId}`;
export const viewerStream = (viewerId: string) => `viewer-${viewerId}`;
export const breachStream = (viewId: string) => `breach-${viewId}`;
export const sessionStream = (mediaSessionId: string) => `session-${mediaSessionId}`;
export const PLAYBACK_STREAM = 'playback-switch';
export const HOUSEKEEPING_STREAM = 'recordings-housekeeping';
/** Where the ledger lives, as far as this store knows. Each store has its own; it is not copied. */
export const HOME_STREAM = 'ledger-home';

/** Every stream the product writes; system streams and other products' streams on the same cluster are none of its business. */
export const STREAM_PREFIXES = [
  'patient-',
  'diary-',
  'viewer-',
  'breach-',
  'playback-',
  'recordings-',
  'session-',
  HOME_STREAM,
] as const;

/** In every event of a kind of stream, the field that names whose stream it is. */
const OWNERS: Readonly<Record<string, string>> = {
  patient: 'patientId',
  diary: 'personId',
  viewer: 'viewerId',
  breach: 'breachId',
  session: 'mediaSessionId',
};

/** Whether an event is about the one whose stream it is on; streams of nobody hold what they hold. */
export const isOnItsStream = (stream: string, data: object): boolean => {
  const kind = stream.slice(0, stream.indexOf('-'));
  const owner = OWNERS[kind];
  return owner === undefined || `${kind}-${String((data as Record<string, unknown>)[owner])}` === stream;
};

import { zone } from '../parts/preferences.ts';
import { useStored } from '../parts/store.ts';

/** The IANA name of the zone that the person reads times in. */
export const useTimeZone = (): string =>
  useStored(zone) === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;

import { counted } from '../parts/words.ts';

type Numbers = {
  readonly views: number;
  readonly transfers: number;
  readonly viewers: number;
  readonly patients: number;
};

/** `stops 12 open views and cuts 3 transfers: 9 viewers of 4 patients`. */
export const stopsInWords = ({ views, transfers, viewers, patients }: Numbers): string => {
  if (views === 0 && transfers === 0) return 'stops no view that is open: no one is watching';
  const parts = [
    views > 0 && `stops ${counted(views, 'open view')}`,
    transfers > 0 && `cuts ${counted(transfers, 'transfer')}`,
  ].filter((part) => part !== false);
  return `${parts.join(' and ')}: ${counted(viewers, 'viewer')} of ${counted(patients, 'patient')}`;
};

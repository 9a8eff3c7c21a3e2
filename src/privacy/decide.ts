import type { PrivacyEvent } from '../../events/privacy-events.ts';
import { HoldNotFound, HoldRefused, OwnHold } from './errors.ts';
import type { AccessHold, PatientPrivacy } from './evolve.ts';

type Of<T extends PrivacyEvent['type']> = Extract<PrivacyEvent, { type: T }>;
/** An access by whom to whose data. */
type Access = { readonly patientId: string; readonly viewerId: string };
export type HoldStatus = 'in-force' | 'over' | 'lifted';

const DAY_MS = 86_400_000;
/**
 * 45 CFR 164.528(a)(2)(ii)(C): asked for by word of mouth, a hold is of no more than 30 days. One that is asked for in writing names its time;
 * that it is no more than a year is ours, so that a slip in a year hides nothing for good: it can be placed again.
 */
export const LONGEST_HOLD_DAYS = { oral: 30, written: 366 } as const;

/** The same choice again changes nothing; choosing the default is a choice, which a later default does not undo. */
export const choose = (
  { notify: before }: PatientPrivacy,
  data: Of<'AccessNotificationsChosen'>['data'],
): Of<'AccessNotificationsChosen'>[] => (before === data.notify ? [] : [{ type: 'AccessNotificationsChosen', data }]);

/**
 * @param by the officer
 * @param now milliseconds since the epoch
 * @throws OwnHold, HoldRefused
 */
export const place = (
  data: Of<'AccessHoldPlaced'>['data'],
  { by, now }: { readonly by: string; readonly now: number },
): Of<'AccessHoldPlaced'>[] => {
  const { patientId, viewerId, request, until } = data;
  if (by === patientId || by === viewerId) throw new OwnHold();
  if (viewerId === patientId)
    throw new HoldRefused('viewerId', 'is the patient, whose own accesses are always shown to them');
  const days = LONGEST_HOLD_DAYS[request];
  const end = Date.parse(until);
  if (end <= now) throw new HoldRefused('until', 'must be in the future');
  if (end > now + days * DAY_MS)
    throw new HoldRefused('until', `must be within ${days} days where the hold was asked for in ${mode[request]}`);
  return [{ type: 'AccessHoldPlaced', data }];
};
const mode = { oral: 'words', written: 'writing' } as const;

/** Lifting a hold again, or one whose time is over, changes nothing. @throws HoldNotFound, OwnHold */
export const lift = (
  privacy: PatientPrivacy,
  data: Of<'AccessHoldLifted'>['data'],
  { by, now }: { readonly by: string; readonly now: number },
): Of<'AccessHoldLifted'>[] => {
  const hold = privacy.holds.get(data.holdId);
  if (!hold) throw new HoldNotFound();
  if (by === data.patientId || by === hold.viewerId) throw new OwnHold();
  return statusOf(hold, now) === 'in-force' ? [{ type: 'AccessHoldLifted', data }] : [];
};

export const statusOf = ({ until, liftedBy }: AccessHold, now: number): HoldStatus => {
  if (liftedBy !== undefined) return 'lifted';
  return now < Date.parse(until) ? 'in-force' : 'over';
};

/** Whether an access is kept from the patient now. Never one by the patient: its absence would tell them of the hold. */
export const isHeld = ({ holds }: PatientPrivacy, { patientId, viewerId }: Access, now: number): boolean =>
  viewerId !== patientId &&
  [...holds.values()].some(
    (hold) => (hold.viewerId === undefined || hold.viewerId === viewerId) && statusOf(hold, now) === 'in-force',
  );

/** Whether the patient wants to be told of an access now, and may be. */
export const isTold = (
  privacy: PatientPrivacy,
  access: Access,
  { now, byDefault }: { readonly now: number; readonly byDefault: boolean },
): boolean => access.viewerId !== access.patientId && (privacy.notify ?? byDefault) && !isHeld(privacy, access, now);

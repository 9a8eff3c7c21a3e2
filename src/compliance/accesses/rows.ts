import type { Purpose, Severity, ViewSource } from '../../../events/values.ts';
import type { ViewRef } from '../../consultations/refs.ts';

/** What every row says: whose data, who looked, when, and under which releases. */
type Look = {
  readonly at: string;
  readonly patientId: string;
  readonly viewerId: string;
  readonly viewerRoles: readonly string[];
  /** The release that served it. */
  readonly appVersion: string;
  /** The release of the app that asked, where it said so. */
  readonly clientRelease?: string;
};
/** The view of a row, beside whose it is and who looked. */
type Viewed = Omit<ViewRef, 'patientId' | 'viewerId'>;
/** A service may have reported a view of a recording that is not filed there: another patient's, whose id is not this patient's to know. */
type ViewedOrReported = Omit<Viewed, 'recordingId'> & { readonly recordingId: string | null };

/** One rung of the exposure ladder: what a viewer was shown, opened (or was refused) and really received. */
export type AccessRow =
  | (Look & { kind: 'shown'; consultationIds: readonly string[]; recordingIds: readonly string[] })
  | (Look &
      ViewedOrReported & {
        kind: 'opened';
        purpose: Purpose;
        source: ViewSource;
        verdict: 'cleared' | 'flagged' | 'pending';
        severity?: Severity;
      })
  /** Without a purpose: at the content of a view that is not theirs, or not theirs any more. */
  | (Look & Viewed & { kind: 'refused'; purpose?: Purpose; reasonCode: string })
  /** All that left under one view, at the time that the first of it was on record. */
  | (Look &
      Viewed & {
        kind: 'played';
        bytesServed: number;
        ranges: readonly (readonly [number, number])[];
        outcome: string;
      })
  /** Who had access was read: by a compliance officer, a service or a guardian; by the latter two for a person whom they named. */
  | (Look & { kind: 'audited'; onBehalfOf?: string });

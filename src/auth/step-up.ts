import type { SessionOfCaller } from '../request/actor.ts';
import { StepUpNeeded } from './errors.ts';

type Asked = { readonly scope?: unknown; readonly preview?: unknown } | null | undefined;

const recording = '/v1/patients/:patientId/consultations/:consultationId/recordings/:recordingId';

/** Acts that stop playback, let a quarantined recording out, or undo a protection of many people; some only with the body that makes them so. */
const DANGEROUS: Readonly<Record<string, true | ((body: Asked) => boolean)>> = {
  'POST /v1/playback/halt': true,
  [`POST ${recording}/release`]: true,
  [`POST ${recording}/erase`]: true,
  // No other export is approved than one above the threshold.
  'POST /v1/exports/:exportId/approve': true,
  'POST /v1/erasures/:erasureId/approve': true,
  'POST /v1/rules/:name/changes/:changeId/approve': true,
  // These scopes halt playback of everything, or of a release.
  'POST /v1/incidents/:incidentId/contain': (body) =>
    (body?.scope === 'all' || body?.scope === 'release') && body.preview !== true,
};

/** How long ago a person may have signed in: a colleague who sits down at their screen has not. */
const RECENT_MS = 300_000;
/** Clocks of an issuer and of this machine differ. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * A person at the console who does something dangerous must have signed in just now, and strongly enough. Tokens are judged by their roles alone.
 * @param pattern the route's pattern, as it was registered
 * @throws StepUpNeeded
 */
export const insistOnStepUp = (
  { signedInAt, isStrong }: SessionOfCaller,
  { method, pattern, body }: { readonly method: string; readonly pattern: string; readonly body: unknown },
): void => {
  const rule = DANGEROUS[`${method} ${pattern}`];
  if (rule === undefined || (rule !== true && !rule(body as Asked))) return;
  if (!isStrong || Date.now() > signedInAt.getTime() + RECENT_MS + CLOCK_TOLERANCE_MS) throw new StepUpNeeded();
};

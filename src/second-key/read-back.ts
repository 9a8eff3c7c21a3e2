import { type AsOf, factsAt, NOW, tookPart, wasMergedInto } from '../../projections/recording-access.ts';
import type { Established } from './caller.ts';
import type { Evidence } from './evidence.ts';
import { intentOf } from './intent.ts';
import { keptId } from './person-id.ts';

/** A request that was carried out, by its own words, and the response about to leave. */
export type CarriedOut = {
  readonly method: string;
  readonly path: string;
  /** The body as it was parsed, before any schema. */
  readonly asked: unknown;
  readonly text: string;
};

type Json = Readonly<Record<string, unknown>>;
type Question = {
  readonly ids: readonly string[];
  readonly asked: Json;
  readonly answer: Json;
  readonly caller: Established | undefined;
  readonly evidence: Evidence;
};

const RECORDING = '/v1/patients/([^/]+)/consultations/([^/]+)/recordings/([^/]+)';

/** What must be so before the answer says that it is, for each request that invites, removes or merges a person, assigns a reviewer, opens a recording or stops a viewer. */
const checks: readonly (readonly [RegExp, (question: Question) => boolean | Promise<boolean>])[] = [
  [new RegExp(`^${RECORDING}/views$`), (question) => viewIsTheirs(question)],
  [new RegExp(`^${RECORDING}/quarantine$`), (question) => recordingIs('quarantined', question)],
  [new RegExp(`^${RECORDING}/release$`), (question) => recordingIs('available', question)],
  [new RegExp(`^${RECORDING}/erase$`), (question) => recordingIs('erased', question)],
  [
    /^\/v1\/patients\/([^/]+)\/consultations\/([^/]+)\/join$/,
    async ({ ids: [patientId, consultationId], asked, evidence }) => {
      const owner = await evidence.sessionOwner(String(asked.mediaSessionId));
      return owner === undefined || (owner.patientId === keptId(patientId) && owner.consultationId === consultationId);
    },
  ],
  [/^\/v1\/viewers\/([^/]+)\/suspend$/, ({ ids: [viewerId], evidence }) => isSuspended(keptId(viewerId), evidence)],
  [
    /^\/v1\/viewers\/([^/]+)\/reinstate$/,
    async ({ ids: [viewerId], evidence }) => !(await isSuspended(keptId(viewerId), evidence)),
  ],
  [
    /^\/v1\/views\/([^/]+)\/revoke$/,
    ({ ids: [viewId = ''], asked, evidence }) => isRevoked(viewId, keptId(asked.viewerId), evidence),
  ],
  [
    /^\/v1\/breaches\/([^/]+)\/contain$/,
    ({ ids: [breachId = ''], answer, evidence }) =>
      answer.source !== 'mediated' || isRevoked(breachId, keptId(answer.viewerId), evidence),
  ],
  [/^\/v1\/playback\/halt$/, ({ asked, evidence }) => evidence.haltedNow(releaseIn(asked))],
  [/^\/v1\/playback\/resume$/, async ({ asked, evidence }) => !(await evidence.haltedNow(releaseIn(asked)))],
];

/**
 * Whether what a request asked for is so now, by the ids of the raw request and what the second key knows.
 * @throws EvidenceUnavailable
 */
export const isAsAsked = async (
  { method, path, asked, text }: CarriedOut,
  caller: Established | undefined,
  evidence: Evidence,
): Promise<boolean> => {
  if (method === 'GET') return true;
  const intent = intentOf(method, path, asked);
  if (intent) {
    const answer = objectIn(text);
    const [revision, asOf] = momentOf(answer);
    const access = await evidence.patient(intent.patientId, revision);
    if (intent.kind === 'book') {
      const booked = access.consultations.get(String(answer.consultationId));
      return (
        booked?.clinicianId === intent.clinicianId &&
        booked.schedules.some(
          ({ start, end }) =>
            Date.parse(start) === Date.parse(intent.start) && Date.parse(end) === Date.parse(intent.end),
        )
      );
    }
    if (intent.kind === 'assign') {
      const recording = access.consultations.get(intent.consultationId)?.recordings.get(intent.recordingId);
      const assigned = recording?.reviewers.get(intent.reviewerId) ?? [];
      return assigned.some(({ until }) => until === Date.parse(intent.until));
    }
    if ('survivingId' in intent) return wasMergedInto(access, intent.survivingId, asOf) === (intent.kind === 'merge');
    return tookPart(access, intent, intent.personId, asOf) === (intent.kind === 'invite');
  }
  if (method !== 'POST') return true;
  for (const [pattern, holds] of checks) {
    const found = pattern.exec(path);
    if (found)
      return holds({
        ...{ ids: found.slice(1).map(decodeURIComponent), asked: fieldsOf(asked), answer: objectIn(text) },
        ...{ caller, evidence },
      });
  }
  return true;
};

/** A repeated command is answered with how it was then: its revision says when. */
const momentOf = ({ revision }: Json): readonly [revision: number | undefined, asOf: AsOf] =>
  typeof revision === 'number' ? [revision, { revision: revision + 1 }] : [undefined, NOW];

/** An opened view is the caller's, or the person's whose view a service reports, of what the path names. */
const viewIsTheirs = async ({ ids, asked, answer, caller, evidence }: Question): Promise<boolean> => {
  const [patient, consultationId = '', recordingId = ''] = ids;
  const patientId = keptId(patient);
  const viewId = String(answer.viewId);
  // Where its bytes are is told of this view and of no other.
  if (answer.contentUrl !== undefined && answer.contentUrl !== `/v1/views/${viewId}/content`) return false;
  const isReport = caller?.roles.has('service') === true && typeof asked.viewerId === 'string';
  const viewerId = isReport ? keptId(asked.viewerId) : caller?.id;
  const atHand = evidence.patientAtHand(patientId) ?? (await evidence.patient(patientId));
  const access = atHand.views.has(viewId) ? atHand : await evidence.patientNow(patientId);
  const view = access.views.get(viewId);
  // For a consultation that the ledger does not know there is only the report, on its viewer's stream.
  if (!view) return isReport && !access.consultations.has(consultationId);
  return (
    view.viewerId === viewerId &&
    (view.source === 'witnessed') === isReport &&
    view.patientId === patientId &&
    view.consultationId === consultationId &&
    view.recordingId === recordingId
  );
};

const recordingIs = async (
  state: 'available' | 'quarantined' | 'erased',
  { ids: [patient, consultationId = '', recordingId = ''], answer, evidence }: Question,
): Promise<boolean> => {
  const patientId = keptId(patient);
  const [revision, asOf] = momentOf(answer);
  const access = await evidence.patient(patientId, revision);
  return factsAt(access, { patientId, consultationId, recordingId, viewerId: '' }, asOf).recording === state;
};

const releaseIn = ({ release }: Json): string | undefined => (release === undefined ? undefined : String(release));

const isSuspended = async (viewerId: string, evidence: Evidence): Promise<boolean> =>
  (await evidence.viewerNow(viewerId)).suspensions.at(-1)?.suspended ?? false;

const isRevoked = async (viewId: string, viewerId: string, evidence: Evidence): Promise<boolean> =>
  (await evidence.viewer(viewerId)).revoked.has(viewId) || (await evidence.viewerNow(viewerId)).revoked.has(viewId);

const fieldsOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

const objectIn = (text: string): Json => {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
};

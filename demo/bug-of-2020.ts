import { NestFactory } from '@nestjs/core';
import { AccessPolicy } from '../src/access/views/policy.ts';
import type { Assemble } from '../src/create-app.ts';
import { book, type Consultation, consent, join, type Recording, upload, type View, viewsOf } from './clinic.ts';
import { workOnIt } from './incident.ts';
import type { Pager } from './pager.ts';
import { connected, heard, type Person, until } from './person.ts';
import type { Server } from './server.ts';
import type { Story } from './story.ts';

const VIDEOS = 50;
/** As many setting up at once as a small clinic has going on. */
const AT_ONCE = 5;

/** The release of June 2020, as far as access is concerned. */
export class AlwaysYes extends AccessPolicy {
  override decide(): 'allowed' {
    return 'allowed';
  }
}

/**
 * The application as shipped, but for one provider: Nest's own hook for instruments puts the faulty policy where the real one was.
 * Nothing that ships can be told to do this.
 */
export const withTheBug: Assemble = (module, adapter, options) =>
  NestFactory.create(module, adapter, {
    ...options,
    instrument: { instanceDecorator: (made) => (made instanceof AccessPolicy ? new AlwaysYes() : made) },
  });

export type Filed = { readonly consultation: Consultation; readonly recording: Recording; readonly patient: Person };
type Breach = {
  readonly breachId: string;
  readonly status: string;
  readonly severity: string;
  readonly patientId: string;
  /** Null in those that rules beyond one patient open. */
  readonly recordingId: string | null;
  readonly rule: string;
  readonly viewerId: string;
  readonly contentReleased: boolean;
  /** Null while it is not known. */
  readonly bytesServed: number | null;
};

export type Aftermath = {
  readonly server: Server;
  readonly onCall: Person;
  readonly incidentId: string;
  /** Patients with a recording each, whose videos were not opened by themselves. */
  readonly others: readonly Filed[];
};

type Act = {
  /** Starts the application `withTheBug`, with this pager. */
  readonly start: () => Promise<Server>;
  readonly pager: Pager;
  readonly video: Buffer;
};

/** @returns what is left of it when the story is told */
export const bugOf2020 = async (story: Story, { start, pager, video }: Act): Promise<Aftermath> => {
  story.act(
    'The bug of 2020',
    `A release whose access policy says yes to all callers. One patient opens ${VIDEOS} other patients' videos.`,
  );
  const server = await story.step('a server with the faulty policy is started', start);
  story.claim(
    'the policy says yes to all callers',
    server.app?.get(AccessPolicy, { strict: false }) instanceof AlwaysYes,
  );

  const filed = await story.step(`${VIDEOS + 1} patients with a recorded consultation each`, () =>
    clinicDay(server, video),
  );
  const [own, ...others] = filed as [Filed, ...Filed[]];
  const onCall = await server.person('on-call-noor', 'on-call');
  const screen = onCall.socket('/on-call');
  const open = heard<Breach[]>(screen, 'breach.open');
  await story.step('an engineer is on call', () => connected(screen));
  story.claim('and the screen is empty', (await open).length === 0);

  const alerted = new Map<string, { breach: Breach; at: number }>();
  const byRules = new Set<string>();
  screen.on('breach.flagged', (breach: Breach) => {
    if (breach.recordingId === null) byRules.add(breach.rule);
    else alerted.set(breach.recordingId, { breach, at: performance.now() });
  });

  const tapped = new Map<string, number>();
  let refused = 0;
  let videoBytes = 0;
  const count = ({ status, bytes }: { status: number; bytes: Buffer }) => {
    if (status < 300) videoBytes += bytes.length;
  };
  await story.step(`the patient opens ${VIDEOS} videos of others, one after the other`, async () => {
    for (const { consultation, recording } of others) {
      tapped.set(recording.recordingId, performance.now());
      const answer = await own.patient.post(viewsOf(consultation, recording), { purpose: 'patient-request' });
      if (answer.code === 'view-withheld') refused += 1;
      else if (answer.status === 201) count(await own.patient.get(answer.json<View>().contentUrl));
    }
  });
  await until(`${VIDEOS} alerts`, async () => (alerted.size >= VIDEOS ? true : undefined));
  const breaches = [...alerted.values()].map(({ breach }) => breach);
  // A view that was withheld has an id all the same; an app with a bug of its own might try it.
  for (const { breachId } of breaches) count(await own.patient.get(`/v1/views/${breachId}/content`));

  story.claim(
    `the policy said yes, the monitor said no: ${refused} of ${VIDEOS} views were withheld`,
    refused === VIDEOS,
  );
  story.claim(
    `${videoBytes} bytes of video left`,
    videoBytes === 0 && breaches.every((breach) => !breach.contentReleased && breach.bytesServed === 0),
  );
  await until('a rule to say of the release', async () => (byRules.size >= 1 ? true : undefined));
  story.claim(
    `and a rule that looks further says why: ${[...byRules].join(', ')}`,
    byRules.size === 1 && byRules.has('release-regression'),
  );
  const isTheirs = ({ viewerId, severity }: Breach) => viewerId === own.patient.id && severity === 'critical';
  story.claim(
    `${breaches.length} breaches were flagged, one for each video, all critical`,
    breaches.length === VIDEOS &&
      breaches.every(isTheirs) &&
      others.every(({ recording, patient }) => alerted.get(recording.recordingId)?.breach.patientId === patient.id),
  );
  story.timings(
    'from each tap to its alert on the on-call screen:',
    others.map(({ recording }) => timeBetween(tapped, alerted, recording)),
  );

  await watchOwn(story, own, video);
  const secret = filed.flatMap(({ consultation, recording, patient }) => [
    ...[patient.id, consultation.consultationId, recording.recordingId],
  ]);
  const tappedAt = Math.min(...tapped.values());
  const incidentId = await workOnIt(story, { onCall, pager, tappedAt, secret }, VIDEOS, byRules.size);
  return { server, onCall, incidentId, others };
};

const timeBetween = (
  tapped: ReadonlyMap<string, number>,
  alerted: ReadonlyMap<string, { at: number }>,
  { recordingId }: Recording,
): number => (alerted.get(recordingId)?.at ?? Number.NaN) - (tapped.get(recordingId) ?? Number.NaN);

/** The second key is no wall: it opens what belongs to the one who asks. */
const watchOwn = async (story: Story, { consultation, recording, patient }: Filed, video: Buffer): Promise<void> => {
  const view = (await patient.post(viewsOf(consultation, recording), { purpose: 'patient-request' }))
    .is(201)
    .json<View>();
  const watched = await patient.get(view.contentUrl);
  story.claim('meanwhile the patient can watch their own video', watched.bytes.equals(video));
};

/** The first of them is the one who will tap. */
const clinicDay = async (server: Server, video: Buffer): Promise<readonly Filed[]> => {
  const clinicians = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => server.person(`clin-${i + 1}`, 'clinician')),
  );
  const mediaServer = await server.person('media-server', 'service');
  const day = clinicians.map(async (clinician, lane) => {
    const filed: Filed[] = [];
    for (let n = lane; n <= VIDEOS; n += AT_ONCE) {
      const patient = await server.person(`pat-${String(n).padStart(2, '0')}`, 'patient');
      const consultation = await book(patient, clinician, n + 1);
      const mediaSessionId = await join(consultation, [patient, clinician]);
      await consent(consultation, patient);
      filed.push({ consultation, recording: await upload(consultation, mediaSessionId, mediaServer, video), patient });
    }
    return filed;
  });
  return (await Promise.all(day)).flat();
};

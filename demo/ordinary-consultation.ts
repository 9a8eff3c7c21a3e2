import { answered } from '../clients/typescript/client.ts';
import { book, type Consultation, consent, idsOf, join, type Recording, upload } from './clinic.ts';
import { connected, heard, type Person, sha256, until } from './person.ts';
import type { Server } from './server.ts';
import type { Story } from './story.ts';

export type Filed = { readonly consultation: Consultation; readonly recording: Recording; readonly patient: Person };

const kib = (bytes: number) => `${Math.round(bytes / 1_024)} KiB`;

/** Booked, joined, recorded with consent, and watched by the one it belongs to. */
export const ordinaryConsultation = async (story: Story, server: Server, video: Buffer): Promise<Filed> => {
  story.act(
    'An ordinary consultation',
    'A patient and a clinician meet, agree to a recording, and the patient watches it.',
  );
  const patient = await server.person('pat-ada', 'patient');
  const clinician = await server.person('clin-grace', 'clinician');
  const mediaServer = await server.person('media-server', 'service');

  const phone = patient.socket('/me');
  await connected(phone);
  const told = heard<{ type: string }>(phone, 'consultation.changed');
  const consultation = await story.step('the patient books', () => book(patient, clinician));
  story.claim(`the app on their phone heard of it: ${(await told).type}`, (await told).type === 'ConsultationBooked');

  const mediaSessionId = await story.step('both join the call', () => join(consultation, [patient, clinician]));
  await story.step('the patient consents to a recording', () => consent(consultation, patient));
  const recording = await story.step(`the media server uploads the video (${kib(video.length)})`, () =>
    upload(consultation, mediaSessionId, mediaServer, video),
  );
  story.claim(
    `the ledger holds its SHA-256 (${recording.sha256.slice(0, 12)}…) and its length (${recording.durationSeconds} s)`,
    recording.sha256 === sha256(video).digest('hex') &&
      recording.bytes === video.length &&
      (recording.durationSeconds ?? 0) > 0,
  );

  const view = await story.step('the patient opens it: policy and monitor agree', () =>
    answered(
      patient.api.POST('/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/views', {
        params: { path: { ...idsOf(consultation), recordingId: recording.recordingId } },
        body: { purpose: 'patient-request' },
      }),
    ),
  );
  story.claim('the view is cleared', view.verdict === 'cleared');
  const content = view.contentUrl ?? '';
  const watched = await story.step('the patient watches it', () => patient.get(content));
  story.claim('what arrived is the video, byte for byte', watched.status === 200 && watched.bytes.equals(video));
  const part = await patient.get(content, { range: 'bytes=1000-1999' });
  story.claim(
    'seeking works: a range is that part of it',
    part.status === 206 && part.bytes.equals(video.subarray(1000, 2000)),
  );

  const mine = await answered(patient.api.GET('/v1/me/consultations'));
  story.claim(
    '"my consultations" shows this one with its recording, and nothing else',
    mine.items.length === 1 && mine.items[0]?.recordings[0]?.recordingId === recording.recordingId,
  );
  await settled(patient, consultation, recording);
  return { consultation, recording, patient };
};

/** What was played is recorded when the transfer has ended, a moment after its last byte. */
const settled = async (patient: Person, consultation: Consultation, { recordingId }: Recording): Promise<void> => {
  // Booked, joined twice, consented, stored, viewed, and played twice: the whole file and a part of it.
  const facts = 8;
  await until(`what was played of ${recordingId} to be recorded`, async () => {
    const { revision } = await answered(
      patient.api.GET('/v1/patients/{patientId}/consultations/{consultationId}', {
        params: { path: idsOf(consultation) },
      }),
    );
    return revision >= facts - 1 ? revision : undefined;
  });
};

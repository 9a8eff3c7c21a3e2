import { createHash } from 'node:crypto';
import { type BenchApp, held } from './bench-app.ts';

export type Watchable = { patient: string; token: string; views: string; ids: object };

/** A patient with a consultation both joined and a recording they may watch. */
export const watchable = async (app: BenchApp, service: string, video: Buffer): Promise<Watchable> => {
  const { patient, token, consultationId, path, uploads } = await held(app, service);
  const digest = `sha-256=:${createHash('sha256').update(video).digest('base64')}:`;
  const stored = await fetch(uploads, {
    method: 'POST',
    headers: { authorization: `Bearer ${service}`, 'content-type': 'video/webm', 'content-digest': digest },
    body: video,
  });
  if (!stored.ok) throw new Error(`upload: ${stored.status} ${await stored.text()}`);
  const { recordingId } = (await stored.json()) as { recordingId: string };
  return {
    patient,
    token,
    views: `${path}/recordings/${recordingId}/views`,
    ids: { patientId: patient, consultationId, recordingId },
  };
};

import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { drillPersonId } from '../../events/drill-events.ts';
import { Clock } from '../clock.ts';
import { Commands } from '../command-path/commands.ts';
import { BookConsultation, GiveConsent, JoinConsultation } from '../consultations/commands.ts';
import type { RecordingRef } from '../consultations/refs.ts';
import type { Cause } from '../ledger/ledger.ts';
import { FileRecording } from '../recordings/commands.ts';
import { syntheticRecording } from './synthetic-recording.ts';

const MINUTE_MS = 60_000;
const CONSULTATION_MS = 10 * MINUTE_MS;

export type Staged = RecordingRef & { readonly bytes: number };

/** The synthetic patients of a drill, each with a consultation that was joined, consented to and recorded: by the commands that any backend asks for. */
@Injectable()
export class Stage {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  /** @param cause of a service: it speaks for the drill's people. @throws what these commands throw */
  async set(drillId: string, n: number, cause: Cause, signal: AbortSignal): Promise<Staged> {
    const patientId = drillPersonId(drillId, `patient${n}`);
    const clinicianId = drillPersonId(drillId, 'clinician');
    const start = this.clock.now() + n * CONSULTATION_MS;
    const booking = {
      ...({ patientId, clinicianId, medium: 'audio', byThemselves: false } as const),
      scheduledStart: new Date(start).toISOString(),
      scheduledEnd: new Date(start + CONSULTATION_MS).toISOString(),
    };
    const { consultationId } = await this.commands.execute(new BookConsultation(booking, cause));
    const target = { patientId, consultationId, caller: 'service' } as const;
    const mediaSessionId = drillPersonId(drillId, `session${n}`);
    for (const personId of [patientId, clinicianId])
      await this.commands.execute(new JoinConsultation({ ...target, personId, mediaSessionId }, cause));
    await this.commands.execute(new GiveConsent({ ...target, personId: patientId, given: true }, cause));
    const recording = syntheticRecording();
    const upload = {
      ...{ ...target, mediaSessionId, body: Readable.from([recording], { objectMode: false }), signal },
      ...{
        contentType: 'audio/wav',
        declaredBytes: recording.length,
        expectedSha256: hash('sha256', recording, 'hex'),
      },
    };
    const { recordingId, bytes } = await this.commands.execute(new FileRecording(upload, cause));
    return { patientId, consultationId, recordingId, bytes };
  }
}

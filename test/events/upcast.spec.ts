import { z } from 'zod';
import { isOnItsStream } from '../../src/events/streams.ts';
import { readMetadata, UnreadableEvent, upcast } from '../../src/events/upcast.ts';

/** As it lies in the store: a RecordingStored of the first release. Stored JSON is never edited, so neither is this. */
const storedRecording = JSON.parse(`{
  "patientId": "pat-1", "consultationId": "con-1", "recordingId": "rec-1", "mediaSessionId": "room-1",
  "sha256": "${'0a'.repeat(32)}", "bytes": 1024, "contentType": "video/webm", "durationSeconds": null
}`);

const known = { 'Renamed.v2': z.object({ personId: z.string() }) };
const older = {
  Renamed: (data: unknown) => ({ type: 'Renamed.v2', data: { personId: (data as { person: string }).person } }),
};

describe('reading a stored event', () => {
  it('gives its type and checked data', () => {
    expect(upcast('RecordingStored', storedRecording)).toEqual({ type: 'RecordingStored', data: storedRecording });
  });

  it('brings an older type up to the newer one', () => {
    expect(upcast('Renamed', { person: 'pat-1' }, { known, older })).toEqual({
      type: 'Renamed.v2',
      data: { personId: 'pat-1' },
    });
  });

  it.each([
    ['a type no release knows', 'ConsultationBlessed', {}],
    ['a type that is a property of every object', 'constructor', {}],
    ['missing data', 'ConsultationCompleted', { patientId: 'pat-1' }],
    ['no data at all', 'ConsultationCompleted', undefined],
    ['data of the wrong type', 'RecordingStored', { ...storedRecording, bytes: 'many' }],
    ['an id that could name a system stream', 'ConsultationCompleted', { patientId: '$all', consultationId: 'con-1' }],
  ])('refuses %s, and never quotes what was stored', (_, type, data) => {
    expect(() => upcast(type, data)).toThrow(UnreadableEvent);
    try {
      upcast(type, data);
    } catch (error) {
      expect((error as Error).message).not.toMatch(/pat-1|many|\$all/);
    }
  });

  it('refuses upcasters that run in a circle', () => {
    const circle = { A: () => ({ type: 'B', data: {} }), B: () => ({ type: 'A', data: {} }) };
    expect(() => upcast('A', {}, { known, older: circle })).toThrow('circle');
  });

  it('refuses metadata that this ledger did not write', () => {
    expect(() => readMetadata('ConsultationCompleted', { actor: 'somebody' })).toThrow(UnreadableEvent);
  });
});

describe('an event on its stream', () => {
  it('is about the one whose stream it is', () => {
    for (const [stream, data] of [
      ['patient-pat-1', { patientId: 'pat-1' }],
      ['diary-doc-1', { personId: 'doc-1', patientId: 'pat-1' }],
      ['viewer-doc-1', { viewerId: 'doc-1' }],
      ['breach-b-1', { breachId: 'b-1' }],
      ['session-room-1', { mediaSessionId: 'room-1' }],
      ['playback-switch', {}],
    ] as const)
      expect([stream, isOnItsStream(stream, data)]).toEqual([stream, true]);
  });

  it('is about nobody else', () => {
    for (const [stream, data] of [
      ['patient-pat-1', { patientId: 'pat-2' }],
      ['patient-pat-1', {}],
      ['diary-doc-1', { personId: 'doc-2', patientId: 'doc-1' }],
      ['viewer-doc-1', { viewerId: 'doc-11' }],
      ['breach-b-1', { breachId: undefined }],
    ] as const)
      expect([stream, isOnItsStream(stream, data)]).toEqual([stream, false]);
  });
});

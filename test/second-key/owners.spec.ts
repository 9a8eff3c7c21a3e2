import { Owners } from '../../src/second-key/owners.ts';

describe('whose an id is', () => {
  const booked = (stream: string, at: number) =>
    [stream, 'ConsultationBooked', { consultationId: 'con-1' }, at] as const;
  const [anna, xenia] = [booked('patient-pat-anna', 1_000), booked('patient-pat-xenia', 2_000)];
  const ofAnna = { patientId: 'pat-anna', consultationId: 'con-1' };

  it.each([
    ['first', [anna, xenia]],
    ['last', [xenia, anna]],
    ['again', [anna, xenia, anna]],
    ['between others', [xenia, anna, xenia]],
  ])('is told by who filed it first in the ledger, where that is read %s', (_, read) => {
    const owners = new Owners();
    for (const event of read) owners.note(...event);
    expect(owners.of('con-1')).toEqual(ofAnna);
    expect(owners.shortestId).toBe(5);
  });

  it('is told by the one that is known, until an earlier one is read', () => {
    const owners = new Owners();
    owners.note(...xenia);
    expect(owners.of('con-1')).toEqual({ patientId: 'pat-xenia', consultationId: 'con-1' });
  });

  it('is told for recordings, too', () => {
    const owners = new Owners();
    const stored = { consultationId: 'con-1', recordingId: 'rec-1' };
    owners.note('patient-pat-xenia', 'RecordingStored', stored, 2_000);
    owners.note('patient-pat-anna', 'RecordingStored', stored, 1_000);
    expect(owners.of('rec-1')).toEqual({ ...ofAnna, recordingId: 'rec-1' });
  });
});

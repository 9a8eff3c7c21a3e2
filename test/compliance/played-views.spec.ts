import type { PatientEvent } from '../../events/patient-events.ts';
import { foldPlayed, nothingPlayed, playedAt } from '../../src/compliance/accesses/played-views.ts';
import { recorded } from '../support/given.ts';

const played = (viewId: string, transferId: string, [first, last]: [number, number], outcome = 'completed') =>
  ({
    type: 'RecordingPlayed',
    data: {
      ...{ patientId: 'pat-1', consultationId: 'con-1', recordingId: 'rec-1', viewId, viewerId: 'doc-1', transferId },
      ...{ bytesServed: last - first + 1, ranges: [[first, last]], outcome },
    },
  }) as PatientEvent;
const stream = recorded('patient-pat-1', [
  played('view-1', 't-1', [100, 199], 'disconnected'),
  played('view-2', 't-2', [0, 9]),
  played('view-1', 't-3', [0, 49]),
  played('view-1', 't-4', [40, 99], 'cut'),
  // A store with a short memory for ids may hold the end of a transfer twice.
  played('view-1', 't-4', [40, 99], 'cut'),
]);

describe('what a view played', () => {
  it('is all of its transfers, at the place of the first and with the end of the last', () => {
    const views = stream.reduce(foldPlayed, nothingPlayed());
    expect(playedAt(views, 'view-1', 0)).toEqual({ bytesServed: 210, ranges: [[0, 199]], outcome: 'cut' });
    expect(playedAt(views, 'view-2', 1)).toEqual({ bytesServed: 10, ranges: [[0, 9]], outcome: 'completed' });
    for (const revision of [2, 3, 4]) expect(playedAt(views, 'view-1', revision)).toBeUndefined();
    expect(playedAt(views, 'view-3', 0)).toBeUndefined();
  });

  it('is the same when events come again', () => {
    const twice = [...stream, ...stream].reduce(foldPlayed, nothingPlayed());
    expect(playedAt(twice, 'view-1', 0)).toEqual({ bytesServed: 210, ranges: [[0, 199]], outcome: 'cut' });
  });
});

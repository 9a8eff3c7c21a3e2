import { patientEvents } from '../../events/patient-events.ts';
import { viewerEvents } from '../../events/viewer-events.ts';
import { ToldEvent } from '../../events/webhook-events.ts';
import {
  cloudEvent,
  patterns,
  productEventOf,
  productTypes,
  toldTypes,
  wants,
} from '../../src/webhooks/product-events.ts';
import { tableIn } from '../docs/markdown.ts';

const recorded = (type: string, data: object) =>
  ({
    ...{ type, data, id: 'event-1', stream: 'patient-pat-1', revision: 3, position: 12n },
    recordedAt: '2036-05-04T09:00:00.000Z',
    metadata: { actor: { id: 'Name Of A Person', roles: ['clinician'] } },
  }) as unknown as Parameters<typeof productEventOf>[0];

describe('product events', () => {
  it('are of events that patients and viewers have', () => {
    const there = [...Object.keys(patientEvents), ...Object.keys(viewerEvents)];
    expect(toldTypes.filter((type) => !there.includes(type))).toEqual([]);
    expect(toldTypes.length).toBeGreaterThan(15);
  });

  it('are each of a type that can be asked for, and can be kept in the ledger', () => {
    const types = toldTypes.flatMap((type) =>
      ['treatment', 'emergency'].map((purpose) => productEventOf(recorded(type, { patientId: 'pat-1', purpose }))),
    );
    expect([...new Set(types.map((one) => one?.type))].toSorted()).toEqual([...productTypes].toSorted());
    for (const one of types) expect(ToldEvent.parse(one)).toEqual(one);
  });

  it('are none of other events, whatever they are called', () => {
    for (const type of ['SlotHeld', 'RecordingPlayed', 'toString', '__proto__', 'constructor'])
      expect(productEventOf(recorded(type, { patientId: 'pat-1' }))).toBeUndefined();
  });

  it('say ids and where the event is, and nothing else that it holds', () => {
    const told = productEventOf(
      recorded('RecordingViewed', {
        ...{ patientId: 'pat-1', viewId: 'view-1', viewerId: 'doc-1', purpose: 'treatment', reason: 'a long story' },
        ...{ viewerRoles: ['clinician'], expiresAt: '2036-05-04T10:00:00Z', somethingNew: 'that a later release adds' },
      }),
    );
    expect(JSON.parse(cloudEvent(told as ToldEvent))).toEqual({
      ...{ specversion: '1.0', id: 'event-1', source: 'urn:consultation-ledger', type: 'access.recorded' },
      ...{ subject: 'patient-pat-1', time: '2036-05-04T09:00:00.000Z', datacontenttype: 'application/json' },
      data: { patientId: 'pat-1', viewId: 'view-1', viewerId: 'doc-1', position: 12, revision: 3 },
    });
  });

  it('are asked for by type, by family, or all', () => {
    expect(wants(['consultation.*'], 'consultation.booked')).toBe(true);
    expect(wants(['*'], 'access.flagged')).toBe(true);
    expect(wants(['consultation.booked', 'access.*'], 'consultation.cancelled')).toBe(false);
    for (const family of ['consultation', 'recording', 'access']) expect(patterns).toContain(`${family}.*`);
  });

  it('are in the documentation, each with what it tells of', async () => {
    const listed = (await tableIn('docs/webhooks.md', 'Product events')).map(([type]) => type);
    expect(listed).toEqual([...productTypes]);
  });
});

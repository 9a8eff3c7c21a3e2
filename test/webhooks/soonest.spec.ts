import fc from 'fast-check';
import { type Due, Soonest } from '../../src/webhooks/soonest.ts';

const due = (deliveryId: string, readyAt: number, revision = 0): Due => ({ deliveryId, readyAt, revision });

/** Fills it as its owner does, with all that is due. */
const fill = (soonest: Soonest, all: Iterable<Due>) => {
  soonest.beginFilling();
  for (const one of all) soonest.put(one);
};

describe('the deliveries that are due soonest', () => {
  it('are to be filled at first, and not again while all of them are kept', () => {
    const soonest = new Soonest();
    expect(soonest.isToBeFilled).toBe(true);
    fill(soonest, []);
    expect(soonest.isToBeFilled).toBe(false);
    expect(soonest.first).toBeUndefined();
  });

  it('do not come back by what an older event said', () => {
    const soonest = new Soonest();
    fill(soonest, [due('a', 5, 3)]);
    soonest.put(due('a', 1, 2));
    expect(soonest.first).toEqual(due('a', 5, 3));
    soonest.remove('a', 2);
    expect(soonest.first).toEqual(due('a', 5, 3));
    soonest.remove('a', 3);
    expect(soonest.first).toBeUndefined();
  });

  it('come in order of their time, each once, however few are kept and whatever changes meanwhile', () => {
    const change = fc.record({ id: fc.integer({ min: 0, max: 30 }), at: fc.integer({ min: 0, max: 1_000 }) });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.array(change, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (early, late, most) => {
          const all = new Map<string, Due>();
          const soonest = new Soonest(most);
          const put = ({ id, at }: { id: number; at: number }) => {
            const one = due(`d-${id}`, at, (all.get(`d-${id}`)?.revision ?? -1) + 1);
            all.set(one.deliveryId, one);
            soonest.put(one);
          };
          const take = () => {
            if (soonest.isToBeFilled) fill(soonest, all.values());
            const { first } = soonest;
            const least = Math.min(...[...all.values()].map(({ readyAt }) => readyAt));
            expect(first?.readyAt).toBe(all.size === 0 ? undefined : least);
            if (!first) return false;
            expect(all.get(first.deliveryId)).toEqual(first);
            all.delete(first.deliveryId);
            soonest.remove(first.deliveryId, first.revision);
            return true;
          };
          early.forEach(put);
          for (const one of late) {
            take();
            put(one);
          }
          while (take());
          expect(all.size).toBe(0);
        },
      ),
    );
  });
});

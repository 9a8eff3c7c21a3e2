import fc from 'fast-check';
import {
  type Considered,
  type Message,
  Subscription,
  type SubscriptionSettings,
} from '../../embedded/persistent/subscription.ts';

const settings: SubscriptionSettings = {
  messageTimeoutMs: 30_000,
  maxRetryCount: 3,
  checkpointAfterMs: 2_000,
  minCheckpointCount: 2,
  maxCheckpointCount: 6,
  liveBufferSize: 4,
  readBatchSize: 3,
  historyBufferSize: 8,
  strategy: 'RoundRobin',
};

/** The world around a subscription: a source, a clock, consumers that keep what they are given. */
class World {
  readonly source: Considered[] = [];
  readonly delivered: { consumer: string; key: string }[] = [];
  readonly done = new Set<string>();
  readonly checkpoints: bigint[] = [];
  readonly parking: string[] = [];
  readonly held = new Map<string, Set<string>>();
  /** What was measured of deliveries that are over. */
  readonly processed: { consumer: string; key: string; ms: number }[] = [];
  readonly subscription: Subscription;
  /** Consumers whose sockets are full. */
  readonly full = new Set<string>();
  time = 0;
  asked: bigint | undefined;

  constructor(changes: Partial<SubscriptionSettings> = {}) {
    this.subscription = new Subscription({ ...settings, ...changes }, -1n, {
      now: () => this.time,
      read: (after) => {
        this.asked = after;
      },
      deliver: (consumer, message) => this.deliver(consumer, message),
      park: (message) => {
        this.forget(message.key);
        this.parking.push(message.key);
      },
      checkpoint: (at) => this.checkpoints.push(at),
      replayDone: () => {},
      processed: (consumer, { key }, ms) => this.processed.push({ consumer, key, ms }),
    });
    this.subscription.start();
  }

  commit(count: number, wanted: (at: number) => boolean = () => true, keyOf = (at: number) => `e${at}`): void {
    const first = this.source.length;
    for (let at = first; at < first + count; at++) {
      const match = { key: keyOf(at), stream: 's', revision: BigInt(at), position: BigInt(at), bucket: at % 7 };
      this.source.push({ at: BigInt(at), match: wanted(at) ? match : undefined });
    }
    this.subscription.committed(this.source.slice(first));
  }

  /** Answers the page that was asked for, if one was. */
  page(): boolean {
    if (this.asked === undefined) return false;
    const from = Number(this.asked) + 1;
    this.asked = undefined;
    const events = this.source.slice(from, from + settings.readBatchSize);
    this.subscription.page(events, from + events.length >= this.source.length);
    return true;
  }

  connect(consumer: string, slots: number): void {
    this.held.set(consumer, new Set());
    this.subscription.connect(consumer, slots);
  }

  disconnect(consumer: string): void {
    this.held.delete(consumer);
    this.subscription.disconnect(consumer);
  }

  ack(consumer: string, ...keys: string[]): void {
    for (const key of keys) {
      this.held.get(consumer)?.delete(key);
      this.done.add(key);
    }
    this.subscription.ack(keys);
  }

  nack(consumer: string, action: 'retry' | 'park' | 'skip', key: string): void {
    this.held.get(consumer)?.delete(key);
    if (action === 'skip') this.done.add(key);
    this.subscription.nack([key], action, 'because');
  }

  /** The oldest parked link reaches the disk. */
  parkDurable(): boolean {
    const key = this.parking.shift();
    if (key === undefined) return false;
    this.done.add(key);
    this.subscription.parked(key);
    return true;
  }

  keysTo(consumer: string): string[] {
    return this.delivered.filter((delivery) => delivery.consumer === consumer).map(({ key }) => key);
  }

  private deliver(consumer: string, { key }: Message): boolean {
    this.forget(key);
    this.delivered.push({ consumer, key });
    this.held.get(consumer)?.add(key);
    return !this.full.has(consumer);
  }

  private forget(key: string): void {
    for (const keys of this.held.values()) keys.delete(key);
  }
}

describe('the state machine of a persistent subscription', () => {
  it('never lets a checkpoint pass what is not done, loses nothing and stays within its bounds', () => {
    const consumers = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant('page' as const) }),
      fc.record({ do: fc.constant('connect' as const), consumer: consumers, slots: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('disconnect' as const), consumer: consumers }),
      fc.record({
        do: fc.constantFrom('ack' as const, 'retry' as const, 'park' as const, 'skip' as const),
        consumer: consumers,
        pick: fc.nat(),
      }),
      fc.record({ do: fc.constant('parkDurable' as const) }),
      fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ do: fc.constant('fill' as const), consumer: consumers }),
      fc.record({ do: fc.constant('drain' as const), consumer: consumers }),
    );
    const strategy = fc.constantFrom('RoundRobin' as const, 'DispatchToSingle' as const, 'Pinned' as const);
    const slotsOf = new Map<string, number>();

    const wanted = (at: number) => at % 3 !== 1;

    fc.assert(
      fc.property(strategy, fc.array(step, { maxLength: 120 }), (chosen, steps) => {
        const world = new World({ strategy: chosen });
        slotsOf.clear();
        const holds = () => {
          for (const [consumer, keys] of world.held) {
            expect(keys.size).toBeLessThanOrEqual(slotsOf.get(consumer) ?? 0);
          }
          const checkpoint = world.checkpoints.at(-1) ?? -1n;
          for (const { at, match } of world.source) {
            if (at <= checkpoint && match !== undefined) expect(world.done).toContain(match.key);
          }
          const { readBuffer, liveBuffer, inFlight } = world.subscription.counts;
          expect(readBuffer + liveBuffer).toBeLessThanOrEqual(settings.historyBufferSize);
          expect(inFlight).toBeLessThanOrEqual(settings.historyBufferSize);
        };
        for (const step of steps) {
          switch (step.do) {
            case 'commit':
              world.commit(step.count, wanted);
              break;
            case 'page':
              world.page();
              break;
            case 'connect':
              if (world.held.has(step.consumer)) break;
              slotsOf.set(step.consumer, step.slots);
              world.full.delete(step.consumer);
              world.connect(step.consumer, step.slots);
              break;
            case 'disconnect':
              if (world.held.has(step.consumer)) world.disconnect(step.consumer);
              break;
            case 'parkDurable':
              world.parkDurable();
              break;
            case 'tick':
              world.time += step.ms;
              world.subscription.tick();
              break;
            case 'fill':
              world.full.add(step.consumer);
              break;
            case 'drain':
              world.full.delete(step.consumer);
              world.subscription.drained(step.consumer);
              break;
            default: {
              const keys = [...(world.held.get(step.consumer) ?? [])];
              const key = keys[step.pick % Math.max(1, keys.length)];
              if (key === undefined) break;
              if (step.do === 'ack') world.ack(step.consumer, key);
              else world.nack(step.consumer, step.do, key);
            }
          }
          holds();
        }
        // Whatever happened before: a consumer that acknowledges everything sees the rest, and all is done.
        for (const consumer of [...world.held.keys()]) world.disconnect(consumer);
        slotsOf.set('last', 5);
        world.connect('last', 5);
        for (let turn = 0; turn < 10_000; turn++) {
          const key = [...(world.held.get('last') ?? [])][0];
          if (key !== undefined) world.ack('last', key);
          else if (!world.parkDurable() && !world.page()) break;
          holds();
        }
        const all = world.source.flatMap(({ match }) => (match === undefined ? [] : [match.key]));
        expect([...world.done].sort()).toEqual(all.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('gives the events out in order the first time', () => {
    const world = new World();
    world.commit(20);
    world.connect('a', 2);
    for (let turn = 0; turn < 200 && world.done.size < 20; turn++) {
      const key = [...(world.held.get('a') ?? [])][0];
      if (key === undefined) world.page();
      else world.ack('a', key);
    }
    expect(world.keysTo('a')).toEqual(Array.from({ length: 20 }, (_, at) => `e${at}`));
  });

  it('leaves no more unanswered than the history buffer holds, whatever the consumers would take', () => {
    const world = new World();
    world.connect('a', 100);
    world.connect('b', 100);
    world.commit(20);
    while (world.page()) expect(world.delivered.length).toBeLessThanOrEqual(settings.historyBufferSize);
    expect(world.delivered).toHaveLength(8);
    world.ack('a', ...world.keysTo('a'));
    while (world.page());
    expect(world.delivered).toHaveLength(12);
  });

  it('measures a delivery until it is answered, in whatever way, or no answer is waited for any longer', () => {
    const world = new World({ messageTimeoutMs: 1_000 });
    world.page();
    world.connect('a', 10);
    world.commit(4);
    for (const answer of ['skip', 'park', 'retry'] as const) {
      world.time += 10;
      world.nack('a', answer, `e${['skip', 'park', 'retry'].indexOf(answer)}`);
    }
    world.time = 1_000;
    world.subscription.tick();
    expect(world.processed).toEqual([
      { consumer: 'a', key: 'e0', ms: 10 },
      { consumer: 'a', key: 'e1', ms: 20 },
      { consumer: 'a', key: 'e2', ms: 30 },
      { consumer: 'a', key: 'e3', ms: 1_000 },
    ]);
  });

  it('delivers a live event inside the turn of its commit', () => {
    const world = new World();
    world.page();
    world.connect('a', 1);
    world.commit(1);
    expect(world.keysTo('a')).toEqual(['e0']);
  });

  it('writes nothing more to a consumer whose socket is full until it has drained', () => {
    const world = new World();
    world.page();
    world.connect('a', 10);
    world.full.add('a');
    world.commit(3);
    expect(world.keysTo('a')).toEqual(['e0']);
    world.full.delete('a');
    world.subscription.drained('a');
    expect(world.keysTo('a')).toEqual(['e0', 'e1', 'e2']);
  });

  it('holds back an event whose id is already out until that one is answered', () => {
    const world = new World();
    world.page();
    world.connect('a', 10);
    world.commit(
      3,
      () => true,
      (at) => (at < 2 ? 'same' : 'other'),
    );
    expect(world.keysTo('a')).toEqual(['same', 'other']);
    world.ack('a', 'same');
    expect(world.keysTo('a')).toEqual(['same', 'other', 'same']);
  });

  it('tries to park again when the link could not be written, and does not checkpoint past it before', () => {
    const world = new World({ minCheckpointCount: 1, maxCheckpointCount: 1 });
    world.page();
    world.connect('a', 10);
    world.commit(1);
    world.nack('a', 'park', 'e0');
    world.parking.shift();
    world.subscription.parkingFailed('e0', 'because');
    world.time = 60_000;
    world.subscription.tick();
    expect(world.parking).toEqual(['e0']);
    expect(world.checkpoints).toEqual([]);
    world.parkDurable();
    expect(world.checkpoints).toEqual([0n]);
  });

  it('moves the checkpoint over what a filter leaves out, so that a restart does not scan it again', () => {
    const world = new World({ minCheckpointCount: 1, maxCheckpointCount: 5 });
    world.page();
    world.commit(5, () => false);
    expect(world.checkpoints).toEqual([4n]);
  });

  it('never checkpoints by time when that is switched off', () => {
    const world = new World({ checkpointAfterMs: 0, minCheckpointCount: 1, maxCheckpointCount: 100 });
    world.page();
    world.connect('a', 10);
    world.commit(2);
    world.ack('a', 'e0', 'e1');
    world.time = 3_600_000;
    world.subscription.tick();
    expect(world.checkpoints).toEqual([]);
  });

  it('leaves the buckets of a busy pinned consumer alone when another joins, and shares the idle ones', () => {
    const world = new World({ strategy: 'Pinned', liveBufferSize: 100, historyBufferSize: 200 });
    world.page();
    world.connect('a', 100);
    world.commit(7);
    world.ack('a', ...Array.from({ length: 6 }, (_, at) => `e${at}`));
    world.connect('b', 100);
    world.commit(7);
    // e6 is unanswered, so its bucket (6) stays with the first consumer: e13 goes there too.
    expect(world.keysTo('a')).toContain('e13');
    expect(world.keysTo('b').length).toBeGreaterThanOrEqual(1);
  });
});

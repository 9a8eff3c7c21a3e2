/** What a strategy needs to know of a consumer. */
export type Candidate = {
  readonly id: string;
  /** How many messages the consumer takes before it acknowledges one. */
  readonly slots: number;
  inFlight: number;
  /** False while the consumer's socket has not drained the data written to it. */
  writable: boolean;
};

/**
 * Which consumer gets the next message. `undefined` leaves the message where it is; later messages are still offered,
 * so a consumer that is full delays only its own share.
 */
export type Strategy = {
  joined(consumer: Candidate): void;
  left(consumer: Candidate): void;
  choose(bucket: number): Candidate | undefined;
  finished(bucket: number, consumer: Candidate): void;
};

export const strategyNames = ['RoundRobin', 'DispatchToSingle', 'Pinned', 'PinnedByCorrelation'] as const;
export type StrategyName = (typeof strategyNames)[number];

export const hasRoom = (consumer: Candidate): boolean => consumer.writable && consumer.inFlight < consumer.slots;

/** The number of buckets messages are hashed into under the pinned strategies, as in EventStoreDB. */
export const bucketCount = 1024;

const nothing = (): void => {};

/**
 * Consumers in a ring. Round robin moves the head to the back after every message; dispatching to a single consumer
 * moves it only once it is full.
 */
const ring = (stayWithHead: boolean): Strategy => {
  const consumers: Candidate[] = [];
  return {
    joined: (consumer) => consumers.push(consumer),
    left: (consumer) => consumers.splice(consumers.indexOf(consumer), 1),
    choose: () => {
      for (let tried = 0; tried < consumers.length; tried++) {
        const head = consumers[0] as Candidate;
        const taken = hasRoom(head);
        if (!taken || !stayWithHead) consumers.push(consumers.shift() as Candidate);
        if (taken) return head;
      }
      return undefined;
    },
    finished: nothing,
  };
};

/**
 * Every bucket belongs to one consumer, so that messages of one source stream (or one correlation) keep going to the
 * same one. A new consumer takes over idle buckets from those that have more than their share: a bucket with messages
 * in flight stays, or two consumers would work on the same stream at once.
 */
const pinned = (): Strategy => {
  const consumers = new Map<Candidate, number>();
  const owners: (Candidate | undefined)[] = new Array(bucketCount).fill(undefined);
  const inFlight = new Uint32Array(bucketCount);

  const assign = (bucket: number, owner: Candidate | undefined): void => {
    const before = owners[bucket];
    if (before !== undefined && consumers.has(before)) consumers.set(before, (consumers.get(before) ?? 0) - 1);
    if (owner !== undefined) consumers.set(owner, (consumers.get(owner) ?? 0) + 1);
    owners[bucket] = owner;
  };

  const leastLoaded = (): Candidate | undefined => {
    let least: Candidate | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [consumer, buckets] of consumers) {
      if (buckets < fewest) [least, fewest] = [consumer, buckets];
    }
    return least;
  };

  return {
    joined: (newcomer) => {
      consumers.set(newcomer, 0);
      const assigned = owners.filter((owner) => owner !== undefined).length;
      const share = Math.ceil(assigned / consumers.size);
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        const owner = owners[bucket];
        if (owner === undefined || inFlight[bucket] !== 0) continue;
        if ((consumers.get(owner) ?? 0) > share) assign(bucket, newcomer);
      }
    },
    left: (consumer) => {
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        if (owners[bucket] !== consumer) continue;
        assign(bucket, undefined);
        inFlight[bucket] = 0;
      }
      consumers.delete(consumer);
    },
    choose: (bucket) => {
      if (owners[bucket] === undefined) assign(bucket, leastLoaded());
      const owner = owners[bucket];
      if (owner === undefined || !hasRoom(owner)) return undefined;
      inFlight[bucket] = (inFlight[bucket] ?? 0) + 1;
      return owner;
    },
    finished: (bucket, consumer) => {
      if (owners[bucket] === consumer) inFlight[bucket] = (inFlight[bucket] ?? 1) - 1;
    },
  };
};

export const strategyNamed = (name: StrategyName): Strategy => {
  switch (name) {
    case 'RoundRobin':
      return ring(false);
    case 'DispatchToSingle':
      return ring(true);
    case 'Pinned':
    case 'PinnedByCorrelation':
      return pinned();
  }
};

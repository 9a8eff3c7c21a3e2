import { randomInt, randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, type RecordedEvent } from '@eventstore/db-client';
import { verifyFolder } from '../../embedded/verify.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

const KILLS = 25;
const WRITERS = 32;

/** Something a writer asked for, and what it was answered before the node died. */
type Attempt = {
  readonly kind: 'append' | 'metadata' | 'delete' | 'tombstone';
  readonly stream: string;
  readonly ids: readonly string[];
  acknowledged?: { readonly revision?: bigint; readonly position: bigint };
};

/** Writes whatever comes to mind until the node is gone. */
const writeUntilKilled = async (client: EventStoreDBClient, name: string, attempts: Attempt[]): Promise<void> => {
  let stream = `${name}-${randomUUID()}`;
  let revision: bigint | undefined;
  for (;;) {
    const dice = randomInt(100);
    try {
      if (dice < 4) {
        const attempt: Attempt = { kind: dice === 0 ? 'tombstone' : 'delete', stream, ids: [] };
        attempts.push(attempt);
        const { position } =
          attempt.kind === 'tombstone' ? await client.tombstoneStream(stream) : await client.deleteStream(stream);
        attempt.acknowledged = { position: position?.commit ?? -1n };
        if (attempt.kind === 'tombstone') {
          stream = `${name}-${randomUUID()}`;
          revision = undefined;
        }
      } else if (dice < 10) {
        const attempt: Attempt = { kind: 'metadata', stream, ids: [] };
        attempts.push(attempt);
        const { position } = await client.setStreamMetadata(stream, { maxCount: 1_000_000, attempt: randomUUID() });
        attempt.acknowledged = { position: position?.commit ?? -1n };
      } else {
        const size = dice < 60 ? 1 : randomInt(2, 30);
        const events = Array.from({ length: size }, () =>
          jsonEvent({ type: 'Noted', data: { filler: 'x'.repeat(randomInt(2_000)) } }),
        );
        // Every fourth writer goes to a stream that others write to as well.
        const shared = dice % 4 === 0;
        const attempt: Attempt = {
          kind: 'append',
          stream: shared ? 'shared' : stream,
          ids: events.map(({ id }) => id),
        };
        attempts.push(attempt);
        const options = shared || revision === undefined ? {} : { expectedRevision: revision };
        const { nextExpectedRevision, position } = await client.appendToStream(attempt.stream, events, options);
        attempt.acknowledged = { revision: nextExpectedRevision, position: position?.commit ?? -1n };
        if (!shared) revision = nextExpectedRevision;
      }
    } catch (error) {
      const { type, code } = error as { type?: string; code?: number };
      // Deleting what isn't there yet is refused; that is no concern of this test.
      if (type === 'wrong-expected-version') continue;
      if (type === 'unavailable' || type === 'cancelled' || code === 14) return;
      throw error;
    }
  }
};

/** The whole log as a reader sees it, grown round by round. */
class Seen {
  readonly events: RecordedEvent[] = [];
  readonly byId = new Map<string, number>();
  readonly byPosition = new Map<bigint, number>();

  async readOn(client: EventStoreDBClient): Promise<void> {
    const last = this.events.at(-1)?.position?.commit;
    for await (const { event } of client.readAll(
      last === undefined ? {} : { fromPosition: { commit: last, prepare: last } },
    )) {
      const position = event?.position?.commit;
      if (event === undefined || position === undefined) throw new Error('An event without a position.');
      if (position === last) continue;
      if (position <= (this.events.at(-1)?.position?.commit ?? -1n)) throw new Error(`${position} is out of order.`);
      if (this.byId.has(event.id)) throw new Error(`${event.id} is there twice.`);
      this.byId.set(event.id, this.events.length);
      this.byPosition.set(position, this.events.length);
      this.events.push(event as RecordedEvent);
    }
  }

  /** What was acknowledged is there as it was acknowledged; what wasn't is there as a whole or not at all. */
  check(attempt: Attempt): void {
    const { kind, stream, ids, acknowledged } = attempt;
    if (kind !== 'append') {
      if (acknowledged === undefined) return;
      const event = this.at(acknowledged.position);
      expect(event.streamId).toBe(kind === 'tombstone' ? stream : `$$${stream}`);
      expect(event.type).toBe(kind === 'tombstone' ? '$streamDeleted' : '$metadata');
      return;
    }
    const places = ids.map((id) => this.byId.get(id));
    if (acknowledged === undefined && places[0] === undefined) {
      expect(places.every((place) => place === undefined)).toBe(true);
      return;
    }
    const stored = places.map((place) => this.events[place ?? -1]);
    expect(stored.map((event) => event?.streamId)).toEqual(ids.map(() => stream));
    const first = stored[0]?.revision ?? -1n;
    expect(stored.map((event) => event?.revision)).toEqual(ids.map((_, index) => first + BigInt(index)));
    if (acknowledged === undefined) return;
    expect(stored.at(-1)?.revision).toBe(acknowledged.revision);
    expect(stored.at(-1)?.position?.commit).toBe(acknowledged.position);
  }

  private at(position: bigint): RecordedEvent {
    const event = this.events[this.byPosition.get(position) ?? -1];
    if (event === undefined) throw new Error(`Nothing at position ${position}, which was acknowledged.`);
    return event;
  }
}

const count = (attempts: readonly Attempt[]) =>
  attempts.filter(({ acknowledged }) => acknowledged !== undefined).length;

describe('a node that is killed again and again under mixed load', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startEmbeddedNode();
  });
  afterAll(() => node.stop());

  it('loses nothing that was acknowledged, tears nothing and repeats nothing', async () => {
    const seen = new Seen();
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const client = EventStoreDBClient.connectionString(node.connectionString);
      const attempts: Attempt[] = [];
      const writers = Array.from({ length: WRITERS }, (_, index) => writeUntilKilled(client, `w${index}`, attempts));
      // At any moment of the load, the very beginning included.
      const enough = randomInt(400);
      await eventually(() => attempts.length >= enough && count(attempts) >= enough, 30_000);
      await node.kill('SIGKILL');
      await Promise.all(writers);
      await client.dispose();
      expect((await verifyFolder(node.dir)).faults).toEqual([]);

      await node.restart();
      const reader = EventStoreDBClient.connectionString(node.connectionString);
      await seen.readOn(reader);
      for (const attempt of attempts) seen.check(attempt);
      acknowledged += count(attempts);
      await reader.dispose();
    }
    process.stdout.write(`${acknowledged} acknowledged writes over ${KILLS} kills, ${seen.events.length} events\n`);
    expect(acknowledged).toBeGreaterThan(2_000);
  }, 300_000);
});

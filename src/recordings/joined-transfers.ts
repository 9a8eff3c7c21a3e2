import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { patientStreams } from '../../events/categories.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { type ViewRef, viewRefOf } from '../consultations/refs.ts';
import { latest } from '../flow/latest.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ByteRange } from '../objects/object-store.ts';
import type { TransferOutcome, TransferReport } from './transfer.ts';
import { type Played, TransferEnds } from './transfer-ends.ts';

type Began = Extract<PatientEvent, { type: 'RecordingTransferBegan' }>;
type Ended = Pick<TransferReport, 'bytesServed' | 'ranges' | 'outcome'>;

/** The answers to one viewer's requests within a minute, as one transfer. */
export type JoinedTransfer = {
  readonly key: string;
  readonly view: ViewRef;
  readonly cause: Cause;
  readonly transferId: string;
  /** No byte outside of it leaves under this transfer. */
  readonly claimed: ByteRange;
  /** Settles when its RecordingTransferBegan is on record, or is not. */
  readonly begun: Promise<void>;
  readonly timer: NodeJS.Timeout;
  /** It is written down as soon as nothing is under way. */
  isDue: boolean;
  underWay: number;
  bytesServed: number;
  readonly ranges: [first: number, last: number][];
  outcome: TransferOutcome;
};

const MINUTE_MS = 60_000;
/** An event of a few kilobytes; a player that asks for more parts than this within a minute has several. */
const MOST_RANGES = 500;
/** Beyond these each transfer is one range, on record as soon as it ends. */
const MOST_OPEN = 10_000;
const VIEWS_REMEMBERED = 50_000;

/** The gravest last. */
const GRAVITY: readonly TransferOutcome[] = ['completed', 'disconnected', 'cut', 'failed', 'corrupt'];
/** With these there is nothing to wait for. */
const ENDINGS: ReadonlySet<TransferOutcome> = new Set(['cut', 'failed', 'corrupt']);

/**
 * Players ask for hundreds of ranges a minute where a person seeks; on record they are one transfer of the view.
 *
 *   a view’s first range ──▶ a transfer that claims this range, written down when it has ended
 *   more within a minute ──▶ a transfer that claims the whole recording, written down when its minute is over
 *
 * What left is never more than what a transfer claimed before its first byte, so that a process that dies leaves on record what at most
 * had left. A cut, a failure, damage and a shutdown are written down at once.
 */
@Injectable()
export class JoinedTransfers {
  /** The transfer that a view's next range joins. */
  private readonly current = new Map<string, JoinedTransfer>();
  /** Every transfer that is not written down. */
  private readonly open = new Set<JoinedTransfer>();
  /** Views whose transfer was written down less than a minute ago. */
  private readonly recent = latest<string, true>(VIEWS_REMEMBERED, { ttl: MINUTE_MS });

  constructor(
    private readonly ledger: Ledger,
    private readonly ends: TransferEnds,
  ) {}

  /**
   * Resolves when it is on record that the range may leave; `ended` is to be called once for it then.
   * @throws LedgerUnavailable
   */
  async begin(view: ViewRef, range: ByteRange, totalBytes: number, cause: Cause): Promise<JoinedTransfer> {
    const key = keyOf(view, cause);
    const known = this.current.get(key);
    const joined = known && fits(known, range) ? known : this.beginAnother(key, { view, range, totalBytes, cause });
    joined.underWay += 1;
    try {
      await joined.begun;
    } catch (error) {
      // It may be on record all the same, and would for ever leave open what never left.
      void this.ended(joined, { bytesServed: 0, ranges: [], outcome: 'failed' });
      throw error;
    }
    return joined;
  }

  /** Resolves when it is on record, was put off, or waits for what its minute brings. Never rejects. */
  async ended(joined: JoinedTransfer, { bytesServed, ranges, outcome }: Ended): Promise<void> {
    joined.underWay -= 1;
    joined.bytesServed += bytesServed;
    for (const range of ranges) append(joined.ranges, range);
    if (GRAVITY.indexOf(outcome) > GRAVITY.indexOf(joined.outcome)) joined.outcome = outcome;
    if (ENDINGS.has(outcome)) {
      joined.isDue = true;
      this.close(joined);
    }
    await this.writeIfDue(joined);
  }

  /**
   * That the viewer is sent to the store itself, where what leaves is not known: once a minute for each view.
   * @throws LedgerUnavailable
   */
  async sent(view: ViewRef, range: ByteRange, cause: Cause): Promise<void> {
    const key = `redirected ${keyOf(view, cause)}`;
    if (this.recent.has(key)) return;
    const transferId = uuidv7();
    const redirected = playedOf(view, transferId, { bytesServed: 0, ranges: [], outcome: 'redirected' });
    const stream = patientStreams.of(view.patientId);
    await this.ledger.append(stream, 'any', [beganOf(view, transferId, range), redirected], cause);
    this.recent.set(key, true);
  }

  /** That the stored object is damaged, so that nothing could leave: once a minute for each view. Never rejects. */
  async damaged(view: ViewRef, cause: Cause): Promise<void> {
    const key = `damaged ${keyOf(view, cause)}`;
    if (this.recent.has(key)) return;
    this.recent.set(key, true);
    await this.ends.record(playedOf(view, uuidv7(), { bytesServed: 0, ranges: [], outcome: 'corrupt' }), cause);
  }

  /** Writes down what waits for its minute to be over. Never rejects. */
  async settle(): Promise<void> {
    await Promise.all(
      [...this.open].map((joined) => {
        joined.isDue = true;
        this.close(joined);
        return this.writeIfDue(joined);
      }),
    );
  }

  private beginAnother(
    key: string,
    { view, range, totalBytes, cause }: { view: ViewRef; range: ByteRange; totalBytes: number; cause: Cause },
  ): JoinedTransfer {
    const isFirst = !(this.current.has(key) || this.recent.has(key)) || this.open.size >= MOST_OPEN;
    const claimed = isFirst ? range : { first: 0, last: totalBytes - 1 };
    const transferId = uuidv7();
    const began = this.ledger.append(
      patientStreams.of(view.patientId),
      'any',
      [beganOf(view, transferId, claimed)],
      cause,
    );
    const joined: JoinedTransfer = {
      ...{ key, view, cause, transferId, claimed },
      begun: began.then(() => undefined),
      timer: setTimeout(() => this.minuteIsOver(joined), MINUTE_MS).unref(),
      ...{ isDue: isFirst, underWay: 0, bytesServed: 0, ranges: [], outcome: 'completed' },
    };
    const before = this.current.get(key);
    if (before) this.close(before);
    this.current.set(key, joined);
    this.open.add(joined);
    return joined;
  }

  private minuteIsOver(joined: JoinedTransfer): void {
    joined.isDue = true;
    this.close(joined);
    void this.writeIfDue(joined);
  }

  /** Another one takes what comes. */
  private close(joined: JoinedTransfer): void {
    if (this.current.get(joined.key) === joined) this.current.delete(joined.key);
    this.recent.set(joined.key, true);
  }

  private async writeIfDue(joined: JoinedTransfer): Promise<void> {
    if (!joined.isDue || joined.underWay > 0 || !this.open.delete(joined)) return;
    clearTimeout(joined.timer);
    this.close(joined);
    await this.ends.record(playedOf(joined.view, joined.transferId, joined), joined.cause);
  }
}

/** Ranges that an app of another release asks for are no part of this one's. */
const keyOf = ({ viewId }: ViewRef, { clientRelease = '', actor: { clientId = '' } }: Cause): string =>
  JSON.stringify([viewId, clientRelease, clientId]);

const fits = ({ claimed, ranges }: JoinedTransfer, { first, last }: ByteRange): boolean =>
  ranges.length < MOST_RANGES && first >= claimed.first && last <= claimed.last;

/** A range that continues the one before makes it longer. */
const append = (ranges: [number, number][], [first, last]: readonly [number, number]): void => {
  const before = ranges.at(-1);
  if (before && before[1] + 1 === first) before[1] = last;
  else ranges.push([first, last]);
};

const beganOf = (view: ViewRef, transferId: string, { first, last }: ByteRange): Began => ({
  type: 'RecordingTransferBegan',
  data: { ...viewRefOf(view), transferId, range: [first, last] },
});

const playedOf = (
  view: ViewRef,
  transferId: string,
  { bytesServed, ranges, outcome }: Omit<Ended, 'outcome'> & Pick<Played['data'], 'outcome'>,
): Played => ({
  type: 'RecordingPlayed',
  data: {
    ...viewRefOf(view),
    ...{ transferId, bytesServed, outcome },
    ranges: ranges.map(([first, last]): [number, number] => [first, last]),
  },
});

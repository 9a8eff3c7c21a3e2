import { isoMedia, isTopBox } from './iso-media.ts';
import { EBML, matroska } from './matroska.ts';
import type { Found, Reading } from './passing.ts';

/** A consultation is no longer than a day: what says so is wrong, be it the sender or a damaged header. */
export const MOST_SECONDS = 86_400;

/** What a container says of itself. */
export type Container = {
  /** How long it plays, in seconds to the millisecond, more than none and at most `MOST_SECONDS`; missing where nothing says so. */
  readonly durationSeconds?: number;
  /** Fewer bytes came than its own structure announces, or the index without which it does not play is missing. */
  readonly truncated?: true;
};

const NONE = Buffer.alloc(0);
/** As long as the longest beginning that tells a container from another. */
const HEAD_BYTES = 8;

/**
 * Reads what a container says of itself while it passes by, in whatever pieces it comes: nothing is kept but what lengths are made of, and
 * nothing is thrown for what the bytes are, since a recording without a length is still a recording. Matroska, WebM, MP4 and its kin, AVI
 * and WAV are read.
 *
 * Our own few lines and no media library: an upload may hold anything, and a library that searches damaged input for the next readable
 * piece (mediabunny 1.61 does) kept the event loop for minutes over 1 MiB, past every time-out. Here each step moves forward.
 */
export class ContainerReader {
  private readonly found: Found = { seconds: () => undefined, mayEnd: true };
  private reading: Reading | undefined;
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private wanted = HEAD_BYTES;
  private lost = false;

  update(piece: Buffer): void {
    for (let at = 0; at < piece.length && !this.lost; ) {
      const open = Math.abs(this.wanted) - this.heldBytes;
      const end = Math.min(at + open, piece.length);
      if (this.wanted < 0) this.wanted += end - at;
      else {
        this.held.push(piece.subarray(at, end));
        this.heldBytes += end - at;
      }
      if (end - at === open) this.step();
      at = end;
    }
  }

  /** To be called once, after the last piece. */
  end(): Container {
    const { seconds, mayEnd } = this.found;
    const durationSeconds = Math.round((seconds() ?? 0) * 1_000) / 1_000;
    const isLength = durationSeconds > 0 && durationSeconds <= MOST_SECONDS; // No number is in no range.
    const isCutOff = this.reading !== undefined && !this.lost && !(mayEnd && this.heldBytes === 0);
    return { ...(isLength && { durationSeconds }), ...(isCutOff && { truncated: true }) };
  }

  private step(): void {
    const [first = NONE] = this.held;
    const bytes = this.held.length === 1 ? first : Buffer.concat(this.held);
    this.held.length = 0;
    this.heldBytes = 0;
    if (this.reading) {
      this.next(bytes);
      return;
    }
    this.reading = readingOf(bytes, this.found);
    this.next(NONE);
    // What it was told by is the first that its reader asks for.
    this.update(bytes);
  }

  private next(bytes: Buffer): void {
    let asked = this.reading?.next(bytes);
    while (asked?.value === 0) asked = this.reading?.next(NONE);
    this.wanted = asked?.value ?? 0;
    this.lost = asked?.done !== false;
  }
}

const readingOf = (head: Buffer, found: Found): Reading | undefined => {
  if (head.readUInt32BE(0) === EBML) return matroska(found);
  if (head.toString('latin1', 0, 4) === 'RIFF') return riff(found);
  return isTopBox(head.toString('latin1', 4, 8)) ? isoMedia(found) : undefined;
};

/** AVI and WAV: one chunk that says how long it is, unless its writer could not go back to say so. */
function* riff(found: Found): Reading {
  const length = (yield 8).readUInt32LE(4);
  if (length === 0 || length === 0xffffffff) return;
  found.mayEnd = false;
  yield -length;
}

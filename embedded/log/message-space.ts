/** Bytes that are written again and again, four at a time. */
export type Words = { readonly length: number; readonly words: Int32Array };

export const wordsOf = (bytes: Buffer): Words => {
  const padded = Buffer.alloc(4 * Math.ceil(bytes.length / 4));
  bytes.copy(padded);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, place) => padded.readInt32LE(4 * place));
  return { length: bytes.length, words };
};

/** Few enough that an event that is kept for long keeps little else in memory. */
const SPACE_BYTES = 32 * 1024;
/** A number written four bytes at a time ends up to three bytes later. */
const SLACK = 3;

/** Where messages are written one behind the other, so that none needs memory of its own to be asked for. */
export class MessageSpace {
  bytes: Buffer = Buffer.alloc(0);
  /** Of the same bytes. */
  view: DataView = new DataView(this.bytes.buffer, 0, 0);
  private next = 0;

  /** Where a message of so many bytes is to be written. What lies behind it may be written over. */
  begin(length: number): number {
    if (this.next + length + SLACK > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SPACE_BYTES, length + SLACK));
      this.view = new DataView(this.bytes.buffer);
      this.next = 0;
    }
    return this.next;
  }

  /** The message that was begun, up to here. */
  end(to: number): Buffer {
    const message = this.bytes.subarray(this.next, to);
    this.next = to;
    return message;
  }
}

/** Gives where they end. */
export const putWords = (view: DataView, to: number, { length, words }: Words): number => {
  for (let place = 0; place < words.length; place++) view.setInt32(to + 4 * place, words[place] as number, true);
  return to + length;
};

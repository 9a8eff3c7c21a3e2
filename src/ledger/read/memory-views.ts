import type { Anchor } from '../event-store.ts';
import type { Batch, Gap, Row, ViewStore } from './view-store.ts';

/** Views of this process alone, as JSON text: the caller cannot change a view that was handed out. */
export class MemoryViews implements ViewStore {
  checkpoint: Anchor | undefined;
  gaps: readonly Gap[] = [];
  private readonly texts = new Map<string, string>();
  private readonly shelves = new Map<string, string>();
  private readonly keys: string[] = [];

  get size(): number {
    return this.keys.length;
  }

  get(key: string): Row | undefined {
    const text = this.texts.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  *rows(shelf: string | undefined, before: number): Iterable<readonly [string, Row]> {
    for (let place = Math.min(before, this.keys.length) - 1; place >= 0; place--) {
      const key = this.keys[place] as string;
      if (shelf === undefined || this.shelves.get(key) === shelf) yield [key, this.get(key) as Row];
    }
  }

  count(shelf: string): number {
    return [...this.shelves.values()].filter((on) => on === shelf).length;
  }

  async write({ rows, gaps, checkpoint }: Batch): Promise<void> {
    const texts = [...rows].map(([key, row]) => [key, row, JSON.stringify(row)] as const);
    for (const [key, { place, shelf }, text] of texts) {
      this.texts.set(key, text);
      this.shelves.set(key, shelf);
      this.keys[place] = key;
    }
    this.gaps = [...this.gaps, ...gaps];
    this.checkpoint = checkpoint;
  }

  async clear(): Promise<void> {
    this.texts.clear();
    this.shelves.clear();
    this.keys.length = 0;
    this.gaps = [];
    this.checkpoint = undefined;
  }

  async close(): Promise<void> {}
}

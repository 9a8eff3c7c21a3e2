/**
 * Where event ids were first written, for a node that forgets as EventStoreDB does (24.2, IndexWriter.cs): it knows
 * the ids written since it started, no more than so many of them, and each in the first stream it went to.
 */
export class RememberedIds {
  /** Oldest first. */
  private readonly places = new Map<string, { readonly stream: string; readonly revision: bigint }>();

  constructor(private readonly limit: number) {}

  revisionOf(stream: string, id: string): bigint | undefined {
    const place = this.places.get(id);
    return place?.stream === stream ? place.revision : undefined;
  }

  written(stream: string, id: string, revision: bigint): void {
    if (this.places.has(id)) return;
    this.places.set(id, { stream, revision });
    for (const oldest of this.places.keys()) {
      if (this.places.size <= this.limit) break;
      this.places.delete(oldest);
    }
  }

  /** Whether anything is remembered at all, be it until the end of the commit. */
  get any(): boolean {
    return this.limit > 0;
  }
}

import type { EntryContent } from './index-entry.ts';
import { type ContentsMark, TapeContents } from './tape-contents.ts';
import type { Extent } from './tape-types.ts';

/** LTO has four; a partition's number has a byte in index entries and commands. */
export const PARTITIONS_MAX = 4;

/** What a volume holds, by partition. All partitions share one `data` file. */
export class VolumeContents {
  readonly partitions: readonly TapeContents[] =
    Array.from({ length: PARTITIONS_MAX }, () => new TapeContents());

  /** Whether every record in every partition has its place. */
  get isWhole(): boolean {
    return this.partitions.every((one) => one.isWhole);
  }

  /** Takes in an entry. Returns what is wrong with it; then nothing has changed. */
  apply(entry: EntryContent): string | undefined {
    const contents = this.partitions[entry.partition];
    return contents === undefined ? `partition ${entry.partition} does not exist`
      : contents.apply(entry);
  }

  mark(): ContentsMark[] {
    return this.partitions.map((one) => one.mark());
  }

  /** Forgets what came after a moment at which the contents were whole. */
  restore(marks: readonly ContentsMark[]): void {
    for (const [i, mark] of marks.entries()) this.partitions[i]!.restore(mark);
  }

  /** The extents of all partitions by their offset in `data`. */
  *byOffset(): Generator<Extent> {
    const ways = this.partitions.map((one) => one.extents.byOffset());
    const heads = ways.map((way) => way.next().value);
    for (;;) {
      let lowest: number | undefined;
      for (const [i, head] of heads.entries()) {
        if (head === undefined) continue;
        const least = lowest === undefined ? undefined : heads[lowest];
        if (least === undefined || head.offset < least.offset) lowest = i;
      }
      if (lowest === undefined) return;
      yield heads[lowest]!; // the lowest of those there are
      heads[lowest] = ways[lowest]!.next().value;
    }
  }

  /** What is in partitions that the volume does not have, one line each. */
  beyond(partitionCount: number): string[] {
    return this.partitions.flatMap(({ objects }, partition) =>
      (partition < partitionCount || objects.endOfData === 0 ? []
        : [`partition ${partition} holds ${objects.endOfData} objects, but does not exist`]));
  }

  /** What is wrong with the places in a `data` file of this size, one line each. */
  *misplaced(dataBytes: number): Generator<string> {
    let before: Extent = { offset: 0, byteLength: 0 };
    for (const extent of this.byOffset()) {
      const { offset, byteLength } = extent;
      if (offset + byteLength > dataBytes) {
        yield `bytes ${offset} to ${offset + byteLength - 1} of data are not there: `
          + `it has ${dataBytes}`;
      }
      if (offset < before.offset + before.byteLength) {
        yield `two extents share byte ${offset} of data`;
      }
      before = extent;
    }
  }
}

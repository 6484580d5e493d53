/**
 * Which blocks go to the tape in which list of segments:
 *
 *   ranges ─→ pieces (at most a segment each) ─→ collected until a list is full
 *                                              ─→ cut back to whole records, or padded ─→ lists
 *
 * Residue ends with its list, so each list ends on a whole record. It is cut there, and what is
 * left opens the next list; only if a list is full before it has one record, it is padded.
 */
import type { ByteRange } from '../block-source.ts';
import type { PlacedRange } from '../map/ranges.ts';
import type { ListLimits } from './limits.ts';

/** What one list copies. */
export interface BackupList {
  /** Where in the stream it begins: a whole record. */
  readonly streamOffset: number;
  /** Runs of the disk in the stream's order; none is longer than a segment may be. */
  readonly pieces: readonly ByteRange[];
  /** Bytes of all pieces. */
  readonly byteLength: number;
  /** Zeros behind them, up to a whole record. */
  readonly padBytes: number;
}

/** The lists for ranges that ascend on the disk, made as they are asked for. */
export async function* planBackup(
  ranges: Iterable<ByteRange> | AsyncIterable<ByteRange>, limits: ListLimits, recordBytes: number,
): AsyncGenerator<BackupList, void, undefined> {
  const planner = new BackupPlanner(limits, recordBytes);
  // Ranges that are there are not waited for: waiting costs more than planning them.
  if (Symbol.iterator in ranges) {
    for (const range of ranges) if (planner.add(range)) yield* planner.full();
  } else {
    for await (const range of ranges) if (planner.add(range)) yield* planner.full();
  }
  yield* planner.finish();
}

/** Where in the stream the pieces of a list are. */
export function* placedRanges(list: BackupList): Generator<PlacedRange, void, undefined> {
  let streamOffset = list.streamOffset;
  for (const { offset, byteLength } of list.pieces) {
    yield { diskOffset: offset, byteLength, streamOffset };
    streamOffset += byteLength;
  }
}

class BackupPlanner {
  readonly #recordBytes: number;
  readonly #segmentCountMax: number;
  readonly #segmentBytesMax: number;
  readonly #listBytesMax: number;
  #pieces: ByteRange[] = [];
  #byteLength = 0;
  #streamOffset = 0;
  /** What is left of the range that filled a list. */
  #rest: ByteRange | undefined;

  constructor(limits: ListLimits, recordBytes: number) {
    const whole = (most: number): number => most - most % recordBytes;
    this.#recordBytes = recordBytes;
    this.#segmentCountMax = limits.segmentCountMax;
    // Segments of whole records where they fit: then most of them leave no residue to the next.
    this.#segmentBytesMax = whole(limits.segmentBytesMax) || limits.segmentBytesMax;
    this.#listBytesMax = Math.max(recordBytes, whole(limits.listBytesMax));
  }

  /** Takes a range in; true if a list is full. Then `full()` gives the lists. */
  add({ offset, byteLength }: ByteRange): boolean {
    let at = offset;
    let left = byteLength;
    while (left > 0 && !this.#isFull) {
      const length = Math.min(left, this.#segmentBytesMax, this.#listBytesMax - this.#byteLength);
      this.#pieces.push({ offset: at, byteLength: length });
      this.#byteLength += length;
      at += length;
      left -= length;
    }
    this.#rest = left > 0 ? { offset: at, byteLength: left } : undefined;
    return this.#isFull;
  }

  *full(): Generator<BackupList, void, undefined> {
    while (this.#isFull) {
      yield this.#take();
      if (this.#rest !== undefined) this.add(this.#rest);
    }
  }

  *finish(): Generator<BackupList, void, undefined> {
    const surplus = this.#byteLength % this.#recordBytes;
    if (this.#byteLength > 0) yield this.#list(surplus === 0 ? 0 : this.#recordBytes - surplus);
  }

  get #isFull(): boolean {
    return this.#pieces.length >= this.#segmentCountMax || this.#byteLength >= this.#listBytesMax;
  }

  /** The list that is full; what does not fill a record stays for the next one. */
  #take(): BackupList {
    const surplus = this.#byteLength % this.#recordBytes;
    if (surplus === 0) return this.#list(0);
    if (surplus === this.#byteLength) return this.#list(this.#recordBytes - surplus);
    const kept = this.#cutOff(surplus);
    const list = this.#list(0);
    this.#pieces = kept;
    this.#byteLength = surplus;
    return list;
  }

  /** Takes the last bytes off the pieces. */
  #cutOff(surplus: number): ByteRange[] {
    let from = this.#pieces.length;
    let collected = 0;
    while (collected < surplus) {
      from -= 1;
      collected += this.#pieces[from]!.byteLength;
    }
    const cut = this.#pieces.splice(from);
    const before = collected - surplus;
    const first = cut[0]!;
    if (before > 0) {
      this.#pieces.push({ offset: first.offset, byteLength: before });
      cut[0] = { offset: first.offset + before, byteLength: first.byteLength - before };
    }
    this.#byteLength -= surplus;
    return cut;
  }

  #list(padBytes: number): BackupList {
    const list = {
      streamOffset: this.#streamOffset, pieces: this.#pieces, byteLength: this.#byteLength,
      padBytes,
    };
    this.#streamOffset += this.#byteLength + padBytes;
    this.#pieces = [];
    this.#byteLength = 0;
    return list;
  }
}

import { FileError } from '../ports/files.ts';
import type { OpenFile } from '../ports/files.ts';
import { endOf, Ranges } from './ranges.ts';
import { Serial } from './serial.ts';
import type { AllocatedExtent, Extent } from './tape-types.ts';

/** What file systems share and what direct input and output asks for. */
export const BLOCK_BYTES = 4096;

/** Space is reserved in such steps, so that appends are cheap. */
const RESERVE_BYTES = 128 * 1024 * 1024;

/** Smaller gaps between extents are left alone until their neighbours go. */
const GAP_BYTES_MIN = 64 * 1024;

/** A first punch is this long: whether the host can give space back shows with few bytes. */
const PROBE_BYTES = 1024 * 1024;

interface Gap extends Extent {
  readonly readsZeros: boolean;
}

/**
 * The storage of a `data` file.
 *
 * ```text
 *  0 ─────────────────────────── #end ────── #writtenEnd ───────── #reservedEnd
 *  │ live and allocated extents,  │ released, │ never written:      │
 *  │ gaps in between              │ any bytes │ reserved, zeros     │
 * ```
 *
 * Extents of the contents are known to the caller; those handed out and not yet appended are
 * known here. Gaps appear when a move fails or a tail is cut off in the middle of `data`.
 */
export class Allocator {
  readonly #data: OpenFile;
  readonly #serial = new Serial();
  readonly #allocated = new Ranges();
  #gaps: Gap[] = [];
  #end: number;
  #writtenEnd: number;
  #reservedEnd: number;
  #canPunch = true;
  /** Bytes asked for that wait for their turn. */
  #waitingBytes = 0;

  /** `dataBytes`: the size of `data`. `reclaim` must be called before anything is allocated. */
  constructor(data: OpenFile, dataBytes: number) {
    this.#data = data;
    this.#end = dataBytes;
    this.#writtenEnd = dataBytes;
    this.#reservedEnd = dataBytes;
  }

  /** Bytes handed out, or about to be, that were neither appended nor released yet. */
  get allocatedBytes(): number {
    return this.#allocated.byteLength + this.#waitingBytes;
  }

  /**
   * Hands out storage; byte i of it lies at an offset congruent to `congruentTo + i` modulo
   * `BLOCK_BYTES`. Up to `aheadBytes` more are reserved for those who come next.
   * Throws: FileError (`ENOSPC`).
   */
  allocate(
    byteLength: number, congruentTo: number | undefined, aheadBytes: number,
  ): Promise<AllocatedExtent[]> {
    this.#waitingBytes += byteLength;
    return this.#serial.run(async () => {
      this.#waitingBytes -= byteLength;
      const taken = this.#take(byteLength, congruentTo);
      try {
        for (const extent of taken) await this.#reserve(extent, aheadBytes);
      } catch (error) {
        this.release(taken);
        throw error;
      }
      return taken;
    });
  }

  /** Gaps first, the lowest first, then the end. */
  #take(byteLength: number, congruentTo: number | undefined): AllocatedExtent[] {
    const taken: AllocatedExtent[] = [];
    const startIn = (offset: number, done: number): number =>
      congruentTo === undefined ? offset : offset + padding(offset, congruentTo + done);
    let done = 0;
    for (let gap = this.#gaps.shift(); gap !== undefined; gap = this.#gaps.shift()) {
      const offset = startIn(gap.offset, done);
      // Gaps end at the end of a block, so what comes next is congruent again.
      const length = Math.min(endOf(gap) - offset, byteLength - done);
      taken.push({ offset, byteLength: length, readsZeros: gap.readsZeros });
      done += length;
      this.#addGap(offset + length, endOf(gap) - (offset + length), gap.readsZeros);
      if (done === byteLength) break;
    }
    if (done < byteLength) {
      const offset = startIn(this.#end, done);
      this.#end = offset + byteLength - done;
      const readsZeros = offset >= this.#writtenEnd;
      this.#writtenEnd = Math.max(this.#writtenEnd, this.#end);
      taken.push({ offset, byteLength: byteLength - done, readsZeros });
    }
    for (const extent of taken) this.#allocated.add(extent);
    return taken;
  }

  async #reserve(extent: Extent, aheadBytes: number): Promise<void> {
    const end = endOf(extent);
    if (end <= this.#reservedEnd) {
      // A gap may have been punched. Where it was not, reserving what is there costs little.
      if (end < this.#end) await this.#data.allocate(extent.offset, extent.byteLength);
      return;
    }
    const from = Math.min(extent.offset, this.#reservedEnd);
    const ahead = Math.min(RESERVE_BYTES, aheadBytes);
    try {
      await this.#data.allocate(from, end + ahead - from);
      this.#reservedEnd = end + ahead;
    } catch (error) {
      if (ahead === 0 || !(error instanceof FileError) || error.code !== 'ENOSPC') throw error;
      await this.#data.allocate(from, end - from);
      this.#reservedEnd = end;
    }
  }

  /** The extents, or parts of extents that were allocated, belong to the contents now. */
  settle(extents: readonly Extent[]): void {
    this.#forget(extents);
  }

  /** The extents, or parts of extents that were allocated, are free again. */
  release(extents: readonly Extent[]): void {
    this.#forget(extents);
    for (const extent of extents) {
      if (endOf(extent) === this.#end) this.#end = extent.offset;
      else this.#addGap(extent.offset, extent.byteLength, false);
    }
  }

  /** All of them or none. */
  #forget(extents: readonly Extent[]): void {
    const wrong = extents.findIndex((extent) => !this.#allocated.remove(extent));
    if (wrong < 0) return;
    for (const extent of extents.slice(0, wrong)) this.#allocated.add(extent);
    const { offset, byteLength } = extents[wrong]!;
    throw new RangeError(
      `Cannot use bytes ${offset} to ${offset + byteLength - 1} of data: they are not allocated`);
  }

  /** Keeps a free range up to its last whole block, if it is worth it. */
  #addGap(offset: number, byteLength: number, readsZeros: boolean): void {
    const length = byteLength - ((offset + byteLength) % BLOCK_BYTES);
    if (length < GAP_BYTES_MIN) return;
    const behind = this.#gaps.findLastIndex((gap) => gap.offset < offset) + 1;
    this.#gaps.splice(behind, 0, { offset, byteLength: length, readsZeros });
  }

  /**
   * Finds out what is free, given the contents' extents by offset, and gives its space back.
   *
   * Whatever else the index ever referred to must be gone from it, durably. Throws: FileError.
   */
  reclaim(live: Iterable<Extent>): Promise<void> {
    return this.#serial.run(async () => {
      const known = new Set(this.#gaps.filter((gap) => gap.readsZeros).map(nameOf));
      this.#gaps = [];
      let end = 0;
      for (const extent of merged(live, this.#allocated.all)) {
        this.#addGap(end, extent.offset - end, false);
        end = Math.max(end, endOf(extent));
      }
      this.#end = end;
      if (end < this.#reservedEnd) await this.#cutData(end);
      // What is released meanwhile comes on top.
      const found = this.#gaps;
      this.#gaps = [];
      for (const gap of found) {
        const readsZeros = known.has(nameOf(gap)) || await this.#punch(gap);
        this.#addGap(gap.offset, gap.byteLength, readsZeros);
      }
    });
  }

  /** Gives back what is behind the contents and what was handed out. */
  async #cutData(end: number): Promise<void> {
    await this.#data.truncate(end);
    this.#writtenEnd = end;
    this.#reservedEnd = end;
  }

  /** Returns whether the gap reads zeros now. */
  async #punch(gap: Gap): Promise<boolean> {
    const found = await this.#data.nextData(gap.offset);
    if (found === undefined || found.offset >= endOf(gap)) return true;
    if (!this.#canPunch) return false;
    const probe = Math.min(PROBE_BYTES, gap.byteLength);
    this.#canPunch = await this.#data.punch(gap.offset, probe);
    if (!this.#canPunch) return false;
    if (gap.byteLength > probe) {
      await this.#data.punch(gap.offset + probe, gap.byteLength - probe);
    }
    return true;
  }
}

const nameOf = (gap: Gap): string => `${gap.offset}+${gap.byteLength}`;

/** Bytes from `offset` to the next one that is congruent to `to`. */
const padding = (offset: number, to: number): number =>
  (((to - offset) % BLOCK_BYTES) + BLOCK_BYTES) % BLOCK_BYTES;

/** Both kinds of extents by offset. */
function* merged(live: Iterable<Extent>, allocated: readonly Extent[]): Generator<Extent> {
  let next = 0;
  for (const extent of live) {
    for (; next < allocated.length && allocated[next]!.offset < extent.offset; next += 1) {
      yield allocated[next]!;
    }
    yield extent;
  }
  yield* allocated.slice(next);
}

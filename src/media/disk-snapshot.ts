import type { OpenFile } from '../ports/files.ts';
import type { Place } from '../ports/mover.ts';
import { endOf } from './ranges.ts';
import { SavedRange } from './saved-range.ts';
import type { Extent } from './tape-types.ts';

/** What is saved at once: a small write costs no more than this the first time. */
const GRANULE_BYTES = 64 * 1024;
/** Granules of a snapshot; those of a larger one are larger. */
const GRANULE_COUNT_MAX = 512 * 1024;
const BUFFER_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(BUFFER_BYTES);
/** Files share whole blocks of their file system. */
const SHARED_BYTES = 4096;

/** What a snapshot needs of its image. */
export interface SnapshotHost {
  readonly image: OpenFile;
  readonly blockBytes: number;
  /** The image cannot change, so nothing has to be saved. */
  readonly isFixed: boolean;
  /** An empty file, as long as the image, that is gone when it is closed. */
  makeFile(): Promise<OpenFile>;
  /** Takes room for bytes that are about to be saved; false if there is none. */
  take(byteLength: number): boolean;
  /** Gives room back. */
  give(byteLength: number): void;
  /** The snapshot is lost: it takes no part in changes any more. */
  lost(snapshot: DiskSnapshot): void;
  /** The snapshot is closed. */
  closed(snapshot: DiskSnapshot): void;
}

/** An extent of the image that is being saved. */
interface Saving extends Extent {
  readonly done: Promise<void>;
}

/**
 * Blocks of a disk as they were when it was made: saved bytes are read from a file of its own, at
 * their offsets in the image, the others from the image.
 *
 * Where the file system can, all of it is saved at once by sharing; otherwise bytes are copied
 * before they change, or before they are read. When there is no room for that the snapshot is
 * lost, and the change goes on.
 */
export class DiskSnapshot {
  readonly onChange: (() => void) | undefined;
  readonly #host: SnapshotHost;
  readonly #ranges: readonly SavedRange[];
  readonly #saving = new Set<Saving>();
  #making: Promise<OpenFile> | undefined;
  #file: OpenFile | undefined;
  #takenBytes = 0;
  #isLost = false;
  #closed: Promise<void> | undefined;

  /** The extents have no byte in common. */
  constructor(host: SnapshotHost, extents: readonly Extent[], onChange?: () => void) {
    this.#host = host;
    this.onChange = onChange;
    const byteLength = extents.reduce((sum, extent) => sum + extent.byteLength, 0);
    let granuleBytes = GRANULE_BYTES;
    while (byteLength / granuleBytes > GRANULE_COUNT_MAX) granuleBytes *= 2;
    this.#ranges = extents.filter((extent) => extent.byteLength > 0)
      .sort((a, b) => a.offset - b.offset)
      .map((extent) => new SavedRange(extent, granuleBytes));
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Bytes are read from the image that may change. */
  get isOpen(): boolean {
    return !this.#isLost && this.#closed === undefined;
  }

  /** Saves what the file system can share. Returns false if it cannot share anything. */
  async shareAll(): Promise<boolean> {
    if (this.#host.image.share === undefined) return false;
    for (const range of this.#ranges) {
      const from = Math.ceil(range.offset / SHARED_BYTES) * SHARED_BYTES;
      const to = Math.floor(endOf(range) / SHARED_BYTES) * SHARED_BYTES;
      // What a change has made it save is not overwritten.
      if (to <= from || !range.isNoneSaved || this.#savingWithin(range).length > 0) continue;
      if (!this.isOpen) return true;
      let isShared = false;
      await this.#save(range, range, async (file) => {
        isShared = await file.share?.(this.#host.image, from, to - from) ?? false;
        if (!isShared) return false;
        await this.#copy(file, { offset: range.offset, byteLength: from - range.offset });
        await this.#copy(file, { offset: to, byteLength: endOf(range) - to });
        return true;
      });
      if (!isShared) return false;
    }
    return true;
  }

  /** Whether the extent has a byte of the snapshot. */
  touches({ offset, byteLength }: Extent): boolean {
    return this.#within(offset, offset + byteLength).length > 0;
  }

  /** Returns once the bytes of an extent are saved, or the snapshot is over. Never rejects. */
  async save({ offset, byteLength }: Extent): Promise<void> {
    if (this.#host.isFixed) return;
    const end = offset + byteLength;
    for (const range of this.#within(offset, end)) {
      const from = Math.max(offset, range.offset);
      const to = Math.min(end, endOf(range));
      while (this.isOpen && !range.isAllSaved) {
        const next = range.nextUnsaved(from, to, BUFFER_BYTES);
        if (next === undefined) break;
        const others = this.#savingWithin(next);
        if (others.length === 0) await this.#saveByCopy(range, next);
        // Whoever saves it may be done before a change of it, so it is looked at again.
        else await Promise.all(others.map(({ done }) => done));
      }
    }
  }

  reading(lba: number, blockCount: number): Promise<void> {
    return this.save(this.#extentOf(lba, blockCount));
  }

  /** Where the blocks lie. Throws: RangeError for blocks that it does not have. */
  places(lba: number, blockCount: number): { place: Place; byteLength: number }[] {
    const { offset, byteLength } = this.#extentOf(lba, blockCount);
    const end = offset + byteLength;
    const found = this.#within(offset, end).flatMap((range) =>
      range.parts(Math.max(offset, range.offset), Math.min(end, endOf(range))));
    if (found.reduce((sum, part) => sum + part.byteLength, 0) !== byteLength) {
      throw new RangeError(`Cannot reach blocks ${lba} to ${lba + blockCount - 1}: `
        + 'the snapshot does not have them');
    }
    return found.map((part) => ({
      place: { file: part.isSaved ? this.#file! : this.#host.image, // there is one if it has saved
        offset: part.offset },
      byteLength: part.byteLength }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#host.closed(this);
    await Promise.all([...this.#saving].map(({ done }) => done));
    this.#host.give(this.#takenBytes);
    await this.#file?.close();
  }

  #extentOf(lba: number, blockCount: number): Extent {
    const { blockBytes } = this.#host;
    return { offset: lba * blockBytes, byteLength: blockCount * blockBytes };
  }

  /** Ranges with a byte in [from, to): they are in order. */
  #within(from: number, to: number): readonly SavedRange[] {
    let low = 0;
    for (let high = this.#ranges.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (endOf(this.#ranges[middle]!) <= from) low = middle + 1;
      else high = middle;
    }
    let behind = low;
    while (behind < this.#ranges.length && this.#ranges[behind]!.offset < to) behind += 1;
    return from < to ? this.#ranges.slice(low, behind) : [];
  }

  #savingWithin({ offset, byteLength }: Extent): Saving[] {
    return [...this.#saving].filter((one) =>
      one.offset < offset + byteLength && offset < endOf(one));
  }

  #saveByCopy(range: SavedRange, extent: Extent): Promise<void> {
    return this.#save(range, extent, async (file) => {
      if (!this.#take(extent.byteLength)) return false;
      await this.#copy(file, extent);
      return true;
    });
  }

  /** Runs `work`, which saves whole granules or returns false; nobody else saves them then. */
  #save(
    range: SavedRange, { offset, byteLength }: Extent,
    work: (file: OpenFile) => Promise<boolean>): Promise<void> {
    const run = async (): Promise<void> => {
      try {
        this.#making ??= this.#host.makeFile();
        this.#file = await this.#making;
        if (await work(this.#file)) range.saved({ offset, byteLength });
      } catch {
        this.lose();
      } finally {
        this.#saving.delete(saving);
      }
    };
    const saving: Saving = { offset, byteLength, done: Promise.resolve().then(run) };
    this.#saving.add(saving);
    return saving.done;
  }

  #take(byteLength: number): boolean {
    if (this.#host.take(byteLength)) {
      this.#takenBytes += byteLength;
      return true;
    }
    this.lose();
    return false;
  }

  /** Gives up what it has: nobody may read it any more. */
  lose(): void {
    this.#isLost = true;
    this.#host.lost(this);
  }

  /** What is zero stays a hole of the file. */
  async #copy(file: OpenFile, { offset, byteLength }: Extent): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(byteLength, BUFFER_BYTES)); // filled by each read
    for (let at = 0; at < byteLength; at += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, byteLength - at));
      const found = await this.#host.image.read(part, offset + at);
      const bytes = part.subarray(0, found); // the image may have been made shorter
      const isZero = Buffer.compare(bytes, ZEROS.subarray(0, found)) === 0;
      if (!isZero) await file.write(bytes, offset + at);
    }
  }
}

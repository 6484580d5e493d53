import { dirname, resolve } from 'node:path';
import type { Files, OpenFile } from '../ports/files.ts';
import type { Place } from '../ports/mover.ts';
import type { Random } from '../ports/random.ts';
import { AtomicWrites } from './atomic-writes.ts';
import type { DiskSnapshot } from './disk-snapshot.ts';
import { DiskSnapshots } from './disk-snapshots.ts';
import { leaveIdentity, parseIdentityRecord, takeIdentity } from './identity.ts';
import type { Identity, IdentityKeeper } from './identity.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { MediaError } from './media-error.ts';
import { openMedium } from './open-medium.ts';

export interface DiskImageOptions {
  /** In bytes. Makes the image, sparse, if it is not there; must agree with it if it is. */
  readonly byteLength?: number;
  /** Bytes of a logical block: 512 (default) or 4096. */
  readonly blockBytes?: number;
  readonly readonly?: boolean;
  /** The file that keeps the identity; default: the image's path + `.serverfree.json`. */
  readonly sidecar?: string;
  /** What snapshots may copy, in bytes, before they are lost; default: the image's size. */
  readonly snapshotBytesMax?: number;
}

/** Blocks in a row that are all mapped, or all not. */
export interface LbaStatus {
  readonly blockCount: number;
  readonly mapped: boolean;
}

/**
 * A disk on a raw image file; holes of the file are unmapped blocks.
 *
 * Its identity is kept in a file beside the image (`takeIdentity` says when it stays and when it
 * is made anew), so that the image itself holds blocks alone.
 */
export class DiskImage {
  /** The image, as an absolute path. */
  readonly path: string;
  readonly file: OpenFile;
  readonly identity: Identity;
  readonly blockBytes: number;
  /** It was opened for reading. */
  readonly writeProtected: boolean;
  readonly snapshots: DiskSnapshots;
  readonly #files: Files;
  readonly #atomic: AtomicWrites;
  #blockCount: number;
  #closed: Promise<void> | undefined;

  private constructor(
    files: Files, file: OpenFile, identity: Identity, blockCount: number,
    options: Required<Pick<DiskImageOptions, 'blockBytes' | 'readonly' | 'snapshotBytesMax'>>,
  ) {
    this.path = file.path;
    this.file = file;
    this.identity = identity;
    this.blockBytes = options.blockBytes;
    this.#blockCount = blockCount;
    this.writeProtected = options.readonly;
    this.snapshots = new DiskSnapshots(files, this, options.snapshotBytesMax);
    this.#files = files;
    this.#atomic = new AtomicWrites(files, file);
  }

  /**
   * Opens and locks an image; makes it first if there is none and its size is given.
   *
   * Throws: MediaError (`inUse`; `notAMedium` if there is none; `invalid` if its size is not
   * whole blocks or not the one given), FileError.
   */
  static async open(
    files: Files, random: Random, path: string, options: DiskImageOptions = {},
  ): Promise<DiskImage> {
    const { blockBytes = 512, readonly = false, byteLength } = options;
    const image = resolve(path);
    if (blockBytes !== 512 && blockBytes !== 4096) {
      throw new MediaError('invalid',
        `Cannot open disk image ${image}: blocks of ${blockBytes} bytes are not supported`);
    }
    if (byteLength !== undefined) checkSize(image, byteLength, blockBytes);
    const mayMake = byteLength !== undefined && !readonly;
    if (mayMake && !await files.exists(image)) await (await files.open(image, 'create')).close();
    const file = await openMedium(files, image, readonly ? 'read' : 'write', `disk image ${image}`);
    try {
      // An empty file is an image that is being made, or that a crash left so. Its name comes
      // first: that of an image with a size is durable.
      if (mayMake && await file.size() === 0) {
        await files.syncFolder(dirname(image));
        await file.truncate(byteLength);
        await file.sync();
      }
      const size = await file.size();
      checkSize(image, size, blockBytes);
      if (byteLength !== undefined && byteLength !== size) {
        throw new MediaError('invalid',
          `Cannot open disk image ${image}: it has ${size} bytes, not ${byteLength}`);
      }
      if (await AtomicWrites.isCutOff(files, file.path)) await mend(files, file, readonly);
      const sidecar = resolve(options.sidecar ?? `${image}.serverfree.json`);
      // A name that a killed process made and did not sync must not vanish once it was relied on.
      if (!readonly) await files.syncFolder(dirname(sidecar));
      if (!readonly) await DiskSnapshots.removeStale(files, file.path);
      const identity = await takeIdentity(files, random, sidecarKeeper(files), sidecar);
      const { snapshotBytesMax = size } = options;
      return new DiskImage(files, file, identity, size / blockBytes,
        { blockBytes, readonly, snapshotBytesMax });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get blockCount(): number {
    return this.#blockCount;
  }

  get byteLength(): number {
    return this.blockCount * this.blockBytes;
  }

  /**
   * Where blocks lie: an end of a move.
   *
   * Throws: RangeError if not all of them are on the disk.
   */
  place(lba: number, blockCount = 1): Place {
    if (!(lba >= 0 && blockCount >= 0 && lba + blockCount <= this.blockCount)) {
      throw new RangeError(`Cannot reach blocks ${lba} to ${lba + blockCount - 1} `
        + `of ${this.path}: it has ${this.blockCount}`);
    }
    return { file: this.file, offset: lba * this.blockBytes };
  }

  /** Reads as many whole blocks as the buffer holds. Throws: MediaError, FileError, RangeError. */
  async read(lba: number, buffer: Uint8Array): Promise<void> {
    const { offset } = this.place(lba, this.#blocksOf(buffer.length));
    const bytes = await this.file.read(buffer, offset);
    if (bytes < buffer.length) {
      const missing = lba + Math.floor(bytes / this.blockBytes);
      throw new MediaError('damaged',
        `Cannot read block ${missing} of ${this.path}: the file was made shorter`);
    }
  }

  /**
   * As `read`, without waiting; returns whether all could be had. If not, what the buffer holds is
   * undefined. Throws: RangeError.
   */
  readNow(lba: number, buffer: Uint8Array): boolean {
    const { offset } = this.place(lba, this.#blocksOf(buffer.length));
    return this.file.readNow?.(buffer, offset) === buffer.length;
  }

  /** Writes from the start of a block; not durable before `sync`. Throws as `read` does. */
  async write(lba: number, parts: readonly Uint8Array[]): Promise<void> {
    this.#assertWritable();
    const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
    const { offset } = this.place(lba, Math.ceil(byteLength / this.blockBytes));
    await this.snapshots.change({ offset, byteLength }, () => this.file.writeParts(parts, offset));
  }

  /**
   * Writes all of the parts or, whatever happens to the host meanwhile, nothing of them; durable
   * when it returns. At most ATOMIC_BYTES_MAX. Throws as `read` does.
   */
  async writeAtomically(lba: number, parts: readonly Uint8Array[]): Promise<void> {
    this.#assertWritable();
    const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
    const { offset } = this.place(lba, this.#blocksOf(byteLength));
    await this.snapshots.change({ offset, byteLength }, () =>
      this.#atomic.write(offset, byteLength, () => this.file.writeParts(parts, offset)));
  }

  /** Takes in what was appended to the image. Returns whether it has more blocks than before. */
  async grow(): Promise<boolean> {
    const blockCount = Math.floor(await this.file.size() / this.blockBytes);
    if (blockCount <= this.#blockCount) return false;
    this.#blockCount = blockCount;
    return true;
  }

  /** Makes blocks read zeros, and gives their space back where the host can. */
  async unmap(lba: number, blockCount: number): Promise<void> {
    this.#assertWritable();
    const { offset } = this.place(lba, blockCount);
    if (blockCount === 0) return;
    const byteLength = blockCount * this.blockBytes;
    await this.snapshots.change({ offset, byteLength }, () => this.file.punch(offset, byteLength));
  }

  /**
   * To be awaited before someone else changes blocks; the function that it resolves to is called
   * when they are not changed any more.
   */
  changing(lba: number, blockCount: number): Promise<() => void> {
    const { offset } = this.place(lba, blockCount);
    return this.snapshots.begin({ offset, byteLength: blockCount * this.blockBytes });
  }

  /** Keeps runs of blocks, none of them twice, as they are now. Throws: RangeError. */
  snapshot(
    runs: readonly { readonly lba: number; readonly blockCount: number }[],
    onChange?: () => void): Promise<DiskSnapshot> {
    return this.snapshots.create(runs.map(({ lba, blockCount }) => ({
      offset: this.place(lba, blockCount).offset, byteLength: blockCount * this.blockBytes,
    })), onChange);
  }

  /** The blocks from `lba` on that share its state. A block with any data in it is mapped. */
  async lbaStatus(lba: number): Promise<LbaStatus> {
    const { offset } = this.place(lba);
    const data = await this.file.nextData(offset);
    const start = data === undefined ? this.blockCount : Math.floor(data.offset / this.blockBytes);
    if (data === undefined || start > lba) {
      return { blockCount: Math.min(start, this.blockCount) - lba, mapped: false };
    }
    const end = Math.ceil((data.offset + data.byteLength) / this.blockBytes);
    return { blockCount: Math.min(end, this.blockCount) - lba, mapped: true };
  }

  /** Returns once all that was written before is durable. Throws: FileError. */
  async sync(): Promise<void> {
    if (!this.writeProtected) await this.file.sync();
  }

  /** Syncs, and gives up the lock. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.snapshots.close();
      await this.#atomic.close();
      await this.sync();
    } finally {
      leaveIdentity(this.#files, this.identity);
      await this.file.close();
    }
  }

  #blocksOf(byteLength: number): number {
    if (byteLength % this.blockBytes === 0) return byteLength / this.blockBytes;
    throw new RangeError(`Cannot transfer ${byteLength} bytes: not whole blocks of ${this.path}`);
  }

  #assertWritable(): void {
    if (!this.writeProtected) return;
    throw new MediaError('writeProtected', `Cannot write ${this.path}: it is write protected`);
  }
}

async function mend(files: Files, file: OpenFile, readonly: boolean): Promise<void> {
  if (readonly) {
    throw new MediaError('damaged', `Cannot open disk image ${file.path} for reading alone: `
      + 'an atomic write was cut off; open it once for writing, which takes it back');
  }
  await AtomicWrites.mend(files, file);
}

function checkSize(path: string, byteLength: number, blockBytes: number): void {
  if (Number.isSafeInteger(byteLength) && byteLength > 0 && byteLength % blockBytes === 0) return;
  throw new MediaError('invalid', `Cannot open disk image ${path}: `
    + `${byteLength} bytes are not one or more whole blocks of ${blockBytes}`);
}

const sidecarKeeper = (files: Files): IdentityKeeper => ({
  read: async (path) =>
    await files.exists(path) ? parseIdentityRecord(await readJsonFile(files, path)) : undefined,
  write: (path, record) => writeJsonFile(files, path, record),
});

/**
 * Restores files to their places on a disk, without mounting it and without their data coming
 * this way:
 *
 *   set: path ─→ pieces by place in the file ─┐
 *   disk: path ─→ inode as it is now ─→ extents ─┴→ tape → disk, by place in the file
 *
 * The blocks that a file had may be another file's by now, so only the extents that it has now
 * count. Everything is looked at before anything is written: if one file cannot be restored, none
 * is. Only content is restored: names, sizes, modes and times stay as they are.
 */
import { FileSystemError } from '../ext4/error.ts';
import { type Ext4, openExt4 } from '../ext4/ext4.ts';
import type { Inode } from '../ext4/inode.ts';
import { fileTypeOf } from '../map/item.ts';
import type { RestorePiece } from '../plan/restore-plan.ts';
import type { Extent } from '../map/ranges.ts';
import { openDisk, openMover, openTape } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';
import type { RestoreOptions } from './restore-volume.ts';
import { filesBelow, findFile, piecesOf, type SavedFile, type SavedPiece } from './saved-files.ts';
import { checkTapeHolds, dataFileOf, findSavedSet } from './saved-set.ts';

export interface RestoreInPlaceOptions extends RestoreOptions {
  /** A file or a folder of the set. */
  readonly path: string;
}

export interface RestoreInPlaceReport extends JobReport {
  /** Regular files whose content was restored. */
  readonly fileCount: number;
}

/** A file that cannot be restored to its place; nothing was written. */
export class CannotRestoreInPlace extends Error {
  readonly path: string;

  constructor(path: string, why: string) {
    super(`Cannot restore ${path} to its place: ${why}; nothing was written. `
      + 'Restore it to a folder, or the whole volume');
    this.name = 'CannotRestoreInPlace';
    this.path = path;
  }
}

/** Throws: CannotRestoreInPlace before anything is written. */
export async function restoreInPlace(
  context: JobContext, options: RestoreInPlaceOptions): Promise<RestoreInPlaceReport> {
  const { disk: diskUnit, tape: tapeUnit, catalog } = options;
  const job = new Job(context, [diskUnit, tapeUnit]);
  const set = findSavedSet(catalog, options.set);
  const top = findFile(catalog, set, options.path);
  const disk = await openDisk(job, diskUnit);
  const tape = await openTape(job, tapeUnit);
  await checkTapeHolds(tape.drive, catalog, set);
  const mover = await openMover(job, { disk: diskUnit, tape: tapeUnit }, disk, tape, options);
  job.progress('scan', 0, undefined);
  const volume = await openVolume(disk.disk, top.path);
  const plan = new InPlacePlan(job, volume, disk.disk.blockBytes);
  for (const file of filesBelow(catalog, set, top)) {
    if (fileTypeOf(file.inode) === 'file') await plan.add(file, [...piecesOf(catalog, set, file)]);
    else plan.skip();
  }
  const pieces = plan.pieces();
  const dataBytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  await mover.restore(pieces, dataFileOf(set), job.watch('copy', dataBytes));
  return {
    ...job.report({ job: 'restore', set: set.id, mover: mover.name, dataBytes }),
    fileCount: plan.fileCount,
  };
}

async function openVolume(disk: Parameters<typeof openExt4>[0], path: string): Promise<Ext4> {
  let volume: Ext4;
  try {
    volume = await openExt4(disk);
  } catch (error) {
    if (error instanceof FileSystemError) throw new CannotRestoreInPlace(path, error.message);
    throw error;
  }
  if (!volume.needsRecovery) return volume;
  throw new CannotRestoreInPlace(path, 'the journal of the file system wants recovery: '
    + 'it is mounted, or was not unmounted; unmount it, or run e2fsck');
}

class InPlacePlan {
  readonly #job: Job;
  readonly #volume: Ext4;
  readonly #diskBlockBytes: number;
  /** Inodes of the disk and the inodes of the set that they are restored from. */
  readonly #taken = new Map<number, number>();
  readonly #pieces: RestorePiece[] = [];
  #skippedCount = 0;

  constructor(job: Job, volume: Ext4, diskBlockBytes: number) {
    this.#job = job;
    this.#volume = volume;
    this.#diskBlockBytes = diskBlockBytes;
  }

  get fileCount(): number {
    return this.#taken.size;
  }

  /** What has no content of its own is left as it is. */
  skip(): void {
    this.#skippedCount += 1;
  }

  /** Pieces in the order of the tape. */
  pieces(): readonly RestorePiece[] {
    if (this.#skippedCount > 0) {
      this.#job.note(
        `${this.#skippedCount} folders, links and special files were left as they are`);
    }
    return this.#pieces.sort((a, b) => a.streamOffset - b.streamOffset);
  }

  async add(file: SavedFile, saved: readonly SavedPiece[]): Promise<void> {
    const cannot = (why: string): Error => new CannotRestoreInPlace(file.path, why);
    this.#job.context.signal?.throwIfAborted();
    if (file.inode.inlineData !== undefined) throw cannot('its content was in its inode');
    const inode = await this.#lookup(file);
    if (inode.size < file.inode.size) {
      throw cannot(`it has ${inode.size} bytes now, it had ${file.inode.size}`);
    }
    const other = this.#taken.get(inode.number);
    if (other === file.inode.number) return; // another name of a file that is in the plan
    if (other !== undefined) throw cannot('it is one file with another one of the set now');
    this.#taken.set(inode.number, file.inode.number);
    if (inode.size > file.inode.size) {
      this.#job.note(`${file.path}: it is longer now; its bytes from ${file.inode.size} on stay`);
    }
    const extents: Extent[] = [];
    for await (const extent of this.#volume.extents(inode)) {
      if (!extent.unwritten) extents.push(extent);
    }
    // Blocks are whole, so the last one may hold more than the file: no more of it than fits the
    // file's last block here.
    const { blockBytes } = this.#volume.superblock;
    const end = Math.ceil(file.inode.size / blockBytes) * blockBytes;
    const bounds = { size: file.inode.size, end, diskBlockBytes: this.#diskBlockBytes };
    for (const piece of matched(saved, extents, bounds, cannot)) this.#pieces.push(piece);
  }

  async #lookup(file: SavedFile): Promise<Inode> {
    const cannot = (why: string): Error => new CannotRestoreInPlace(file.path, why);
    let inode: Inode | undefined;
    try {
      inode = await this.#volume.lookup(file.path);
    } catch (error) {
      if (error instanceof FileSystemError) throw cannot(error.message);
      throw error;
    }
    if (inode === undefined) throw cannot('it is not there any more');
    if (inode.type !== 'file') throw cannot(`it is a ${inode.type} now`);
    if (inode.inline) throw cannot('its content is in its inode now');
    return inode;
  }
}

interface MatchBounds {
  /** Of the file when it was saved; what is behind it does not matter. */
  readonly size: number;
  /** Where its last block ends on the disk. */
  readonly end: number;
  readonly diskBlockBytes: number;
}

/**
 * Pieces of the stream against extents of the disk, by place in the file.
 *
 * Throws: what `cannot` makes, unless both have content in the very same places: what was a hole
 * must be one still, for there is nothing on the tape to put there.
 */
export function* matched(
  saved: readonly SavedPiece[], extents: readonly Extent[],
  { size, end, diskBlockBytes }: MatchBounds, cannot: (why: string) => Error,
): Generator<RestorePiece, void, undefined> {
  let [index, at] = [0, 0];
  const next = (): Extent | undefined => extents[index];
  const checkHole = (to: number): void => {
    const extent = next();
    const from = extent === undefined ? to : Math.max(at, extent.logicalOffset);
    if (from < to) throw cannot(`its bytes from ${from} on were a hole and are none now`);
  };
  for (const piece of saved) {
    const pieceEnd = Math.min(piece.logicalOffset + piece.byteLength, end);
    if (piece.logicalOffset >= pieceEnd) break;
    checkHole(piece.logicalOffset);
    at = piece.logicalOffset;
    while (at < pieceEnd) {
      const extent = next();
      if (extent === undefined || extent.logicalOffset > at) {
        throw cannot(`its bytes from ${at} on are a hole now`);
      }
      const extentEnd = extent.logicalOffset + extent.byteLength;
      const byteLength = Math.min(pieceEnd, extentEnd) - at;
      const diskOffset = extent.diskOffset + at - extent.logicalOffset;
      if (byteLength % diskBlockBytes !== 0 || diskOffset % diskBlockBytes !== 0) {
        throw cannot(`its blocks do not fit a disk with blocks of ${diskBlockBytes} bytes`);
      }
      if (byteLength > 0) {
        yield {
          streamOffset: piece.streamOffset + at - piece.logicalOffset, byteLength, diskOffset };
      }
      at += byteLength;
      if (at >= extentEnd) index += 1;
    }
  }
  checkHole(size);
}

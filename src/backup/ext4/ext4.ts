/**
 * Reads an ext4 file system, also ext2 and ext3, without mounting it:
 *
 *   BlockSource ─→ ByteReader ─→ superblock ─→ groups ─┬─→ block bitmaps ─→ usedBlocks()
 *                                                      └─→ inodes ─┬─→ block map ─→ extents()
 *                                                                  ├─→ folder ─→ files(), lookup()
 *                                                                  └─→ content ─→ readFile()
 *
 * Only metadata is read, but for `readFile` and long symbolic links. It never writes, and the
 * journal is not replayed: while `needsRecovery` is true, what it shows may be out of date.
 * Numbers that come from the disk are checked before they are used, so that a corrupt file system
 * gives a `FileSystemError`, never a loop without end or memory without bound.
 *
 * Source: Linux Documentation/filesystems/ext4/.
 */
import { type BlockSource, type ByteRange, ByteReader } from '../block-source.ts';
import { fileContent, inlineContent, symlinkTarget } from './content.ts';
import { type FileExtent, fileExtents } from './file-map.ts';
import type { Inode } from './inode.ts';
import { readInode } from './inodes.ts';
import { readSuperblock, type Superblock } from './superblock.ts';
import { usedBlocks } from './used-blocks.ts';
import type { Volume } from './volume.ts';
import { type FileEntry, lookup, type WalkOptions, walk } from './walk.ts';

/**
 * Opens the file system on a disk.
 *
 * Throws: FileSystemError if there is no ext4, or one with features that this reader does not know.
 */
export async function openExt4(source: BlockSource): Promise<Ext4> {
  const reader = new ByteReader(source);
  return new Ext4({ reader, superblock: await readSuperblock(reader) });
}

/** An opened file system. All its functions throw FileSystemError where the disk is corrupt. */
export class Ext4 {
  readonly #volume: Volume;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  get superblock(): Superblock {
    return this.#volume.superblock;
  }

  /** The journal wants recovery: metadata in their places may be older than what it holds. */
  get needsRecovery(): boolean {
    return this.superblock.needsRecovery;
  }

  /** The block map: ascending, merged ranges of the disk that are in use. */
  usedBlocks(): AsyncGenerator<ByteRange, void, undefined> {
    return usedBlocks(this.#volume);
  }

  /** Every name, the root first. */
  files(options: WalkOptions = {}): AsyncGenerator<FileEntry, void, undefined> {
    return walk(this.#volume, options);
  }

  /** The inode that a path names, following no symbolic links; undefined if there is none. */
  lookup(path: string): Promise<Inode | undefined> {
    return lookup(this.#volume, path);
  }

  /** The inode with a number. */
  inode(number: number): Promise<Inode> {
    return readInode(this.#volume, number);
  }

  /** The file map: ascending extents, holes left out; none if the content is inline. */
  extents(inode: Inode): AsyncGenerator<FileExtent, void, undefined> {
    return fileExtents(this.#volume, inode);
  }

  /** Content that lies in the inode; undefined if it lies in blocks. */
  inlineData(inode: Inode): Uint8Array | undefined {
    return inlineContent(inode);
  }

  /** The target of a symbolic link. */
  symlinkTarget(inode: Inode): Promise<string> {
    return symlinkTarget(this.#volume, inode);
  }

  /** A file's bytes in pieces; holes come as zeros. */
  readFile(inode: Inode): AsyncGenerator<Uint8Array, void, undefined> {
    return fileContent(this.#volume, inode);
  }
}

/**
 * Folders: the names in them.
 *
 * A hashed folder is read like a linear one, block by block: the nodes of its tree look like
 * blocks without names, and are told apart only for their checksums.
 *
 * Source: Linux Documentation/filesystems/ext4/directory.rst, inlinedata.rst.
 */
import { readU16le, readU32le } from '../../bytes/little-endian.ts';
import { checksum, checksumZeros } from './checksum.ts';
import { FileSystemError } from './error.ts';
import { structure, u16, u32, u8 } from './fields.ts';
import { fileExtents } from './file-map.ts';
import type { Inode } from './inode.ts';
import type { Superblock } from './superblock.ts';
import type { Volume } from './volume.ts';

/** Bytes of a folder that are fetched together. */
const BATCH_BYTES = 262_144;
const ENTRY_BYTES = 8;
const ENTRY_BYTES_MIN = 12;
const TAIL_BYTES = 12;
const TAIL_TYPE = 0xde;
/** Inline, the number of the parent stands in place of `.` and `..`. */
const INLINE_ENTRIES_AT = 4;
const INODE_BLOCK_AT = 0x28;
const SLASH = 0x2f;
const DOT = 0x2e;

const entry = structure({
  inode:      u32(0x00, 'inode'),
  length:     u16(0x04, 'rec_len'),
  nameLength: u8(0x06, 'name_len'),
  fileType:   u8(0x07, 'file_type'),
});

/** A node of a hash tree: `limit` entries, the first of which holds limit and count. */
const countLimit = structure({
  limit: u16(0x00, 'limit'),
  count: u16(0x02, 'count'),
});
const TREE = { dotBytes: 12, rootAt: 32, nodeAt: 8, entryBytes: 8, tailBytes: 8 } as const;

/** A name in a folder. */
export interface FolderEntry {
  readonly name: Uint8Array;
  readonly inode: number;
}

/** Bytes that entries fill without a gap. */
interface Region {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * The names in a folder without `.` and `..`, in arrays of bounded size.
 *
 * Throws: FileSystemError if the folder has holes or corrupt blocks, or is encrypted.
 */
export async function* folderEntries(
  volume: Volume, folder: Inode): AsyncGenerator<FolderEntry[], void, undefined> {
  if (folder.encrypted) {
    throw new FileSystemError(folder.offset, `folder ${folder.number} is encrypted`);
  }
  if (folder.inline) {
    yield inlineRegions(folder).flatMap((region) => regionEntries(volume, region));
    return;
  }
  for await (const regions of blockRegions(volume, folder)) {
    yield regions.flatMap((region) => {
      checkChecksum(volume, folder, region);
      return regionEntries(volume, region);
    });
  }
}

function inlineRegions({ block, offset, inlineTail }: Inode): Region[] {
  const first = block.subarray(INLINE_ENTRIES_AT);
  return [
    { bytes: first, offset: offset + INODE_BLOCK_AT + INLINE_ENTRIES_AT },
    { bytes: inlineTail, offset },
  ];
}

/** The folder's blocks in their order, some at a time. */
async function* blockRegions(
  volume: Volume, folder: Inode): AsyncGenerator<Region[], void, undefined> {
  const { blockBytes } = volume.superblock;
  let at = 0;
  let batch: number[] = [];
  for await (const extent of fileExtents(volume, folder)) {
    if (extent.logicalOffset !== at || extent.unwritten) throw hole(folder, at);
    at += extent.byteLength;
    for (let within = 0; within < extent.byteLength; within += blockBytes) {
      batch.push(extent.diskOffset + within);
      if (batch.length * blockBytes < BATCH_BYTES) continue;
      yield await readRegions(volume, batch);
      batch = [];
    }
  }
  if (at === 0 || at !== folder.size) throw hole(folder, at);
  yield await readRegions(volume, batch);
}

const hole = ({ number, offset, size }: Inode, at: number): FileSystemError =>
  new FileSystemError(offset, `folder ${number} of ${size} bytes has none at byte ${at}`);

async function readRegions({ reader, superblock }: Volume, offsets: number[]): Promise<Region[]> {
  const byteLength = superblock.blockBytes;
  const blocks = await reader.readMany(offsets.map((offset) => ({ offset, byteLength })));
  return blocks.map((bytes, index) => ({ bytes, offset: offsets[index]! }));
}

/** Names of one region; an entry without an inode is unused room. */
function regionEntries({ superblock }: Volume, { bytes, offset }: Region): FolderEntry[] {
  const entries: FolderEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = bytes.length - at < ENTRY_BYTES_MIN ? undefined : entry.read(bytes, at);
    const length = found === undefined ? 0 : entryLength(found.length, superblock.blockBytes);
    const end = at + length;
    const nameAt = at + ENTRY_BYTES;
    const nameEnd = nameAt + (found?.nameLength ?? 0);
    if (found === undefined || length < ENTRY_BYTES_MIN || length % 4 !== 0
      || end > bytes.length || nameEnd > end) {
      throw new FileSystemError(offset + at, 'a folder entry does not fit where it is');
    }
    if (found.inode !== 0) {
      const name = bytes.slice(nameAt, nameEnd);
      checkEntry(superblock, name, found, offset + at);
      if (!isDots(name)) entries.push({ name, inode: found.inode });
    }
    at = end;
  }
  return entries;
}

/** Lengths in blocks of 64 KiB do not fit 16 bits; they are multiples of four, which frees two. */
function entryLength(length: number, blockBytes: number): number {
  if (blockBytes < 0x1_0000) return length;
  if (length === 0xffff || length === 0) return blockBytes;
  return (length & 0xfffc) | ((length & 3) << 16);
}

function checkEntry({ inodeCount, fileTypeInEntries }: Superblock, name: Uint8Array,
  found: ReturnType<typeof entry.read>, offset: number): void {
  if (found.inode > inodeCount) {
    throw new FileSystemError(offset, `a folder entry names inode ${found.inode} of ${inodeCount}`);
  }
  if (name.length === 0 || name.includes(SLASH) || name.includes(0)) {
    throw new FileSystemError(offset, 'a folder entry has a name that no file can have');
  }
  // Without the feature the byte is the upper half of the name's length, which never exceeds 255.
  if (!fileTypeInEntries && found.fileType !== 0) {
    throw new FileSystemError(offset, 'a folder entry has a name longer than 255 bytes');
  }
}

const isDots = (name: Uint8Array): boolean =>
  name.length <= 2 && name.every((byte) => byte === DOT);

function checkChecksum({ superblock }: Volume, folder: Inode, { bytes, offset }: Region): void {
  if (!superblock.metadataChecksums) return;
  // A root made of a block of names still has that block's tail where its own checksum is.
  const found = treeChecksums(folder, bytes) ?? leafChecksums(folder, bytes);
  if (found !== undefined && found.stored === found.computed) return;
  throw new FileSystemError(offset, found === undefined
    ? `a block of folder ${folder.number} has no checksum`
    : `the checksum of a block of folder ${folder.number} is wrong`);
}

interface Checksums {
  readonly stored: number;
  readonly computed: number;
}

/** A block of names ends with an unused entry that has a type of its own. */
function leafChecksums(folder: Inode, bytes: Uint8Array): Checksums | undefined {
  const at = bytes.length - TAIL_BYTES;
  const tail = entry.read(bytes, at);
  const isTail = tail.inode === 0 && tail.length === TAIL_BYTES && tail.nameLength === 0
    && tail.fileType === TAIL_TYPE;
  if (!isTail) return undefined;
  return {
    stored: readU32le(bytes, at + ENTRY_BYTES),
    computed: checksum(folder.checksumSeed, bytes.subarray(0, at)),
  };
}

/** A node has its checksum behind its last possible entry. */
function treeChecksums(folder: Inode, bytes: Uint8Array): Checksums | undefined {
  const at = treeEntriesAt(bytes);
  if (at === undefined) return undefined;
  const { limit, count } = countLimit.read(bytes, at);
  const tailAt = at + limit * TREE.entryBytes;
  if (count > limit || tailAt + TREE.tailBytes > bytes.length) return undefined;
  const used = checksum(folder.checksumSeed, bytes.subarray(0, at + count * TREE.entryBytes));
  const reserved = checksum(used, bytes.subarray(tailAt, tailAt + 4));
  return { stored: readU32le(bytes, tailAt + 4), computed: checksumZeros(reserved, 4) };
}

/**
 * Where a tree node has its entries: in the root `..` takes all room behind `.`, another node
 * begins with an unused entry of the block's size. In a block of names neither can be, for the
 * checksum is behind them.
 */
function treeEntriesAt(bytes: Uint8Array): number | undefined {
  const lengthAt = (at: number): number =>
    entryLength(readU16le(bytes, at + entry.field.length.at), bytes.length);
  if (lengthAt(0) === bytes.length) return TREE.nodeAt;
  const isRoot = lengthAt(0) === TREE.dotBytes
    && lengthAt(TREE.dotBytes) === bytes.length - TREE.dotBytes;
  return isRoot ? TREE.rootAt : undefined;
}

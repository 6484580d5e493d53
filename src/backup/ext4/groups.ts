/**
 * Block groups: their descriptors, and the blocks that a group gives to the file system itself.
 *
 * Source: Linux Documentation/filesystems/ext4/group_descr.rst, blockgroup.rst.
 */
import { CHECKSUM_START, checksum, checksumNumber, checksumZeros, crc16 } from './checksum.ts';
import { FileSystemError } from './error.ts';
import { split, structure, u16, u32 } from './fields.ts';
import type { Superblock } from './superblock.ts';
import { checkBlocks, type Volume } from './volume.ts';

/** A descriptor without the upper halves is read as if they were zero. */
const WIDE_BYTES = 64;
const BLOCK_BITMAP_CHECKSUM_HIGH_END = 0x3a;

const layout = structure({
  blockBitmap:  split(u32(0x00, 'bg_block_bitmap_lo'), u32(0x20, 'bg_block_bitmap_hi')),
  inodeBitmap:  split(u32(0x04, 'bg_inode_bitmap_lo'), u32(0x24, 'bg_inode_bitmap_hi')),
  inodeTable:   split(u32(0x08, 'bg_inode_table_lo'), u32(0x28, 'bg_inode_table_hi')),
  flags:        u16(0x12, 'bg_flags'),
  blockBitmapChecksum: split(
    u16(0x18, 'bg_block_bitmap_csum_lo'), u16(0x38, 'bg_block_bitmap_csum_hi')),
  inodesUnused: split(u16(0x1c, 'bg_itable_unused_lo'), u16(0x32, 'bg_itable_unused_hi')),
  checksum:     u16(0x1e, 'bg_checksum'),
});
type Raw = ReturnType<typeof layout.read>;

const FLAGS = { blockBitmapUninitialised: 0x2 } as const;

/** A group descriptor, checked. Places are block numbers. */
export interface Group {
  readonly number: number;
  /** Byte of the disk where the descriptor is. */
  readonly offset: number;
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  readonly inodeTableBlocks: number;
  /** The bitmap was never written: only what the group holds for the file system is in use. */
  readonly blockBitmapUninitialised: boolean;
  readonly blockBitmapChecksum: number;
  /** Inodes at the end of the table that were never used. */
  readonly inodesUnused: number;
}

/** A run of blocks. */
export interface BlockRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Reads the descriptors of `count` groups from `first` on.
 *
 * Throws: FileSystemError at a descriptor whose checksum is wrong or that points off the disk.
 */
export async function readGroups(volume: Volume, first: number, count: number): Promise<Group[]> {
  const { superblock, reader } = volume;
  const byteLength = superblock.descriptorBytes;
  const ranges = Array.from({ length: count }, (_, index) =>
    ({ offset: descriptorOffset(superblock, first + index), byteLength }));
  const descriptors = await reader.readMany(ranges);
  return descriptors.map((bytes, index) =>
    decodeGroup(volume, first + index, bytes, ranges[index]!.offset));
}

/** First block of a group. */
export const groupStart = (superblock: Superblock, group: number): number =>
  superblock.firstDataBlock + group * superblock.blocksPerGroup;

/** How many blocks a group has: the last one may be cut short. */
export const groupBlocks = (superblock: Superblock, group: number): number =>
  Math.min(superblock.blocksPerGroup, superblock.blockCount - groupStart(superblock, group));

/**
 * The group's copy of superblock and descriptors, with what is reserved for more descriptors.
 *
 * Undefined if it has none of them.
 */
export function baseMetadata(superblock: Superblock, group: number): BlockRange | undefined {
  const start = groupStart(superblock, group);
  const perBlock = descriptorsPerBlock(superblock);
  const hasSuper = hasSuperblock(superblock, group);
  // In group 0 the superblock lies behind the boot block if blocks have 1 KiB.
  const before = group === 0 ? superblockBlock(superblock) - start : 0;
  let count = hasSuper ? before + 1 : 0;
  if (group < superblock.firstMetaGroup * perBlock) {
    const all = Math.ceil(superblock.groupCount / perBlock);
    const descriptors = Math.min(all, superblock.firstMetaGroup);
    if (hasSuper) count += descriptors + superblock.reservedDescriptorBlocks;
  } else {
    const index = group % perBlock;
    if (index === 0 || index === 1 || index === perBlock - 1) count += 1;
  }
  return count === 0 ? undefined : { first: start, count };
}

const descriptorsPerBlock = (superblock: Superblock): number =>
  superblock.blockBytes / superblock.descriptorBytes;

/** The block with the primary superblock, which begins at byte 1024. */
const superblockBlock = (superblock: Superblock): number => superblock.blockBytes === 1024 ? 1 : 0;

function hasSuperblock({ backups }: Superblock, group: number): boolean {
  if (group === 0) return true;
  if (backups === 'all') return true;
  if (backups !== 'sparse') return backups.includes(group);
  return group === 1 || [3, 5, 7].some((base) => isPowerOf(base, group));
}

function isPowerOf(base: number, value: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

function descriptorOffset(superblock: Superblock, group: number): number {
  const perBlock = descriptorsPerBlock(superblock);
  const index = Math.floor(group / perBlock);
  const within = (group % perBlock) * superblock.descriptorBytes;
  if (index < superblock.firstMetaGroup) {
    return (superblockBlock(superblock) + 1 + index) * superblock.blockBytes + within;
  }
  const home = index * perBlock;
  const start = home === 0 ? superblockBlock(superblock) : groupStart(superblock, home);
  return (start + (hasSuperblock(superblock, home) ? 1 : 0)) * superblock.blockBytes + within;
}

function decodeGroup(volume: Volume, number: number, bytes: Uint8Array, offset: number): Group {
  const { superblock } = volume;
  const wide = new Uint8Array(WIDE_BYTES);
  wide.set(bytes.subarray(0, WIDE_BYTES));
  const raw = layout.read(wide);
  const expected = descriptorChecksum(superblock, number, bytes);
  if (expected !== undefined && expected !== raw.checksum) {
    throw new FileSystemError(offset, `the checksum of group descriptor ${number} is wrong`);
  }
  const { inodesPerGroup, inodeBytes, blockBytes } = superblock;
  const inodeTableBlocks = Math.ceil((inodesPerGroup * inodeBytes) / blockBytes);
  checkBlocks(volume, raw.blockBitmap, 1, offset, `the block bitmap of group ${number}`);
  checkBlocks(volume, raw.inodeBitmap, 1, offset, `the inode bitmap of group ${number}`);
  checkBlocks(
    volume, raw.inodeTable, inodeTableBlocks, offset, `the inode table of group ${number}`);
  const checksummed = superblock.groupChecksums !== 'none';
  return {
    number,
    offset,
    blockBitmap: raw.blockBitmap,
    inodeBitmap: raw.inodeBitmap,
    inodeTable: raw.inodeTable,
    inodeTableBlocks,
    // Without checksums neither the flags nor the count of unused inodes are kept.
    blockBitmapUninitialised: checksummed && (raw.flags & FLAGS.blockBitmapUninitialised) !== 0,
    blockBitmapChecksum: bitmapChecksumOf(superblock, raw),
    inodesUnused: checksummed ? Math.min(raw.inodesUnused, inodesPerGroup) : 0,
  };
}

const bitmapChecksumOf = (superblock: Superblock, raw: Raw): number =>
  superblock.descriptorBytes >= BLOCK_BITMAP_CHECKSUM_HIGH_END
    ? raw.blockBitmapChecksum
    : raw.blockBitmapChecksum % 0x1_0000;

/** Throws FileSystemError if a group's block bitmap is not the one its descriptor was made for. */
export function checkBlockBitmap(volume: Volume, group: Group, bitmap: Uint8Array): void {
  const { superblock } = volume;
  if (!superblock.metadataChecksums) return;
  const bits = superblock.blocksPerGroup / superblock.clusterBlocks;
  const found = checksum(superblock.checksumSeed, bitmap.subarray(0, bits / 8));
  const narrow = superblock.descriptorBytes < BLOCK_BITMAP_CHECKSUM_HIGH_END;
  if ((narrow ? found & 0xffff : found) === group.blockBitmapChecksum) return;
  throw new FileSystemError(group.blockBitmap * superblock.blockBytes,
    `the checksum of the block bitmap of group ${group.number} is wrong`);
}

function descriptorChecksum(
  superblock: Superblock, number: number, bytes: Uint8Array): number | undefined {
  const { at } = layout.field.checksum;
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(at + 2);
  if (superblock.groupChecksums === 'crc32c') {
    const seed = checksum(checksumNumber(superblock.checksumSeed, number), head);
    return checksum(checksumZeros(seed, 2), tail) & 0xffff;
  }
  if (superblock.groupChecksums === 'none') return undefined;
  const id = Uint8Array.of(number, number >>> 8, number >>> 16, number >>> 24);
  const seed = crc16(crc16(crc16(CHECKSUM_START & 0xffff, superblock.uuid), id), head);
  return crc16(seed, tail);
}

/**
 * Block maps of ext4: trees of extents, up to five levels under the root in the inode.
 *
 * Source: Linux Documentation/filesystems/ext4/ifork.rst ("Extent Tree").
 */
import { readU32le } from '../../bytes/little-endian.ts';
import { checksum } from './checksum.ts';
import { FileSystemError } from './error.ts';
import { split, structure, u16, u32 } from './fields.ts';
import type { Inode } from './inode.ts';
import { blockRange, checkBlocks, type Volume } from './volume.ts';

const MAGIC = 0xf30a;
const ENTRY_BYTES = 12;
const DEPTH_MAX = 5;
const CHECKSUM_BYTES = 4;
/** `i_block` within the inode. */
const ROOT_AT = 0x28;
/** Longer lengths mark an extent that was allocated and never written. */
const WRITTEN_BLOCKS_MAX = 32_768;
const LOGICAL_END = 0x1_0000_0000;
/** Blocks of one level that are fetched together. */
const CHILD_BATCH = 32;

const header = structure({
  magic:   u16(0x00, 'eh_magic'),
  entries: u16(0x02, 'eh_entries'),
  max:     u16(0x04, 'eh_max'),
  depth:   u16(0x06, 'eh_depth'),
});

const index = structure({
  logical: u32(0x00, 'ei_block'),
  child:   split(u32(0x04, 'ei_leaf_lo'), u16(0x08, 'ei_leaf_hi')),
});

const extent = structure({
  logical:  u32(0x00, 'ee_block'),
  length:   u16(0x04, 'ee_len'),
  physical: split(u32(0x08, 'ee_start_lo'), u16(0x06, 'ee_start_hi')),
});

/** Blocks of a file that lie next to each other on the disk. */
export interface BlockRun {
  /** Block within the file. */
  readonly logical: number;
  /** Block of the file system. */
  readonly physical: number;
  readonly count: number;
  /** Allocated, but reads as zeros. */
  readonly unwritten: boolean;
}

/** A block of the tree, and the blocks of the file that it may speak of. */
interface Node {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly depth: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The runs of an inode with extents, ascending, one array for each leaf of the tree.
 *
 * Throws: FileSystemError at a node with a wrong checksum or entries that are out of order,
 * overlap, or point off the disk. As each node covers blocks of the file that no other may, no node
 * is walked twice.
 */
export async function* extentRuns(
  volume: Volume, inode: Inode): AsyncGenerator<BlockRun[], void, undefined> {
  const offset = inode.offset + ROOT_AT;
  const { depth } = header.read(inode.block);
  if (depth > DEPTH_MAX) {
    throw new FileSystemError(offset, `an extent tree has ${depth} levels`);
  }
  yield* nodeRuns(volume, inode, { bytes: inode.block, offset, depth, from: 0, to: LOGICAL_END });
}

async function* nodeRuns(
  volume: Volume, inode: Inode, node: Node): AsyncGenerator<BlockRun[], void, undefined> {
  const count = checkHeader(node, node.bytes === inode.block);
  if (node.depth === 0) {
    yield leafRuns(volume, node, count);
    return;
  }
  const children = childrenOf(volume, node, count);
  for (let first = 0; first < count; first += CHILD_BATCH) {
    const batch = children.slice(first, first + CHILD_BATCH);
    const blocks = await volume.reader.readMany(
      batch.map(({ block }) => blockRange(volume, block)));
    for (const [at, { block, from, to }] of batch.entries()) {
      const { offset } = blockRange(volume, block);
      const child: Node = { bytes: blocks[at]!, offset, depth: node.depth - 1, from, to };
      checkChecksum(volume, inode, child);
      yield* nodeRuns(volume, inode, child);
    }
  }
}

/** Number of entries. Only the root may be empty, and only if it is a leaf. */
function checkHeader({ bytes, offset, depth }: Node, isRoot: boolean): number {
  const found = header.read(bytes);
  const room = Math.floor(bytes.length / ENTRY_BYTES) - 1;
  const sound = found.magic === MAGIC && found.depth === depth
    && found.max <= room && found.entries <= found.max
    && (found.entries > 0 || (isRoot && depth === 0));
  if (sound) return found.entries;
  throw new FileSystemError(offset, 'the header of an extent block is wrong '
    + `(magic 0x${found.magic.toString(16)}, ${found.entries} of ${found.max} entries, `
    + `depth ${found.depth} for ${depth})`);
}

function checkChecksum(
  { superblock }: Volume, inode: Inode, { bytes, offset }: Node): void {
  if (!superblock.metadataChecksums) return;
  const at = (header.read(bytes).max + 1) * ENTRY_BYTES;
  const fits = at + CHECKSUM_BYTES <= bytes.length;
  if (fits && readU32le(bytes, at) === checksum(inode.checksumSeed, bytes.subarray(0, at))) return;
  throw new FileSystemError(offset,
    `the checksum of an extent block of inode ${inode.number} is wrong`);
}

interface Child {
  readonly block: number;
  readonly from: number;
  readonly to: number;
}

function childrenOf(volume: Volume, node: Node, count: number): Child[] {
  const entries = Array.from({ length: count }, (_, n) =>
    index.read(node.bytes, (n + 1) * ENTRY_BYTES));
  return entries.map(({ logical, child }, n) => {
    const offset = node.offset + (n + 1) * ENTRY_BYTES;
    const to = entries[n + 1]?.logical ?? node.to;
    if (logical < node.from || to <= logical || to > node.to) {
      throw new FileSystemError(offset, `an extent block is out of order at block ${logical}`);
    }
    checkBlocks(volume, child, 1, offset, 'an extent block');
    return { block: child, from: logical, to };
  });
}

function leafRuns(volume: Volume, node: Node, count: number): BlockRun[] {
  let from = node.from;
  return Array.from({ length: count }, (_, n) => {
    const at = (n + 1) * ENTRY_BYTES;
    const { logical, length, physical } = extent.read(node.bytes, at);
    const unwritten = length > WRITTEN_BLOCKS_MAX;
    const blocks = unwritten ? length - WRITTEN_BLOCKS_MAX : length;
    if (blocks === 0 || logical < from || logical + blocks > node.to) {
      throw new FileSystemError(node.offset + at,
        `an extent of ${blocks} blocks is out of order at block ${logical}`);
    }
    checkBlocks(volume, physical, blocks, node.offset + at, 'an extent');
    from = logical + blocks;
    return { logical, physical, count: blocks, unwritten };
  });
}

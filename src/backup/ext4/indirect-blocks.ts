/**
 * Block maps of ext2 and ext3: twelve block numbers, then trees of one, two and three levels.
 *
 * Source: Linux Documentation/filesystems/ext4/blockmap.rst.
 */
import { readU32le } from '../../bytes/little-endian.ts';
import { FileSystemError } from './error.ts';
import type { BlockRun } from './extent-tree.ts';
import type { Inode } from './inode.ts';
import { blockRange, checkBlocks, type Volume } from './volume.ts';

const DIRECT_COUNT = 12;
const POINTER_BYTES = 4;
const ROOT_AT = 0x28;
/** Blocks of one level that are fetched together. */
const CHILD_BATCH = 32;

/** Pointers that lie together: `span` blocks of the file each, from block `logical` on. */
interface Pointers {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Levels of pointers under these: 0 if they name blocks of the file. */
  readonly level: number;
  readonly logical: number;
  readonly span: number;
}

/** A walk through one map; `blocksLeft` ends it should the pointers run in circles. */
interface Walk {
  readonly volume: Volume;
  readonly inode: Inode;
  readonly logicalEnd: number;
  blocksLeft: number;
}

/**
 * The runs of an inode with indirect blocks before block `logicalEnd`, ascending, in arrays.
 *
 * Throws: FileSystemError at a pointer off the disk, or if the map names more blocks than the file
 * system has.
 */
export async function* indirectRuns(volume: Volume, inode: Inode, logicalEnd: number,
): AsyncGenerator<BlockRun[], void, undefined> {
  const walk: Walk = { volume, inode, logicalEnd, blocksLeft: volume.superblock.blockCount };
  const perBlock = volume.superblock.blockBytes / POINTER_BYTES;
  const root = { bytes: inode.block, offset: inode.offset + ROOT_AT };
  yield directRuns(walk, { ...slice(root, 0, DIRECT_COUNT), level: 0, logical: 0, span: 1 });
  let logical = DIRECT_COUNT;
  for (let level = 1; level <= 3; level += 1) {
    const span = perBlock ** level;
    yield* treeRuns(walk, { ...slice(root, DIRECT_COUNT + level - 1, 1), level, logical, span });
    logical += span;
  }
}

const slice = ({ bytes, offset }: Pick<Pointers, 'bytes' | 'offset'>, first: number, count: number,
): Pick<Pointers, 'bytes' | 'offset'> => ({
  bytes: bytes.subarray(first * POINTER_BYTES, (first + count) * POINTER_BYTES),
  offset: offset + first * POINTER_BYTES,
});

async function* treeRuns(
  walk: Walk, pointers: Pointers): AsyncGenerator<BlockRun[], void, undefined> {
  if (pointers.level === 0) {
    yield directRuns(walk, pointers);
    return;
  }
  const children = presentPointers(walk, pointers, 'an indirect block');
  const span = pointers.span / (walk.volume.superblock.blockBytes / POINTER_BYTES);
  for (let first = 0; first < children.length; first += CHILD_BATCH) {
    const batch = children.slice(first, first + CHILD_BATCH);
    const ranges = batch.map(({ block }) => blockRange(walk.volume, block));
    const blocks = await walk.volume.reader.readMany(ranges);
    for (const [at, { logical }] of batch.entries()) {
      const { offset } = ranges[at]!;
      yield* treeRuns(
        walk, { bytes: blocks[at]!, offset, level: pointers.level - 1, logical, span });
    }
  }
}

function directRuns(walk: Walk, pointers: Pointers): BlockRun[] {
  return presentPointers(walk, pointers, 'a block of a file').map(({ logical, block }) =>
    ({ logical, physical: block, count: 1, unwritten: false }));
}

interface Present {
  readonly logical: number;
  readonly block: number;
}

/** Pointers that are no holes and lie before the end; they are counted and checked. */
function presentPointers(walk: Walk, pointers: Pointers, what: string): Present[] {
  const { bytes, offset, logical, span } = pointers;
  const present: Present[] = [];
  for (let at = 0; at < bytes.length; at += POINTER_BYTES) {
    const from = logical + (at / POINTER_BYTES) * span;
    if (from >= walk.logicalEnd) break;
    const block = readU32le(bytes, at);
    if (block === 0) continue;
    checkBlocks(walk.volume, block, 1, offset + at, what);
    present.push({ logical: from, block });
  }
  walk.blocksLeft -= present.length;
  if (walk.blocksLeft >= 0) return present;
  throw new FileSystemError(offset,
    `the block map of inode ${walk.inode.number} names more blocks than there are`);
}

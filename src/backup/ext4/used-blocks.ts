/**
 * The block map: which bytes of the disk the file system uses.
 *
 *   group descriptors ─→ block bitmaps, or what an unwritten bitmap stands for ─→ runs of bits
 *                     ─→ merged byte ranges
 *
 * Source: Linux Documentation/filesystems/ext4/bitmaps.rst, group_descr.rst, bigalloc.rst.
 */
import type { ByteRange } from '../block-source.ts';
import { FileSystemError } from './error.ts';
import {
  type BlockRange, baseMetadata, checkBlockBitmap, type Group, groupBlocks, groupStart, readGroups,
} from './groups.ts';
import { blockRange, type Volume } from './volume.ts';

/** Groups whose descriptors and bitmaps are fetched together. */
const GROUP_BATCH = 128;

/**
 * Ascending, merged ranges of the bytes in use, from the boot block to the last file's data.
 *
 * With bigalloc a cluster is used as a whole.
 * Throws: FileSystemError at a corrupt descriptor or bitmap.
 */
export async function* usedBlocks(volume: Volume): AsyncGenerator<ByteRange, void, undefined> {
  const { blockBytes, firstDataBlock } = volume.superblock;
  let start = 0;
  let end = firstDataBlock;
  for await (const runs of usedRuns(volume)) {
    for (const { first, count } of runs) {
      if (first !== end) {
        if (end > start) yield range(start, end, blockBytes);
        start = first;
      }
      end = first + count;
    }
  }
  if (end > start) yield range(start, end, blockBytes);
}

const range = (start: number, end: number, blockBytes: number): ByteRange =>
  ({ offset: start * blockBytes, byteLength: (end - start) * blockBytes });

/** Used blocks, group by group. */
async function* usedRuns(volume: Volume): AsyncGenerator<Iterable<BlockRange>, void, undefined> {
  const { groupCount } = volume.superblock;
  for (let first = 0; first < groupCount; first += GROUP_BATCH) {
    const groups = await readGroups(volume, first, Math.min(GROUP_BATCH, groupCount - first));
    const written = groups.filter((group) => !group.blockBitmapUninitialised);
    const bitmaps = await volume.reader.readMany(
      written.map((group) => blockRange(volume, group.blockBitmap)));
    const bitmapOf = new Map(written.map((group, index) => [group, bitmaps[index]!]));
    for (const group of groups) {
      const bitmap = bitmapOf.get(group);
      if (bitmap !== undefined) checkBitmap(volume, group, bitmap);
      yield runsOf(volume, group, bitmap ?? impliedBitmap(volume, group));
    }
  }
}

/** The group's own blocks must be marked as used, with checksums or without. */
function checkBitmap(volume: Volume, group: Group, bitmap: Uint8Array): void {
  checkBlockBitmap(volume, group, bitmap);
  for (const { first, last } of ownClusters(volume, group)) {
    if (nextBit(bitmap, first, last + 1, 0) > last) continue;
    throw new FileSystemError(group.blockBitmap * volume.superblock.blockBytes,
      `the block bitmap of group ${group.number} has the group's own blocks as free`);
  }
}

/** What a bitmap that was never written would hold. */
function impliedBitmap(volume: Volume, group: Group): Uint8Array {
  const bitmap = new Uint8Array(volume.superblock.blockBytes);
  for (const { first, last } of ownClusters(volume, group)) {
    for (let bit = first; bit <= last; bit += 1) bitmap[bit >> 3]! |= 1 << (bit & 7);
  }
  return bitmap;
}

interface ClusterRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Bits of the group's own bitmaps, inode table and base metadata, as far as they lie in the group:
 * with flex_bg they may be in another one, whose bitmap was written when they were put there.
 */
function* ownClusters(volume: Volume, group: Group): Generator<ClusterRange, void, undefined> {
  const { superblock } = volume;
  const start = groupStart(superblock, group.number);
  const blocks = groupBlocks(superblock, group.number);
  const own: (BlockRange | undefined)[] = [
    baseMetadata(superblock, group.number),
    { first: group.blockBitmap, count: 1 },
    { first: group.inodeBitmap, count: 1 },
    { first: group.inodeTable, count: group.inodeTableBlocks },
  ];
  for (const run of own) {
    if (run === undefined) continue;
    const from = Math.max(run.first - start, 0);
    const to = Math.min(run.first + run.count - start, blocks);
    if (from >= to) continue;
    yield {
      first: Math.floor(from / superblock.clusterBlocks),
      last: Math.floor((to - 1) / superblock.clusterBlocks),
    };
  }
}

/** Runs of ones as block ranges, cut at the group's end: bits behind it are padding. */
function* runsOf({ superblock }: Volume, group: Group, bitmap: Uint8Array,
): Generator<BlockRange, void, undefined> {
  const { clusterBlocks } = superblock;
  const start = groupStart(superblock, group.number);
  const blocks = groupBlocks(superblock, group.number);
  const bits = Math.ceil(blocks / clusterBlocks);
  for (let from = nextBit(bitmap, 0, bits, 1); from < bits;) {
    const to = nextBit(bitmap, from, bits, 0);
    const count = Math.min(to * clusterBlocks, blocks) - from * clusterBlocks;
    yield { first: start + from * clusterBlocks, count };
    from = nextBit(bitmap, to, bits, 1);
  }
}

/** First bit at or behind `from` that has the value, or `limit`. Whole bytes are passed over. */
function nextBit(bitmap: Uint8Array, from: number, limit: number, value: 0 | 1): number {
  const dull = value === 1 ? 0x00 : 0xff;
  for (let bit = from; bit < limit;) {
    const byte = bitmap[bit >> 3]!;
    if (byte === dull) bit = (bit | 7) + 1;
    else if (((byte >> (bit & 7)) & 1) === value) return bit;
    else bit += 1;
  }
  return limit;
}

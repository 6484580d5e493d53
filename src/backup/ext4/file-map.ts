/**
 * The file map: where on the disk the bytes of a file are.
 *
 *   extent tree or indirect blocks ─→ runs of blocks ─→ cut at the end of the file ─→ merged
 */
import { type BlockRun, extentRuns } from './extent-tree.ts';
import { indirectRuns } from './indirect-blocks.ts';
import type { Inode } from './inode.ts';
import type { Volume } from './volume.ts';

/**
 * Whole blocks of a file that lie next to each other on the disk, in bytes.
 *
 * The last one may reach past the end of the file, for it is not cut within a block. An unwritten
 * extent has a place, but its bytes are zeros whatever the place holds.
 */
export interface FileExtent {
  readonly logicalOffset: number;
  readonly byteLength: number;
  readonly diskOffset: number;
  readonly unwritten: boolean;
}

/**
 * The extents of a file, folder or long symbolic link, ascending; holes are left out.
 *
 * Inline content has none, nor have devices; what is allocated behind the file's end is left out.
 * Throws: FileSystemError at a corrupt block map.
 */
export async function* fileExtents(
  volume: Volume, inode: Inode): AsyncGenerator<FileExtent, void, undefined> {
  const { blockBytes } = volume.superblock;
  let last: BlockRun | undefined;
  for await (const run of runsWithin(volume, inode, Math.ceil(inode.size / blockBytes))) {
    if (last !== undefined && continues(last, run)) {
      last = { ...last, count: last.count + run.count };
      continue;
    }
    if (last !== undefined) yield inBytes(last, blockBytes);
    last = run;
  }
  if (last !== undefined) yield inBytes(last, blockBytes);
}

const inBytes = (run: BlockRun, blockBytes: number): FileExtent => ({
  logicalOffset: run.logical * blockBytes,
  byteLength: run.count * blockBytes,
  diskOffset: run.physical * blockBytes,
  unwritten: run.unwritten,
});

const continues = (last: BlockRun, next: BlockRun): boolean =>
  next.logical === last.logical + last.count && next.physical === last.physical + last.count
  && next.unwritten === last.unwritten;

async function* runsWithin(
  volume: Volume, inode: Inode, logicalEnd: number): AsyncGenerator<BlockRun, void, undefined> {
  if (!hasBlocks(inode)) return;
  const leaves = inode.hasExtents
    ? extentRuns(volume, inode)
    : indirectRuns(volume, inode, logicalEnd);
  for await (const runs of leaves) {
    for (const run of runs) {
      if (run.logical >= logicalEnd) return;
      yield { ...run, count: Math.min(run.count, logicalEnd - run.logical) };
    }
  }
}

/** Whether `i_block` is a block map at all. */
function hasBlocks({ type, inline, fastSymlink }: Inode): boolean {
  const mapped = type === 'file' || type === 'folder' || type === 'symlink';
  return mapped && !inline && !fastSymlink;
}

/**
 * Finds out what of a disk is to be backed up:
 *
 *   ext4 that is clean      ─→ used blocks, all files
 *   ext4 with a journal to replay, damaged, or nothing known ─→ every block, no files
 *
 * Every block is always right; it only takes longer.
 */
import type { BlockSource, ByteRange } from '../block-source.ts';
import { FileSystemError } from '../ext4/error.ts';
import { type Ext4, openExt4 } from '../ext4/ext4.ts';
import type { FileEntry } from '../ext4/walk.ts';
import type { InodeRecord, MapItem } from '../map/item.ts';
import { CHUNK_RANGES, type Extent } from '../map/ranges.ts';
import type { FileSystemDescription } from '../tape/description.ts';

export interface Scan {
  readonly fileSystem: FileSystemDescription | undefined;
  /** Why every block is taken; undefined if only those in use are. */
  readonly note: string | undefined;
  /** Bytes of all ranges. */
  readonly byteLength: number;
  /** Ascending ranges of whole blocks. Reads them anew each time. */
  ranges(): Iterable<ByteRange> | AsyncIterable<ByteRange>;
  /** Inodes, extents and names of all files; what cannot be read is told and left out. */
  files(onFault: (fault: Error, path: string) => void): AsyncIterable<MapItem>;
}

/** Throws: what the source throws. */
export async function scanDisk(source: BlockSource): Promise<Scan> {
  try {
    const volume = await openExt4(source);
    if (volume.needsRecovery) {
      return everyBlock(source, 'its journal wants recovery; mount it once, or run e2fsck, '
        + 'to have files and only used blocks');
    }
    return usedBlocks(volume, await countUsed(source, volume));
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    return everyBlock(source, error.message);
  }
}

function everyBlock({ blockBytes, blockCount }: BlockSource, why: string): Scan {
  const byteLength = blockBytes * blockCount;
  return {
    fileSystem: undefined, note: `every block was copied and no file listed: ${why}`, byteLength,
    ranges: () => [{ offset: 0, byteLength }],
    async* files() {},
  };
}

const usedBlocks = (volume: Ext4, byteLength: number): Scan => ({
  fileSystem: {
    type: 'ext4', label: volume.superblock.label, blockBytes: volume.superblock.blockBytes,
    uuid: Buffer.from(volume.superblock.uuid).toString('hex'),
  },
  note: undefined, byteLength,
  ranges: () => volume.usedBlocks(),
  files: (onFault) => fileItems(volume, onFault),
});

/** Looks at all of the block map before anything is copied by it. */
async function countUsed(source: BlockSource, volume: Ext4): Promise<number> {
  const diskBytes = source.blockBytes * source.blockCount;
  let byteLength = 0;
  for await (const range of volume.usedBlocks()) {
    byteLength += range.byteLength;
    const end = range.offset + range.byteLength;
    const whole = range.offset % source.blockBytes === 0 && end % source.blockBytes === 0;
    if (end > diskBytes || !whole) {
      throw new FileSystemError(range.offset, `its blocks do not fit a disk of ${diskBytes} bytes `
        + `in blocks of ${source.blockBytes}`);
    }
  }
  return byteLength;
}

/** Folder of the root's own name, which is empty. */
const NO_FOLDER = 0;

async function* fileItems(
  volume: Ext4, onFault: (fault: Error, path: string) => void): AsyncGenerator<MapItem> {
  // A folder comes before what is in it, and what is in it comes together.
  const folders = new Map<string, number>();
  const linked = new Set<number>();
  let current: string | undefined;
  for await (const entry of volume.files({ onFault })) {
    const { folder, name } = splitPath(entry.path);
    if (folder !== current) {
      if (current !== undefined) folders.delete(current);
      current = folder;
    }
    if (entry.inode.type === 'folder') folders.set(entry.path, entry.inode.number);
    const { number, type, linkCount } = entry.inode;
    if (!linked.has(number)) {
      try {
        yield* inodeItems(volume, entry);
      } catch (error) {
        if (!(error instanceof FileSystemError)) throw error;
        onFault(error, entry.path);
        continue;
      }
    }
    if (type !== 'folder' && linkCount > 1) linked.add(number);
    const parent = folder === undefined ? NO_FOLDER : folders.get(folder)!;
    yield { kind: 'name', folder: parent, name, inode: number };
  }
}

/** `/a/b` is the name `b` in the folder `/a`; the root has an empty name in no folder. */
function splitPath(path: string): { folder: string | undefined; name: string } {
  if (path === '/') return { folder: undefined, name: '' };
  const slash = path.lastIndexOf('/');
  return { folder: slash === 0 ? '/' : path.slice(0, slash), name: path.slice(slash + 1) };
}

function inodeRecord(volume: Ext4, { inode, symlinkTarget }: FileEntry): InodeRecord {
  const inlineData = inode.type === 'file' ? volume.inlineData(inode) : undefined;
  return {
    number: inode.number, mode: inode.mode, uid: inode.uid, gid: inode.gid, size: inode.size,
    atimeNs: inode.atimeNs, mtimeNs: inode.mtimeNs, ctimeNs: inode.ctimeNs,
    linkCount: inode.linkCount, encrypted: inode.encrypted,
    ...(inode.device === undefined ? {} : { device: inode.device }),
    ...(symlinkTarget === undefined ? {} : { symlinkTarget }),
    ...(inlineData === undefined ? {} : { inlineData: inlineData.slice() }),
  };
}

/** An unwritten extent reads zeros, as a hole does, and is left out like one. */
async function* inodeItems(volume: Ext4, entry: FileEntry): AsyncGenerator<MapItem> {
  const { inode } = entry;
  yield { kind: 'inode', inode: inodeRecord(volume, entry) };
  if (inode.type !== 'file') return;
  let extents: Extent[] = [];
  for await (const { logicalOffset, byteLength, diskOffset, unwritten } of volume.extents(inode)) {
    if (unwritten) continue;
    extents.push({ logicalOffset, byteLength, diskOffset });
    if (extents.length < CHUNK_RANGES) continue;
    yield { kind: 'extents', inode: inode.number, extents };
    extents = [];
  }
  if (extents.length > 0) yield { kind: 'extents', inode: inode.number, extents };
}

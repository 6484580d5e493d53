/** What is in a file: its bytes by way of the block source, for what passes through the client. */
import { FileSystemError } from './error.ts';
import { type FileExtent, fileExtents } from './file-map.ts';
import type { Inode } from './inode.ts';
import { decodeName } from './name-text.ts';
import type { Volume } from './volume.ts';

/** Content comes in pieces of at most this many bytes. */
const PIECE_BYTES = 1_048_576;

/** Content that lies in the inode, or undefined if it does not. */
export function inlineContent(inode: Inode): Uint8Array | undefined {
  if (!inode.inline) return undefined;
  const bytes = new Uint8Array(inode.block.length + inode.inlineTail.length);
  bytes.set(inode.block);
  bytes.set(inode.inlineTail, inode.block.length);
  return bytes.subarray(0, Math.min(inode.size, bytes.length));
}

/**
 * A file's bytes, from first to last, in pieces; holes come as zeros.
 *
 * Throws: FileSystemError if the block map is corrupt or the content is encrypted.
 */
export async function* fileContent(
  volume: Volume, inode: Inode): AsyncGenerator<Uint8Array, void, undefined> {
  if (inode.encrypted) {
    throw new FileSystemError(inode.offset, `the content of inode ${inode.number} is encrypted`);
  }
  let at = 0;
  const inline = inlineContent(inode);
  if (inline !== undefined) {
    yield inline;
    at = inline.length;
  }
  for await (const extent of fileExtents(volume, inode)) {
    yield* zeros(extent.logicalOffset - at);
    const byteLength = Math.min(extent.byteLength, inode.size - extent.logicalOffset);
    yield* extent.unwritten ? zeros(byteLength) : written(volume, extent, byteLength);
    at = extent.logicalOffset + byteLength;
  }
  yield* zeros(inode.size - at);
}

async function* written(volume: Volume, { diskOffset }: FileExtent, byteLength: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < byteLength; at += PIECE_BYTES) {
    yield await volume.reader.readUncached(
      { offset: diskOffset + at, byteLength: Math.min(PIECE_BYTES, byteLength - at) });
  }
}

function* zeros(byteLength: number): Generator<Uint8Array, void, undefined> {
  for (let left = byteLength; left > 0; left -= PIECE_BYTES) {
    yield new Uint8Array(Math.min(PIECE_BYTES, left));
  }
}

/**
 * Where a symbolic link points, as text (see `decodeName`).
 *
 * Throws: FileSystemError if the target is longer than a block, has holes or is encrypted.
 */
export async function symlinkTarget(volume: Volume, inode: Inode): Promise<string> {
  if (inode.encrypted) {
    throw new FileSystemError(inode.offset, `symbolic link ${inode.number} is encrypted`);
  }
  if (inode.fastSymlink) return decodeName(inode.block.subarray(0, inode.size));
  const inline = inlineContent(inode);
  if (inline !== undefined) return decodeName(inline);
  for await (const { diskOffset, logicalOffset, unwritten } of fileExtents(volume, inode)) {
    if (logicalOffset !== 0 || unwritten || inode.size > volume.superblock.blockBytes) break;
    return decodeName(await volume.reader.readBytes(diskOffset, inode.size));
  }
  throw new FileSystemError(inode.offset,
    `symbolic link ${inode.number} has ${inode.size} bytes, but no block for them`);
}

/** An opened file system, as the parts of the reader pass it to each other. */
import type { ByteRange, ByteReader } from '../block-source.ts';
import { FileSystemError } from './error.ts';
import type { Superblock } from './superblock.ts';

/** Where the bytes are and what they mean. */
export interface Volume {
  readonly reader: ByteReader;
  readonly superblock: Superblock;
}

/** Bytes of a run of file-system blocks. */
export const blockRange = ({ superblock }: Volume, block: number, count = 1): ByteRange => ({
  offset: block * superblock.blockBytes,
  byteLength: count * superblock.blockBytes,
});

/**
 * Checks that blocks which something points at can hold what it says.
 *
 * Throws: FileSystemError at `offset`, where the pointer is, if a block lies before the first that
 * can (the superblock's own is never one) or behind the file system.
 */
export function checkBlocks(
  { superblock }: Volume, block: number, count: number, offset: number, what: string): void {
  if (block > superblock.firstDataBlock && block + count <= superblock.blockCount) return;
  throw new FileSystemError(offset, count === 1
    ? `${what} is at block ${block} of ${superblock.blockCount}`
    : `${what} has ${count} blocks at ${block} of ${superblock.blockCount}`);
}

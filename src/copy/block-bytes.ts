import type { BlockBytes } from './step.ts';

/** The blocks that hold the bytes, and how many bytes of the first are not among them. */
export function blocksAround(
  { lba, offset, byteLength }: BlockBytes, blockBytes: number,
): { readonly lba: number; readonly blockCount: number; readonly skip: number } {
  const skip = offset % blockBytes;
  const first = lba + (offset - skip) / blockBytes;
  return { lba: first, blockCount: Math.ceil((skip + byteLength) / blockBytes), skip };
}

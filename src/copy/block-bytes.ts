import type { PlacedBytes } from '../sam/medium-access.ts';
import type { BlockBytes } from './step.ts';

/** The blocks that hold the bytes, and how many bytes of the first are not among them. */
export function blocksAround(
  { lba, offset, byteLength }: BlockBytes, blockBytes: number,
): { readonly lba: number; readonly blockCount: number; readonly skip: number } {
  const skip = offset % blockBytes;
  const first = lba + (offset - skip) / blockBytes;
  return { lba: first, blockCount: Math.ceil((skip + byteLength) / blockBytes), skip };
}

/** So many bytes behind the first `skip` ones. */
export function cutPlaces(
  places: readonly PlacedBytes[], skip: number, byteLength: number): readonly PlacedBytes[] {
  const parts: PlacedBytes[] = [];
  let toSkip = skip;
  let left = byteLength;
  for (const { place, byteLength: whole } of places) {
    const from = Math.min(toSkip, whole);
    const length = Math.min(left, whole - from);
    toSkip -= from;
    left -= length;
    const { file, offset } = place;
    if (length > 0) parts.push({ place: { file, offset: offset + from }, byteLength: length });
  }
  return parts;
}

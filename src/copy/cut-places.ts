import type { PlacedBytes } from '../sam/medium-access.ts';

/** Where `byteLength` bytes behind the first `skip` ones lie. */
export function cutPlaces(
  places: readonly PlacedBytes[], skip: number, byteLength: number): PlacedBytes[] {
  const parts: PlacedBytes[] = [];
  let toSkip = skip;
  let left = byteLength;
  for (const { place: { file, offset }, byteLength: whole } of places) {
    const from = Math.min(toSkip, whole);
    const length = Math.min(left, whole - from);
    toSkip -= from;
    left -= length;
    if (length > 0) parts.push({ place: { file, offset: offset + from }, byteLength: length });
  }
  return parts;
}

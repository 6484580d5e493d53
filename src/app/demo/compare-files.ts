/** Compares two files byte for byte. */
import type { OpenFile } from '../../ports/files.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * The offset of the first byte that differs, or undefined. A file that ends earlier differs there.
 *
 * `onProgress` gets the bytes compared so far.
 */
export async function firstDifference(
  a: OpenFile, b: OpenFile, onProgress: (byteLength: number) => void = () => {},
): Promise<number | undefined> {
  const [partA, partB] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  for (let at = 0; ; at += CHUNK_BYTES) {
    const [readA, readB] = await Promise.all([a.read(partA, at), b.read(partB, at)]);
    const common = Math.min(readA, readB);
    if (partA.compare(partB, 0, common, 0, common) !== 0) {
      return at + partA.subarray(0, common).findIndex((byte, i) => byte !== partB[i]);
    }
    if (readA !== readB) return at + common;
    onProgress(at + common);
    if (readA < CHUNK_BYTES) return undefined;
  }
}

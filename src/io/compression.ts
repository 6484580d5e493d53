import { deflateSync, inflateSync } from 'node:zlib';

import type { Compression } from '../ports/compression.ts';

/** The compression that Node brings along, at its default level. */
export class ZlibCompression implements Compression {
  compress(bytes: Uint8Array): Uint8Array {
    return deflateSync(bytes);
  }

  decompress(bytes: Uint8Array, byteLengthMax: number): Uint8Array {
    try {
      return inflateSync(bytes, { maxOutputLength: Math.max(1, byteLengthMax) });
    } catch (error) {
      throw new RangeError(`Cannot decompress: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Compression of whole records, as zlib does it (RFC 1950). */
export interface Compression {
  compress(bytes: Uint8Array): Uint8Array;

  /** Throws: RangeError if the bytes are no such stream, or give more than `byteLengthMax`. */
  decompress(bytes: Uint8Array, byteLengthMax: number): Uint8Array;
}

/**
 * The same bytes as an array of the language's own kind. Node.js gives files as Buffers, whose
 * parts cost several times as much to make, and whose `slice` does not copy.
 */
export const plainArray = (bytes: Uint8Array): Uint8Array =>
  (bytes.constructor === Uint8Array ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));

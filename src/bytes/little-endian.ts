/** Little-endian numbers in a byte array, as ext4 has them. Offsets must be in range. */

export const readU16le = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);

export const readU32le = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;

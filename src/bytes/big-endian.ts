/** Big-endian numbers in a byte array, as SCSI and iSCSI have them. Offsets must be in range. */

export const readU16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

export const readU24 = (b: Uint8Array, at: number): number =>
  (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;

export const readU32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

export const readU48 = (b: Uint8Array, at: number): number =>
  readU16(b, at) * 0x1_0000_0000 + readU32(b, at + 2);

/** Eight bytes on their way to a bigint: several times faster than shifting bigints. */
const scratch = new BigUint64Array(1);
const halves = new Uint32Array(scratch.buffer);
/** Where the host keeps the half with the high bits. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

export function readU64(b: Uint8Array, at: number): bigint {
  halves[HIGH] = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
  halves[1 - HIGH] = (b[at + 4]! << 24) | (b[at + 5]! << 16) | (b[at + 6]! << 8) | b[at + 7]!;
  return scratch[0]!;
}

export function writeU16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

export function writeU24(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 16;
  writeU16(b, at + 1, value & 0xffff);
}

export function writeU32(b: Uint8Array, at: number, value: number): void {
  writeU16(b, at, value >>> 16);
  writeU16(b, at + 2, value & 0xffff);
}

export function writeU48(b: Uint8Array, at: number, value: number): void {
  writeU16(b, at, Math.floor(value / 0x1_0000_0000));
  writeU32(b, at + 2, value % 0x1_0000_0000);
}

export function writeU64(b: Uint8Array, at: number, value: bigint): void {
  scratch[0] = value;
  writeU32(b, at, halves[HIGH]!);
  writeU32(b, at + 4, halves[1 - HIGH]!);
}

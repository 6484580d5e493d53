/** Logical unit numbers of one level, 0 to 16383, in their eight bytes. Source: SAM-5 4.7. */
import { readU16, writeU16 } from '../../bytes/big-endian.ts';

/** The largest number that flat space addressing can hold. */
export const LUN_MAX = 0x3fff;

const FLAT = 0x4000;

/** Peripheral device addressing up to 255, flat space addressing above. Throws: RangeError. */
export function encodeLun(lun: number): Uint8Array {
  if (!Number.isInteger(lun) || lun < 0 || lun > LUN_MAX) {
    throw new RangeError(`Cannot encode LUN ${lun}: it is not a whole number from 0 to ${LUN_MAX}`);
  }
  const bytes = new Uint8Array(8);
  writeU16(bytes, 0, lun < 256 ? lun : FLAT | lun);
  return bytes;
}

/**
 * The number in eight bytes of either addressing method; undefined for any other form.
 *
 * A bus number that is not zero is read as the high bits of the LUN, which is what libiscsi
 * means by it.
 */
export function decodeLun(bytes: Uint8Array, at = 0): number | undefined {
  const method = bytes[at]! >>> 6;
  const rest = bytes.subarray(at + 2, at + 8);
  if (method > 1 || rest.some((byte) => byte !== 0)) return undefined;
  return readU16(bytes, at) & LUN_MAX;
}

/** Logical unit numbers of one level in their eight bytes. Source: SAM-5 4.7. */
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

/** First bytes of extended flat space addressing, and how many bytes of number follow each. */
const EXTENDED: Readonly<Record<number, number>> = { 0xd2: 3, 0xe2: 5 };

/**
 * The number in eight bytes of peripheral device, flat space or extended flat space addressing;
 * undefined for any other form.
 *
 * A bus number that is not zero is read as the high bits of the LUN, which is what libiscsi
 * means by it.
 */
export function decodeLun(bytes: Uint8Array, at = 0): number | undefined {
  const extended = EXTENDED[bytes[at]!];
  const isFlat = bytes[at]! >>> 6 <= 1;
  if (!isFlat && extended === undefined) return undefined;
  const from = extended === undefined ? at : at + 1;
  const end = from + (extended ?? 2);
  for (let i = end; i < Math.min(at + 8, bytes.length); i += 1) {
    if (bytes[i] !== 0) return undefined;
  }
  if (isFlat) return readU16(bytes, at) & LUN_MAX;
  return bytes.subarray(from, end).reduce((number, byte) => number * 256 + byte, 0);
}

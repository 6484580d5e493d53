/**
 * CRC32C: polynomial 1EDC6F41h (reflected 82F63B78h), initial value and final complement all ones.
 *
 * Source: RFC 7143 13.1 (iSCSI digests).
 */

const POLYNOMIAL = 0x82f63b78;

/** Eight tables, so that one step takes in eight bytes. */
const TABLES: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[0]![byte] = crc;
  }
  for (let slice = 1; slice < 8; slice += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const crc = tables[slice - 1]![byte]!;
      tables[slice]![byte] = (crc >>> 8) ^ tables[0]![crc & 0xff]!;
    }
  }
  return tables;
}

/** Continues `crc` (0 to begin) over the bytes: `crc32c(b, crc32c(a))` is the CRC of a then b. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array, Uint32Array, Uint32Array, Uint32Array,
    Uint32Array, Uint32Array, Uint32Array, Uint32Array,
  ];
  let c = ~crc;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    c ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    c = t7[c & 0xff]! ^ t6[(c >>> 8) & 0xff]! ^ t5[(c >>> 16) & 0xff]! ^ t4[c >>> 24]!
      ^ t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at += 1) c = t0[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** CRC of a then b, from the two CRCs and the length of b in bytes. */
export const combineCrc32c = (crcA: number, crcB: number, byteLengthB: number): number =>
  (shiftZeros(crcA, byteLengthB) ^ crcB) >>> 0;

/** CRC of `byteLength` zero bytes. */
export const zerosCrc32c = (byteLength: number): number => ~shiftZeros(~0, byteLength) >>> 0;

/** A register is a polynomial modulo the CRC's, with x^0 in its highest bit. */
const ONE = 0x8000_0000;

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = (shifted >>> 1) ^ (-(shifted & 1) & POLYNOMIAL);
  }
  return product;
}

/** x^(8 * 2^k): what 2^k zero bytes multiply a register by. A length has at most 53 bits. */
const POWERS: readonly number[] = makePowers(53);

function makePowers(count: number): number[] {
  const powers = [ONE >>> 8];
  while (powers.length < count) powers.push(multiply(powers.at(-1)!, powers.at(-1)!));
  return powers;
}

/** What `byteLength` zero bytes do to a CRC register. */
function shiftZeros(register: number, byteLength: number): number {
  let shifted = register;
  for (let left = byteLength, k = 0; left > 0; left = Math.floor(left / 2), k += 1) {
    if (left % 2 === 1) shifted = multiply(POWERS[k]!, shifted);
  }
  return shifted;
}

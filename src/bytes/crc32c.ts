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
export function combineCrc32c(crcA: number, crcB: number, byteLengthB: number): number {
  if (byteLengthB === 0) return crcA;
  return (shiftZeros(crcA, byteLengthB) ^ crcB) >>> 0;
}

/** What `byteLength` zero bytes do to a CRC register, by repeated squaring of the shift matrix. */
function shiftZeros(crc: number, byteLength: number): number {
  let register = crc;
  let power = BYTE_SHIFT;
  for (let left = byteLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) register = times(power, register);
    power = power.map((column) => times(power, column));
  }
  return register >>> 0;
}

/** Columns of the matrix that shifts a register by one zero byte. */
const BYTE_SHIFT: readonly number[] = Array.from({ length: 32 }, (_, bit) => {
  const register = (1 << bit) >>> 0;
  return (register >>> 8) ^ TABLES[0]![register & 0xff]!;
});

function times(matrix: readonly number[], vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((vector >>> bit) & 1) sum ^= matrix[bit]!;
  return sum;
}

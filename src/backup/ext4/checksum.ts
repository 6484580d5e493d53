/**
 * Checksums of ext4 metadata.
 *
 * Source: Linux Documentation/filesystems/ext4/checksums.rst.
 */
import { crc32c } from '../../bytes/crc32c.ts';

/** Where a checksum begins that continues no other. */
export const CHECKSUM_START = 0xffff_ffff;

/** CRC32C as ext4 has it: continued from `seed`, without the complements at begin and end. */
export const checksum = (seed: number, bytes: Uint8Array): number =>
  ~crc32c(bytes, ~seed >>> 0) >>> 0;

/** The same over a little-endian 32-bit number. */
export const checksumNumber = (seed: number, value: number): number =>
  checksum(seed, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));

/** The same over zeros, which stand for the checksum's own field. */
export const checksumZeros = (seed: number, byteLength: number): number =>
  checksum(seed, new Uint8Array(byteLength));

/** CRC-16 with polynomial 8005h, reflected: group descriptors have it under `uninit_bg`. */
export function crc16(seed: number, bytes: Uint8Array): number {
  let crc = seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

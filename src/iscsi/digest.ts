import { crc32c } from '../bytes/crc32c.ts';

/** Continues a CRC32C over bytes; a faster one than ours can be passed in. */
export type Crc32c = (bytes: Uint8Array, crc: number) => number;

export const portableCrc32c: Crc32c = crc32c;

/** The digest of parts one behind another, as it goes over the wire. Source: RFC 7143 13.1. */
export function digestOf(parts: readonly Uint8Array[], continueCrc: Crc32c): Uint8Array {
  const crc = parts.reduce((sum, part) => continueCrc(part, sum), 0);
  return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
}

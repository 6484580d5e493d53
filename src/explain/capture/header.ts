/** What tells that bytes are the header of a PDU, and how long the PDU is. */
import { readU24 } from '../../bytes/big-endian.ts';
import { crc32c } from '../../bytes/crc32c.ts';
import { readU32le } from '../../bytes/little-endian.ts';
import type { AnyLayout, Fields } from '../../codec/layout.ts';
import { HEADER_BYTES, OPCODE, opcodeOf } from '../../wire/iscsi/opcodes.ts';
import { PDUS } from '../../wire/iscsi/pdus.ts';
import type { ByteStream } from './stream.ts';

/** Digests in use on a connection. */
export interface Digests {
  readonly header: boolean;
  readonly data: boolean;
}

export const NO_DIGESTS: Digests = { header: false, data: false };

const DIGEST_BYTES = 4;
/** Codes of PDUs that a target sends have this bit. Source: RFC 7143 11.2.1.2. */
const FROM_TARGET = 0x20;

export type Role = 'initiator' | 'target';

export const roleOf = (header: Uint8Array): Role =>
  ((header[0]! & FROM_TARGET) === 0 ? 'initiator' : 'target');

/** Could a PDU in this direction begin so? The code is all that is looked at. */
export const isPduOf = (role: Role, header: Uint8Array): boolean =>
  PDUS.has(opcodeOf(header)) && (header[0]! & 0x80) === 0 && roleOf(header) === role;

interface Demands {
  /** Bits that must be zero, for each byte of the header. */
  readonly reserved: Uint8Array;
  /** F must be 1. */
  readonly isFinal: boolean;
}

const demandsOf = (layout: AnyLayout): Demands => {
  const { final } = layout.fields as Fields; // AnyLayout hides them
  return { reserved: layout.usageMap().map((claimed) => ~claimed),
    isFinal: final?.check(false) !== undefined };
};

/** By the first byte of a header; undefined where no PDU begins with it. */
const DEMANDS: readonly (Demands | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const header = Uint8Array.of(byte);
  return isPduOf(roleOf(header), header) ? demandsOf(PDUS.get(opcodeOf(header))!) : undefined;
});

/** Can the bytes from `at` on, of which a whole header is there, be one? Made to be fast. */
export function mayBeHeader(bytes: Uint8Array, at: number): boolean {
  const demands = DEMANDS[bytes[at]!];
  if (demands === undefined || (demands.isFinal && bytes[at + 1]! < 0x80)) return false;
  for (let i = 0; i < HEADER_BYTES; i += 1) {
    if ((bytes[at + i]! & demands.reserved[i]!) !== 0) return false;
  }
  return true;
}

/** Is every reserved bit zero and every value one that the standard allows? */
export const isCleanHeader = (header: Uint8Array): boolean => mayBeHeader(header, 0)
  // A value that a layout warns of is odd enough to look elsewhere.
  && PDUS.get(opcodeOf(header))!.lint(header, 0, HEADER_BYTES)
    .every(({ rule, severity }) => severity === 'note' || rule !== 'value');

/** Where the parts of the PDU at `at` lie; the data ends before its padding. */
export interface Extent {
  readonly headerEnd: number;
  readonly dataAt: number;
  readonly dataEnd: number;
  readonly end: number;
}

/** A PDU of the login phase has no digests. Source: RFC 7143 13.1. */
const isLogin = (header: Uint8Array): boolean =>
  [OPCODE.loginRequest, OPCODE.loginResponse].some((code) => code === opcodeOf(header));

export function extentOf(header: Uint8Array, at: number, used: Digests): Extent {
  const digests = isLogin(header) ? NO_DIGESTS : used;
  const dataBytes = readU24(header, 5);
  const headerEnd = at + HEADER_BYTES + 4 * header[4]!;
  const dataAt = headerEnd + (digests.header ? DIGEST_BYTES : 0);
  const padded = (dataBytes + 3) & ~3;
  const dataEnd = dataAt + dataBytes;
  return { headerEnd, dataAt, dataEnd,
    end: dataAt + padded + (digests.data && dataBytes > 0 ? DIGEST_BYTES : 0) };
}

/** Is there a right digest of the bytes from `at` to `end` behind them? */
export function isDigestRight(stream: ByteStream, at: number, end: number): boolean | undefined {
  const bytes = stream.bytes(at, end + DIGEST_BYTES);
  if (bytes === undefined) return undefined;
  return crc32c(bytes.subarray(0, end - at)) === readU32le(bytes, end - at);
}

/** Which digests the PDU at `at` has: those that fit. */
export function digestsAt(stream: ByteStream, at: number, header: Uint8Array): Digests {
  if (isLogin(header)) return NO_DIGESTS;
  const bare = extentOf(header, at, NO_DIGESTS);
  const hasHeader = isDigestRight(stream, at, bare.headerEnd) === true;
  const { dataAt, dataEnd, end } = extentOf(header, at, { header: hasHeader, data: false });
  return { header: hasHeader,
    data: dataEnd > dataAt && isDigestRight(stream, dataAt, end) === true };
}

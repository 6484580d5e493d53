/** Finds where a PDU begins in a stream whose beginning is not known, or that lost bytes. */
import { HEADER_BYTES } from '../../wire/iscsi/opcodes.ts';
import {
  type Digests, digestsAt, extentOf, isCleanHeader, isPduOf, mayBeHeader, type Role, roleOf,
} from './header.ts';
import type { ByteStream } from './stream.ts';

/** So many headers in a row cannot be by chance. */
const CHAIN_LENGTH = 3;
/** The longest PDU, and a little more: a stream that begins inside one shows the next. */
const SEARCH_BYTES_MAX = 17 * 1024 * 1024;

/** How many PDUs of one direction follow each other from `at` on, as far as bytes are there. */
function chainLength(
  stream: ByteStream, at: number, role: Role | undefined, digests: Digests | undefined): number {
  let direction = role;
  let next = at;
  for (let count = 0; count < CHAIN_LENGTH; count += 1) {
    const header = stream.bytes(next, next + HEADER_BYTES);
    // What is cut off, or lost, does not speak against those before it.
    if (header === undefined) return count;
    direction ??= roleOf(header);
    if (!isPduOf(direction, header) || !isCleanHeader(header)) return 0;
    next = extentOf(header, next, digests ?? digestsAt(stream, next, header)).end;
  }
  return CHAIN_LENGTH;
}

/**
 * The first place at or behind `from` where a PDU begins; undefined if none is found. One PDU alone
 * is believed where a segment begins with it.
 */
export function boundaryFrom(
  stream: ByteStream, from: number, role?: Role, digests?: Digests): number | undefined {
  for (const piece of stream.pieces(from, from + SEARCH_BYTES_MAX)) {
    const first = Math.max(from, piece.at);
    const [stretch] = stream.stretches(first, piece.end);
    const { bytes } = stretch!; // a piece is never empty
    for (let i = 0; i < bytes.length; i += 1) {
      const isWhole = i + HEADER_BYTES <= bytes.length;
      if (isWhole && !mayBeHeader(bytes, i)) continue;
      const at = first + i;
      const length = chainLength(stream, at, role, digests);
      if (length > 1 || (length === 1 && at === piece.at)) return at;
    }
  }
  return undefined;
}

/**
 * Cuts a byte stream into PDUs:
 *
 *   BHS (48) | AHS | [header digest 4] | data segment | padding to 4 | [data digest 4]
 *
 * Payload is not copied: a PDU's data are views of the received chunks. Source: RFC 7143 11.2.
 */
import { BufferList } from 'bl';
import { readU24 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import { HEADER_BYTES } from '../wire/iscsi/opcodes.ts';
import { type Crc32c, digestOf } from './digest.ts';
import { DEFAULT_SEGMENT_BYTES, PIECE_COUNT_MAX } from './limits.ts';

export interface Pdu {
  /** The basic header segment. */
  readonly header: Uint8Array;
  /** Additional header segments; empty in most PDUs. */
  readonly ahs: Uint8Array;
  /** The data segment without padding, in pieces as they came. */
  readonly data: readonly Uint8Array[];
  readonly dataBytes: number;
  /** The data segment does not have the digest that came with it. */
  readonly dataDigestFailed: boolean;
}

/** The stream cannot be understood any more: the connection has to end. */
export class FramingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FramingError';
  }
}

export interface Digests {
  readonly header: boolean;
  readonly data: boolean;
}

const DIGEST_BYTES = 4;
const NO_BYTES = new Uint8Array(0);
const NO_PIECES: readonly Uint8Array[] = [];

/** The data segment of a PDU as one piece. */
export const dataOf = (pdu: Pdu): Uint8Array =>
  (pdu.data.length === 1 ? pdu.data[0]! : concat(pdu.data));

export class Framer {
  /** Longest data segment accepted, in bytes: what this end has declared. */
  segmentBytesMax = DEFAULT_SEGMENT_BYTES;
  /** Which digests the coming PDUs have. */
  digests: Digests = { header: false, data: false };
  readonly #crc32c: Crc32c;
  #received = new BufferList();
  /** Bytes needed before looking again. */
  #wanted = HEADER_BYTES;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  append(chunk: Uint8Array): void {
    this.#received.append(chunk);
    // A peer that sends byte by byte must not make us hold an object for each of them.
    if (this.#received.getBuffers().length > PIECE_COUNT_MAX) {
      this.#received = new BufferList(this.#received.slice());
    }
  }

  /**
   * The next whole PDU, or undefined until more bytes have come.
   *
   * Throws: FramingError for a segment that is too long, and for a wrong header digest.
   */
  next(): Pdu | undefined {
    if (this.#received.length < this.#wanted) return undefined;
    const head = this.#received.slice(0, HEADER_BYTES);
    const ahsBytes = head[4]! * 4;
    const dataBytes = readU24(head, 5);
    if (dataBytes > this.segmentBytesMax) {
      throw new FramingError(`a data segment of ${dataBytes} bytes was announced, `
        + `at most ${this.segmentBytesMax} are accepted`);
    }
    const headBytes = HEADER_BYTES + ahsBytes;
    const dataAt = headBytes + (this.digests.header ? DIGEST_BYTES : 0);
    const paddedEnd = dataAt + ((dataBytes + 3) & ~3);
    const end = paddedEnd + (this.digests.data && dataBytes > 0 ? DIGEST_BYTES : 0);
    if (this.#received.length < end) {
      this.#wanted = end;
      return undefined;
    }
    if (dataAt > headBytes) this.#checkHeaderDigest(headBytes);
    const pdu: Pdu = {
      header: head,
      ahs: ahsBytes === 0 ? NO_BYTES : this.#received.slice(HEADER_BYTES, headBytes),
      data: dataBytes === 0 ? NO_PIECES : this.#pieces(dataAt, dataAt + dataBytes),
      dataBytes,
      dataDigestFailed: end > paddedEnd && !this.#digestMatches(dataAt, paddedEnd),
    };
    this.#received.consume(end);
    this.#wanted = HEADER_BYTES;
    return pdu;
  }

  #pieces(at: number, end: number): readonly Uint8Array[] {
    return this.#received.shallowSlice(at, end).getBuffers();
  }

  #checkHeaderDigest(headBytes: number): void {
    if (!this.#digestMatches(0, headBytes)) throw new FramingError('a header digest is wrong');
  }

  /** Whether the four bytes at `end` are the digest of those before. */
  #digestMatches(at: number, end: number): boolean {
    const expected = digestOf(this.#pieces(at, end), this.#crc32c);
    const found = this.#received.slice(end, end + DIGEST_BYTES);
    return found.equals(expected);
  }
}

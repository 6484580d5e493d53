import { writeU24 } from '../bytes/big-endian.ts';
import { type Crc32c, digestOf } from './digest.ts';
import type { Digests } from './framer.ts';
import type { DataRoom } from './send-memory.ts';

/** Lengths in a header, which the writer fills in. */
export const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 } as const;
/** The LUN field of a PDU that is about no logical unit. */
export const NO_LUN = new Uint8Array(8);

const PADDING = new Uint8Array(3);
const DIGEST_BYTES = 4;
const padBytesOf = (dataBytes: number): number => -dataBytes & 3;

/** Makes PDUs of headers and data: padding and digests are added, data are not copied. */
export class PduWriter {
  digests: Digests = { header: false, data: false };
  readonly #crc32c: Crc32c;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  /** Parts of one PDU in order. `header` gets the length of the data; it has no AHS length yet. */
  write(
    header: Uint8Array, data: readonly Uint8Array[] = [], dataBytes = byteLengthOf(data),
    ahs?: Uint8Array): Uint8Array[] {
    writeU24(header, 5, dataBytes);
    const parts = [header];
    if (ahs !== undefined) {
      header[4] = ahs.length / 4;
      parts.push(ahs);
    }
    if (this.digests.header) parts.push(digestOf(parts, this.#crc32c));
    if (dataBytes === 0) return parts;
    const segment = dataBytes % 4 === 0 ? data
      : [...data, PADDING.subarray(0, padBytesOf(dataBytes))];
    parts.push(...segment);
    if (this.digests.data) parts.push(digestOf(segment, this.#crc32c));
    return parts;
  }

  /** Bytes that `writeAround` needs before data. */
  headBytes(header: number): number {
    return header + (this.digests.header ? DIGEST_BYTES : 0);
  }

  /** Bytes that `writeAround` needs behind data. */
  tailBytes(dataBytes: number): number {
    return padBytesOf(dataBytes) + (this.digests.data ? DIGEST_BYTES : 0);
  }

  /** As `write`, around the data of a room with as much space as the PDU needs; one part. */
  writeAround({ room: { slab, at }, data }: DataRoom, header: Uint8Array): Uint8Array {
    const { bytes } = slab;
    writeU24(header, 5, data.length);
    bytes.set(header, at);
    const dataAt = at + this.headBytes(header.length);
    if (this.digests.header) {
      bytes.set(digestOf([header], this.#crc32c), dataAt - DIGEST_BYTES);
    }
    const paddedEnd = dataAt + data.length + padBytesOf(data.length);
    if (paddedEnd > dataAt + data.length) bytes.fill(0, dataAt + data.length, paddedEnd);
    if (!this.digests.data) return bytes.subarray(at, paddedEnd);
    bytes.set(digestOf([bytes.subarray(dataAt, paddedEnd)], this.#crc32c), paddedEnd);
    return bytes.subarray(at, paddedEnd + DIGEST_BYTES);
  }
}

export const byteLengthOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

import { writeU24 } from '../bytes/big-endian.ts';
import { type Crc32c, digestOf } from './digest.ts';
import type { Digests } from './framer.ts';

/** Lengths in a header, which the writer fills in. */
export const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 } as const;
/** The LUN field of a PDU that is about no logical unit. */
export const NO_LUN = new Uint8Array(8);

const PADDING = new Uint8Array(3);

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
    const segment = dataBytes % 4 === 0 ? data : [...data, PADDING.subarray(0, 4 - dataBytes % 4)];
    parts.push(...segment);
    if (this.digests.data) parts.push(digestOf(segment, this.#crc32c));
    return parts;
  }
}

export const byteLengthOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

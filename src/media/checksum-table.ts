import { combineCrc32c } from '../bytes/crc32c.ts';
import { Column } from './columns.ts';

/**
 * Checksums of neighbours are combined up to this length (a largest move), so that a run needs few
 * of them, while damage is found, and coverage lost to a truncation, in places of this size.
 */
export const CHECKSUM_BYTES_MAX = 64 * 1024 * 1024;

/** The CRC32C of a range of payload. */
export interface Checksum {
  readonly payloadOffset: number;
  readonly byteLength: number;
  readonly crc32c: number;
}

/** One checksum for `first` and then `second`, or undefined if they are not to be combined. */
export function combined(first: Checksum, second: Checksum): Checksum | undefined {
  const byteLength = first.byteLength + second.byteLength;
  if (first.payloadOffset + first.byteLength !== second.payloadOffset) return undefined;
  if (byteLength > CHECKSUM_BYTES_MAX) return undefined;
  const crc32c = combineCrc32c(first.crc32c, second.crc32c, second.byteLength);
  return { payloadOffset: first.payloadOffset, byteLength, crc32c };
}

/** The checksums of a partition, in the order in which they were made. */
export class ChecksumTable {
  readonly #payloadOffset = Column.ofFloat64();
  readonly #byteLength = Column.ofFloat64();
  readonly #crc32c = Column.ofUint32();

  get rowCount(): number {
    return this.#payloadOffset.length;
  }

  append(checksum: Checksum): void {
    const last = this.rowCount - 1;
    const both = last < 0 ? undefined : combined(this.#at(last), checksum);
    if (both !== undefined) {
      this.#byteLength.set(last, both.byteLength);
      this.#crc32c.set(last, both.crc32c);
      return;
    }
    this.#push(checksum);
  }

  #push(checksum: Checksum): void {
    this.#payloadOffset.push(checksum.payloadOffset);
    this.#byteLength.push(checksum.byteLength);
    this.#crc32c.push(checksum.crc32c);
  }

  #at(row: number): Checksum {
    return {
      payloadOffset: this.#payloadOffset.at(row),
      byteLength: this.#byteLength.at(row),
      crc32c: this.#crc32c.at(row),
    };
  }

  /** Forgets the checksums of what reaches behind `payloadOffset`. */
  truncate(payloadOffset: number): void {
    let kept = 0;
    for (let row = 0; row < this.rowCount; row += 1) {
      const checksum = this.#at(row);
      if (checksum.payloadOffset + checksum.byteLength > payloadOffset) continue;
      this.#payloadOffset.set(kept, checksum.payloadOffset);
      this.#byteLength.set(kept, checksum.byteLength);
      this.#crc32c.set(kept, checksum.crc32c);
      kept += 1;
    }
    for (const column of [this.#payloadOffset, this.#byteLength, this.#crc32c]) column.cut(kept);
  }

  /** All checksums by their place in the payload. */
  *byPayload(): Generator<Checksum> {
    const rows = Uint32Array.from({ length: this.rowCount }, (_, row) => row);
    rows.sort((a, b) => this.#payloadOffset.at(a) - this.#payloadOffset.at(b));
    for (const row of rows) yield this.#at(row);
  }
}

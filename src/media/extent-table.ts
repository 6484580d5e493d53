import { Column } from './columns.ts';
import type { Extent } from './tape-types.ts';

/** Where the payload of a partition lies in `data`: one row for each extent, in payload order. */
export class ExtentTable {
  readonly #payloadOffset = Column.ofFloat64();
  readonly #dataOffset = Column.ofFloat64();
  #payloadBytes = 0;
  /** Whether the extents also ascend in `data`, as they do unless gaps were filled. */
  #ascends = true;

  get rowCount(): number {
    return this.#payloadOffset.length;
  }

  /** Payload bytes that have a place. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  append(extent: Extent): void {
    const last = this.rowCount - 1;
    const lastEnd = last < 0 ? 0 : this.#at(last).offset + this.#at(last).byteLength;
    if (last < 0 || lastEnd !== extent.offset) {
      this.#ascends &&= lastEnd <= extent.offset;
      this.#payloadOffset.push(this.#payloadBytes);
      this.#dataOffset.push(extent.offset);
    }
    this.#payloadBytes += extent.byteLength;
  }

  #at(row: number): Extent {
    const from = this.#payloadOffset.at(row);
    const end = row + 1 < this.rowCount ? this.#payloadOffset.at(row + 1) : this.#payloadBytes;
    return { offset: this.#dataOffset.at(row), byteLength: end - from };
  }

  /** The places of a range of payload, in order. The range must lie inside the payload. */
  slice(payloadOffset: number, byteLength: number): Extent[] {
    const found: Extent[] = [];
    let from = payloadOffset;
    const end = payloadOffset + byteLength;
    for (let row = this.#payloadOffset.lastNotAbove(from); from < end; row += 1) {
      const extent = this.#at(row);
      const skip = from - this.#payloadOffset.at(row);
      const length = Math.min(extent.byteLength - skip, end - from);
      found.push({ offset: extent.offset + skip, byteLength: length });
      from += length;
    }
    return found;
  }

  /** Forgets the payload from `payloadOffset` on. */
  truncate(payloadOffset: number): void {
    if (payloadOffset >= this.#payloadBytes) return;
    const row = this.#payloadOffset.lastNotAbove(payloadOffset);
    const rows = this.#payloadOffset.at(row) === payloadOffset ? row : row + 1;
    this.#payloadOffset.cut(rows);
    this.#dataOffset.cut(rows);
    this.#payloadBytes = payloadOffset;
    this.#ascends ||= rows === 0;
  }

  /** All extents by their offset in `data`. */
  *byOffset(): Generator<Extent> {
    const count = this.rowCount;
    if (this.#ascends) {
      for (let row = 0; row < count; row += 1) yield this.#at(row);
      return;
    }
    const rows = Uint32Array.from({ length: count }, (_, row) => row);
    rows.sort((a, b) => this.#dataOffset.at(a) - this.#dataOffset.at(b));
    for (const row of rows) yield this.#at(row);
  }
}

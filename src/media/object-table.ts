import { Column } from './columns.ts';
import type { Run } from './tape-types.ts';

/** The largest record: the transfer length of WRITE(6) has 24 bits. */
export const RECORD_BYTES_MAX = 0xff_ffff;

/**
 * The logical objects of a partition: one row for each run of equal records or of filemarks.
 * Neighbours that are alike are one row, however they were appended.
 */
export class ObjectTable {
  readonly #firstObject = Column.ofFloat64();
  readonly #filemarksBefore = Column.ofFloat64();
  readonly #payloadOffset = Column.ofFloat64();
  /** 0 stands for filemarks. */
  readonly #recordBytes = Column.ofUint32();
  #endOfData = 0;
  #filemarkCount = 0;
  #payloadBytes = 0;

  get rowCount(): number {
    return this.#firstObject.length;
  }

  get endOfData(): number {
    return this.#endOfData;
  }

  get filemarkCount(): number {
    return this.#filemarkCount;
  }

  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  appendRecords(count: number, recordBytes: number): void {
    this.#append(count, recordBytes);
    this.#payloadBytes += count * recordBytes;
  }

  appendFilemarks(count: number): void {
    this.#append(count, 0);
    this.#filemarkCount += count;
  }

  /** The row's numbers are those before the objects are counted. */
  #append(count: number, recordBytes: number): void {
    const last = this.rowCount - 1;
    if (last < 0 || this.#recordBytes.at(last) !== recordBytes) {
      this.#firstObject.push(this.#endOfData);
      this.#filemarksBefore.push(this.#filemarkCount);
      this.#payloadOffset.push(this.#payloadBytes);
      this.#recordBytes.push(recordBytes);
    }
    this.#endOfData += count;
  }

  runAt(object: number): Run | undefined {
    if (object < 0 || object >= this.#endOfData) return undefined;
    const row = this.#firstObject.lastNotAbove(object);
    const firstObject = this.#firstObject.at(row);
    const end = row + 1 < this.rowCount ? this.#firstObject.at(row + 1) : this.#endOfData;
    const recordBytes = this.#recordBytes.at(row);
    const count = end - firstObject;
    if (recordBytes === 0) return { kind: 'filemarks', firstObject, count };
    const payloadOffset = this.#payloadOffset.at(row);
    return { kind: 'records', firstObject, count, recordBytes, payloadOffset };
  }

  filemarksBefore(object: number): number {
    if (object >= this.#endOfData) return this.#filemarkCount;
    const row = this.#firstObject.lastNotAbove(object);
    const before = this.#filemarksBefore.at(row);
    return this.#recordBytes.at(row) === 0 ? before + object - this.#firstObject.at(row) : before;
  }

  payloadOffset(object: number): number {
    if (object >= this.#endOfData) return this.#payloadBytes;
    const row = this.#firstObject.lastNotAbove(object);
    const within = (object - this.#firstObject.at(row)) * this.#recordBytes.at(row);
    return this.#payloadOffset.at(row) + within;
  }

  objectOfFilemark(index: number): number | undefined {
    if (index < 0 || index >= this.#filemarkCount) return undefined;
    // The run behind the filemark counts it already, so the last row that does not is its run.
    const row = this.#filemarksBefore.lastNotAbove(index);
    return this.#firstObject.at(row) + index - this.#filemarksBefore.at(row);
  }

  /** The record that holds a payload byte; the end of data behind the last one. */
  objectAtPayload(payloadOffset: number): number {
    if (payloadOffset >= this.#payloadBytes) return this.#endOfData;
    // A run of records begins above its filemarks: the last row at or before the byte is records.
    const row = this.#payloadOffset.lastNotAbove(payloadOffset);
    const within = payloadOffset - this.#payloadOffset.at(row);
    return this.#firstObject.at(row) + Math.floor(within / this.#recordBytes.at(row));
  }

  /** Forgets the objects from `object` on. */
  truncate(object: number): void {
    if (object >= this.#endOfData) return;
    const filemarks = this.filemarksBefore(object);
    const payload = this.payloadOffset(object);
    const row = this.#firstObject.lastNotAbove(object);
    const rows = this.#firstObject.at(row) === object ? row : row + 1;
    for (const column of this.#columns()) column.cut(rows);
    this.#endOfData = object;
    this.#filemarkCount = filemarks;
    this.#payloadBytes = payload;
  }

  #columns(): Column[] {
    return [this.#firstObject, this.#filemarksBefore, this.#payloadOffset, this.#recordBytes];
  }
}

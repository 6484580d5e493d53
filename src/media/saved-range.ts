import { endOf } from './ranges.ts';
import type { Extent } from './tape-types.ts';

/** A range of an image, and which granules of it a snapshot has saved. */
export class SavedRange implements Extent {
  readonly offset: number;
  readonly byteLength: number;
  readonly #granuleBytes: number;
  /** One byte for each granule that the range touches: 1 if what is of the range is saved. */
  readonly #granules: Uint8Array;
  #savedCount = 0;

  constructor({ offset, byteLength }: Extent, granuleBytes: number) {
    this.offset = offset;
    this.byteLength = byteLength;
    this.#granuleBytes = granuleBytes;
    this.#granules = new Uint8Array(this.#granuleOf(endOf(this) - 1) + 1);
  }

  get isAllSaved(): boolean {
    return this.#savedCount === this.#granules.length;
  }

  get isNoneSaved(): boolean {
    return this.#savedCount === 0;
  }

  /** The first granules in a row within [from, to) that are not saved: at most `bytesMax`. */
  nextUnsaved(from: number, to: number, bytesMax: number): Extent | undefined {
    const first = this.#granules.indexOf(0, this.#granuleOf(from));
    const behind = this.#granuleOf(to - 1) + 1;
    if (first < 0 || first >= behind) return undefined;
    const limit = Math.min(behind, first + Math.max(1, bytesMax / this.#granuleBytes));
    let end = first + 1;
    while (end < limit && this.#granules[end] === 0) end += 1;
    return this.#extentOf(first, end);
  }

  /** Takes note that whole granules have been saved. */
  saved({ offset, byteLength }: Extent): void {
    const first = this.#granuleOf(offset);
    const behind = this.#granuleOf(offset + byteLength - 1) + 1;
    this.#granules.fill(1, first, behind);
    this.#savedCount += behind - first;
  }

  /** [from, to) in parts that are saved or not. */
  parts(from: number, to: number): (Extent & { readonly isSaved: boolean })[] {
    const parts: (Extent & { readonly isSaved: boolean })[] = [];
    for (let at = from; at < to;) {
      const state = this.#granules[this.#granuleOf(at)]!; // the caller stays within the range
      const next = this.#granules.indexOf(1 - state, this.#granuleOf(at));
      const end = Math.min(to, next < 0 ? to : this.#startOf(next));
      parts.push({ offset: at, byteLength: end - at, isSaved: state === 1 });
      at = end;
    }
    return parts;
  }

  #granuleOf(at: number): number {
    return Math.floor(at / this.#granuleBytes) - Math.floor(this.offset / this.#granuleBytes);
  }

  /** The first byte of a granule; that of the range, if it begins within it. */
  #startOf(granule: number): number {
    const number = Math.floor(this.offset / this.#granuleBytes) + granule;
    return Math.max(this.offset, number * this.#granuleBytes);
  }

  #extentOf(first: number, behind: number): Extent {
    const offset = this.#startOf(first);
    const end = Math.min(endOf(this), this.#startOf(behind));
    return { offset, byteLength: end - offset };
  }
}

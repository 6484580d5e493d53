import type { Extent } from './tape-types.ts';

/** A set of bytes of a file, as few ranges that do not touch. */
export class Ranges {
  #ranges: Extent[] = [];

  get all(): readonly Extent[] {
    return this.#ranges;
  }

  get byteLength(): number {
    return this.#ranges.reduce((sum, range) => sum + range.byteLength, 0);
  }

  /** Adds bytes, none of which is in the set yet. */
  add({ offset, byteLength }: Extent): void {
    let from = this.#firstEndingBehind(offset);
    const before = this.#ranges[from - 1];
    const after = this.#ranges[from];
    let start = offset;
    let end = offset + byteLength;
    let replaced = 0;
    if (before !== undefined && endOf(before) === start) {
      start = before.offset;
      from -= 1;
      replaced += 1;
    }
    if (after?.offset === end) {
      end = endOf(after);
      replaced += 1;
    }
    this.#ranges.splice(from, replaced, { offset: start, byteLength: end - start });
  }

  /** Takes bytes out. Returns false, and changes nothing, if they are not all in the set. */
  remove({ offset, byteLength }: Extent): boolean {
    const at = this.#firstEndingBehind(offset);
    const range = this.#ranges[at];
    const end = offset + byteLength;
    if (range === undefined || range.offset > offset || endOf(range) < end) return false;
    const left = [
      { offset: range.offset, byteLength: offset - range.offset },
      { offset: end, byteLength: endOf(range) - end },
    ];
    this.#ranges.splice(at, 1, ...left.filter((part) => part.byteLength > 0));
    return true;
  }

  #firstEndingBehind(offset: number): number {
    const at = this.#ranges.findIndex((range) => endOf(range) > offset);
    return at < 0 ? this.#ranges.length : at;
  }
}

export const endOf = (extent: Extent): number => extent.offset + extent.byteLength;

/**
 * Columns of numbers that grow geometrically: a tape may hold millions of runs, and an object for
 * each of them would take ten times the memory.
 */

interface NumberArray {
  readonly length: number;
  [index: number]: number;
  subarray(from: number, to: number): NumberArray;
  set(values: NumberArray): void;
}

export class Column {
  readonly #make: (length: number) => NumberArray;
  #values: NumberArray;
  #length = 0;

  private constructor(make: (length: number) => NumberArray) {
    this.#make = make;
    this.#values = make(16);
  }

  /** Whole numbers up to 2^53, eight bytes each. */
  static ofFloat64(): Column {
    return new Column((length) => new Float64Array(length));
  }

  /** Whole numbers below 2^32, four bytes each. */
  static ofUint32(): Column {
    return new Column((length) => new Uint32Array(length));
  }

  get length(): number {
    return this.#length;
  }

  /** Throws: RangeError at or behind the end. */
  at(row: number): number {
    if (row >= this.#length) throw new RangeError(`Cannot read row ${row}: ${this.#length} rows`);
    return this.#values[row]!;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = this.#make(this.#length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Replaces a row. */
  set(row: number, value: number): void {
    this.at(row);
    this.#values[row] = value;
  }

  /** Forgets the rows from `length` on. */
  cut(length: number): void {
    this.#length = length;
    if (this.#values.length > 1024 && length < this.#values.length / 4) {
      const smaller = this.#make(Math.max(16, length));
      smaller.set(this.#values.subarray(0, length));
      this.#values = smaller;
    }
  }

  /** The last row whose value is not above `value`, in a column that never falls; −1 if none. */
  lastNotAbove(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/**
 * Whole numbers in as few bytes as they need: seven bits a byte, lowest first, the top bit says
 * that more follow. The maps of a set are millions of small numbers.
 */

const BYTES_MAX = 8;

/** Collects numbers and bytes one behind another. */
export class VarintWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get byteLength(): number {
    return this.#length;
  }

  /** Throws: RangeError unless the value is a whole number from 0 to 2^53 - 1. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`Cannot encode ${value}: it is not a whole number from 0 on`);
    }
    this.#reserve(BYTES_MAX);
    let left = value;
    while (left >= 0x80) {
      this.#bytes[this.#length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#bytes[this.#length++] = left;
    return this;
  }

  /** A number of either sign: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
  signed(value: number): this {
    return this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** The count of the bytes, then the bytes. */
  block(bytes: Uint8Array): this {
    this.number(bytes.length);
    return this.raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  text(value: string): this {
    return this.block(encoder.encode(value));
  }

  /** What was collected, as the caller's own; the writer starts again from nothing. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(byteLength: number): void {
    const needed = this.#length + byteLength;
    if (needed <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}

/** Reads what a `VarintWriter` wrote. Throws: RangeError where the bytes end or make no number. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1, count = 0; count < BYTES_MAX; count += 1, scale *= 0x80) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError('Cannot decode a number: the bytes end');
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
    }
    throw new RangeError('Cannot decode a number: it has more than 53 bits');
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view of the bytes. */
  block(): Uint8Array {
    const end = this.number() + this.#at;
    if (end > this.#bytes.length) throw new RangeError('Cannot decode bytes: they end too early');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  text(): string {
    return decoder.decode(this.block());
  }

  /** A view of all that has not been read. */
  rest(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return bytes;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

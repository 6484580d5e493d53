/**
 * Data that a copy holds for the application client, in the order in which it was processed.
 *
 * No more than the limit is kept, the newest; older bytes are dropped. Source: SPC-4 5.17.4.5.
 */
export class HeldData {
  readonly limitBytes: number;
  #parts: Uint8Array[] = [];
  #byteLength = 0;
  #isDiscarded = false;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Some of what should have been held was dropped for lack of room (HDD). */
  get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  get parts(): readonly Uint8Array[] {
    return this.#parts;
  }

  /** Bytes that were processed but not looked at, because newer ones take all the room. */
  skip(byteLength: number): void {
    if (byteLength > 0) this.clear();
    this.#isDiscarded ||= byteLength > 0;
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#byteLength += bytes.length;
    while (this.#byteLength > this.limitBytes) {
      const first = this.#parts[0]!; // more than the limit is held, so something is
      const surplus = Math.min(first.length, this.#byteLength - this.limitBytes);
      if (surplus === first.length) this.#parts.shift();
      else this.#parts[0] = first.subarray(surplus);
      this.#byteLength -= surplus;
      this.#isDiscarded = true;
    }
  }

  /** The application client has had it, or does not want it. */
  clear(): void {
    this.#parts = [];
    this.#byteLength = 0;
  }
}

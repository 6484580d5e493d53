/** The two byte queues that live for a whole copy, and what is held. Source: SPC-4 5.17.7.2. */

export const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
};

const NONE = new Uint8Array(0);

/** Bytes in the order in which they came. */
export class ModelQueue {
  bytes: Uint8Array = NONE;

  get length(): number {
    return this.bytes.length;
  }

  append(bytes: Uint8Array): void {
    this.bytes = joined(this.bytes, bytes);
  }

  /** The bytes at the front, as many as there are of `count`. */
  take(count: number): Uint8Array {
    const front = this.bytes.slice(0, count);
    this.bytes = this.bytes.slice(front.length);
    return front;
  }

  clear(): void {
    this.bytes = NONE;
  }
}

/** Data for the application client: the newest bytes up to a limit. Source: SPC-4 5.17.4.5. */
export class ModelHeld {
  readonly limitBytes: number;
  /** All that was to be held, what was dropped for lack of room included. */
  all: Uint8Array = NONE;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  add(bytes: Uint8Array): void {
    this.all = joined(this.all, bytes);
  }

  /** What is held when so many bytes have come. */
  after(byteLength: number): Uint8Array {
    return this.all.slice(Math.max(0, byteLength - this.limitBytes), byteLength);
  }
}

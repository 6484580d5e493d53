/** Gathers what is produced in one go, so that it leaves as one write. */
export class GatheredWrites {
  readonly #write: (parts: readonly Uint8Array[]) => void;
  #unsent: Uint8Array[] = [];
  #isScheduled = false;

  /** `write` is called once the code that runs now has ended, and never without parts. */
  constructor(write: (parts: readonly Uint8Array[]) => void) {
    this.#write = write;
  }

  add(parts: readonly Uint8Array[]): void {
    this.#unsent.push(...parts);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.flush());
  }

  /** Writes at once what is there. */
  flush(): void {
    this.#isScheduled = false;
    const parts = this.#unsent;
    this.#unsent = [];
    if (parts.length > 0) this.#write(parts);
  }
}

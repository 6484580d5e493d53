/** Unsent bytes from which on they leave at once: the peer can begin with them. */
const ENOUGH_BYTES = 512 * 1024;

/**
 * Gathers what is produced in one go, so that it leaves as one write. `Token` stands for what is to
 * be done once the bytes that it was added with have been sent.
 */
export class GatheredWrites<Token = never> {
  readonly #write: (parts: readonly Uint8Array[], tokens: readonly Token[]) => void;
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #tokens: Token[] = [];
  #isScheduled = false;

  /** `write` is called once the code that runs now has ended, or earlier, never without parts. */
  constructor(write: (parts: readonly Uint8Array[], tokens: readonly Token[]) => void) {
    this.#write = write;
  }

  add(parts: readonly Uint8Array[], token?: Token): void {
    for (const part of parts) {
      this.#unsentBytes += part.length;
      this.#join(part);
    }
    if (token !== undefined) this.#tokens.push(token);
    if (this.#unsentBytes >= ENOUGH_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
  }

  /** Neighbours in memory leave as one part: each part costs, however short it is. */
  #join(part: Uint8Array): void {
    const last = this.#unsent.at(-1);
    if (last?.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset) {
      this.#unsent[this.#unsent.length - 1] =
        Buffer.from(last.buffer, last.byteOffset, last.length + part.length);
    } else this.#unsent.push(part);
  }

  /** Writes at once what is there. */
  flush(): void {
    const [parts, tokens] = [this.#unsent, this.#tokens];
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#tokens = [];
    if (parts.length > 0) this.#write(parts, tokens);
  }
}

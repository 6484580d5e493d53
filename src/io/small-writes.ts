import type { Addon } from './addon.ts';
import { errorName, fileError } from './host-error.ts';

/** One system call each, but one trip to the thread pool for many. */
const BATCH_COUNT_MAX = 256;

interface SmallWrite {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Small writes to one file. Those that come while others are under way go together: a trip to the
 * thread pool costs several times what the write of a block does.
 */
export class SmallWrites {
  readonly #addon: Addon;
  readonly #path: string;
  readonly #fd: number;
  #pending: SmallWrite[] = [];
  #isFlushing = false;

  constructor(addon: Addon, path: string, fd: number) {
    this.#addon = addon;
    this.#path = path;
    this.#fd = fd;
  }

  /** Writes all the bytes. Throws: FileError. */
  write(bytes: Uint8Array, offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ bytes, offset, resolve, reject });
      if (this.#isFlushing) return;
      this.#isFlushing = true;
      // What else is written in this turn of the event loop comes along.
      queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, BATCH_COUNT_MAX);
      const results = await this.#addon.writeBatch(
        this.#fd, batch.map(({ bytes }) => bytes), batch.map(({ offset }) => offset));
      for (const [i, write] of batch.entries()) this.#settle(write, results[i]!);
    }
    this.#isFlushing = false;
  }

  #settle({ bytes, offset, resolve, reject }: SmallWrite, result: number): void {
    const code = result < 0 ? errorName(result) : 'EIO';  // 0: a host that takes nothing is broken
    if (result === bytes.length) resolve();
    else if (result <= 0) reject(fileError('write', this.#path, code));
    // The host stopped early: the rest goes round again, or fails and says why.
    else this.write(bytes.subarray(result), offset + result).then(resolve, reject);
  }
}

import type { Addon } from './addon.ts';
import { errorName, fileError } from './host-error.ts';

/** One system call each, but one trip to the thread pool for many. */
const BATCH_COUNT_MAX = 256;
/** Whoever waits for the first of a batch does not wait for more than this. */
const BATCH_BYTES_MAX = 1024 * 1024;

interface SmallWrite {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
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
  readonly #onSettled: () => void;
  #pending: SmallWrite[] = [];
  #isFlushing = false;

  /** `onSettled` is called for each write that has succeeded or failed. */
  constructor(addon: Addon, path: string, fd: number, onSettled: () => void) {
    this.#addon = addon;
    this.#path = path;
    this.#fd = fd;
    this.#onSettled = onSettled;
  }

  /** Writes all the parts, `byteLength` bytes in 1 to 1024 of them. Throws: FileError. */
  write(parts: readonly Uint8Array[], byteLength: number, offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#push({ parts, byteLength, offset, resolve, reject });
    });
  }

  #push(write: SmallWrite): void {
    this.#pending.push(write);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // What else is written in this turn of the event loop comes along.
    queueMicrotask(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, this.#batchCount());
      const results = await this.#addon.writeBatch(
        this.#fd, batch.flatMap(({ parts }) => parts),
        Uint32Array.from(batch, ({ parts }) => parts.length),
        Float64Array.from(batch, ({ offset }) => offset));
      for (let i = 0; i < batch.length; i += 1) this.#settle(batch[i]!, results[i]!);
    }
    this.#isFlushing = false;
  }

  /** How many of those that wait are written next: at least one. */
  #batchCount(): number {
    let bytes = 0;
    let count = 0;
    for (const { byteLength } of this.#pending) {
      bytes += byteLength;
      if (count > 0 && bytes > BATCH_BYTES_MAX || count === BATCH_COUNT_MAX) break;
      count += 1;
    }
    return count;
  }

  #settle(write: SmallWrite, result: number): void {
    const { parts, byteLength, offset } = write;
    if (result > 0 && result < byteLength) {
      // The host stopped early: the rest goes round again, or fails and says why.
      this.#push({ ...write, parts: behind(parts, result), byteLength: byteLength - result,
        offset: offset + result });
      return;
    }
    this.#onSettled();
    // A host that takes nothing is broken.
    if (result === byteLength) write.resolve();
    else write.reject(fileError('write', this.#path, result < 0 ? errorName(result) : 'EIO'));
  }
}

/** The parts without their first `byteLength` bytes, which are fewer than all. */
function behind(parts: readonly Uint8Array[], byteLength: number): Uint8Array[] {
  let left = byteLength;
  return parts.flatMap((part) => {
    const rest = part.subarray(left);
    left = Math.max(0, left - part.length);
    return rest.length > 0 ? [rest] : [];
  });
}

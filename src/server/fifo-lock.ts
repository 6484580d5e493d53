import { deferred } from '../sam/deferred.ts';

interface Waiter {
  readonly start: () => void;
}

/** Sole use, in the order in which it was asked for. */
export class FifoLock {
  #isHeld = false;
  readonly #waiting: Waiter[] = [];

  /** Someone waits. */
  get isContended(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * Throws: what `work` throws; the signal's reason when aborted while it waits.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    signal.throwIfAborted();
    if (this.#isHeld) await this.#wait(signal);
    this.#isHeld = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Held on behalf of the next one, so that no one else can come first.
      if (next === undefined) this.#isHeld = false;
      else next.start();
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const turn = deferred<void>();
    const waiter = { start: turn.resolve };
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(waiter);
      if (at < 0) return; // its turn has come already
      this.#waiting.splice(at, 1);
      turn.reject(signal.reason);
    };
    this.#waiting.push(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

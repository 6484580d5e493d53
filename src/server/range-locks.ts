import { deferred } from '../sam/deferred.ts';

/** Readers of a range may share it. */
export type Sharing = 'shared' | 'alone';

interface Range {
  readonly from: number;
  readonly to: number;
  readonly sharing: Sharing;
}

interface Holder extends Range {
  start: (() => void) | undefined;
}

/**
 * Ranges of blocks in use: what overlaps runs in the order of its arrival, the rest side by side.
 *
 * Source: SAM-5 8.3 leaves SIMPLE tasks their order; for overlapping writes initiators count on
 * it, and COMPARE AND WRITE must be alone (SBC-3 5.2).
 */
export class RangeLocks {
  readonly #holders: Holder[] = [];

  /** Nothing is in the way of work that ends at once, and so needs to hold nothing. */
  isFree(lba: number, blockCount: number, sharing: Sharing): boolean {
    if (this.#holders.length === 0) return true;
    const holder = { from: lba, to: lba + blockCount, sharing };
    return !this.#holders.some((other) => inTheWay(other, holder));
  }

  /** Runs `work` once nothing that arrived before is in its way. */
  hold<T>(
    lba: number, blockCount: number, sharing: Sharing, work: () => Promise<T>): Promise<T> {
    const holder: Holder = { from: lba, to: lba + blockCount, sharing, start: undefined };
    const mustWait = this.#holders.some((other) => inTheWay(other, holder));
    this.#holders.push(holder);
    if (!mustWait) return this.#released(holder, begun(work));
    const started = deferred<void>();
    holder.start = started.resolve;
    return this.#released(holder, started.promise.then(work));
  }

  /** As `work`, with the range given up when it has ended. */
  #released<T>(holder: Holder, work: Promise<T>): Promise<T> {
    return work.then((value) => {
      this.#release(holder);
      return value;
    }, (error: unknown) => {
      this.#release(holder);
      throw error;
    });
  }

  /** As `hold`, for several ranges that are asked for at one moment. */
  async holdAll<T>(
    ranges: readonly { readonly lba: number; readonly blockCount: number }[], sharing: Sharing,
    work: () => Promise<T>): Promise<T> {
    const end = deferred<void>();
    const held: Promise<void>[] = [];
    for (const { lba, blockCount } of ranges) {
      const start = deferred<void>();
      held.push(start.promise);
      void this.hold(lba, blockCount, sharing, () => {
        start.resolve();
        return end.promise;
      });
    }
    try {
      await Promise.all(held);
      return await work();
    } finally {
      end.resolve();
    }
  }

  #release(holder: Holder): void {
    this.#holders.splice(this.#holders.indexOf(holder), 1);
    for (const [index, waiting] of this.#holders.entries()) {
      if (waiting.start === undefined) continue;
      if (this.#holders.slice(0, index).some((older) => inTheWay(older, waiting))) continue;
      waiting.start();
      waiting.start = undefined;
    }
  }
}

/** `work` may fail before it has a promise. */
function begun<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}

const inTheWay = (older: Range, younger: Range): boolean =>
  older.from < younger.to && younger.from < older.to
  && (older.sharing === 'alone' || younger.sharing === 'alone');

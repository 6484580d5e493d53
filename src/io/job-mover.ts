import { setMaxListeners } from 'node:events';

import type { Moved, Mover, MoveOptions, Place } from '../ports/mover.ts';
import { MoveJob } from './move-job.ts';

/** Moves at once; the others wait in order, so that memory and threads stay bounded. */
const MOVES_MAX = 32;

/** What both movers share: arguments, turns, being stopped, and closing. */
export abstract class JobMover implements Mover {
  readonly #moving = new Map<MoveJob, Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #closing: Promise<void> | undefined;

  async move(
    source: Place, destination: Place, byteLength: number, options: MoveOptions = {},
  ): Promise<Moved> {
    const { signal } = options;
    signal?.throwIfAborted();
    const job = new MoveJob(source, destination, byteLength, options);
    if (this.#closing !== undefined) throw closed(job);
    const onAbort = (): void => job.stop(signal?.reason);
    // One signal stops all moves of a copy; Node would take so many listeners for a leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    signal?.addEventListener('abort', onAbort);
    const moving = this.#inTurn(job);
    this.#moving.set(job, moving);
    try {
      await moving;
      return job.result();
    } finally {
      this.#moving.delete(job);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Moves in flight are stopped: they reject with `ECANCELED` before this resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const moving = [...this.#moving.values()];
    for (const job of this.#moving.keys()) job.stop(closed(job));
    await Promise.allSettled(moving);
    await this.end();
  }

  /** Carries the job out from its first byte to its last. Nothing of it is in flight afterwards. */
  protected abstract run(job: MoveJob): Promise<void>;

  /** Ends what threads there are; no job is left. */
  protected abstract end(): Promise<void>;

  async #inTurn(job: MoveJob): Promise<void> {
    if (this.#running < MOVES_MAX) this.#running += 1;
    else await this.#turnOf(job);
    try {
      job.throwIfStopped();
      await this.run(job);
      job.throwIfStopped();  // stopped after its last byte: whoever did it counts on a rejection
    } finally {
      // The turn is handed on, or given up.
      const [next] = this.#waiting;
      if (next === undefined) this.#running -= 1;
      else {
        this.#waiting.delete(next);
        next();
      }
    }
  }

  #turnOf(job: MoveJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      job.onStop((reason) => {
        if (this.#waiting.delete(resolve)) reject(reason);
      });
    });
  }
}

const closed = (job: MoveJob): Error =>
  job.failure('destination', 'ECANCELED', 'the mover is closed');

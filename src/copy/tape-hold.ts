import { deferred } from '../sam/deferred.ts';
import type { StreamMedium, StreamSession, StreamTransfer } from '../sam/medium-access.ts';

/** A stretch of a tape that was read, so that the position can be put back into it. */
export interface ReadStretch {
  readonly session: StreamSession;
  /** Where the tape stood before it. */
  readonly position: number;
  readonly transfer: StreamTransfer;
}

/** Sole use of one tape, from `enter` to `leave`. */
export class TapeHold {
  readonly medium: StreamMedium;
  readonly session: StreamSession;
  /** What the copy did last: reading and writing do not overlap on one tape. */
  mode: 'read' | 'write' = 'read';
  readonly #release: () => void;
  readonly #ended: Promise<void>;

  private constructor(
    medium: StreamMedium, session: StreamSession, release: () => void, ended: Promise<void>) {
    this.medium = medium;
    this.session = session;
    this.#release = release;
    this.#ended = ended;
  }

  /** Waits for the tape in order of arrival. Throws: the signal's reason; as `exclusive`. */
  static async enter(medium: StreamMedium, signal: AbortSignal): Promise<TapeHold> {
    const entered = deferred<StreamSession>();
    const released = deferred<void>();
    const ended = medium.exclusive(signal, async (session) => {
      entered.resolve(session);
      await released.promise;
    });
    ended.catch(entered.reject);
    return new TapeHold(medium, await entered.promise, released.resolve, ended);
  }

  async leave(): Promise<void> {
    this.#release();
    await this.#ended;
  }
}

import type { StreamMedium, StreamSession } from '../sam/medium-access.ts';
import { TapeHold } from './tape-hold.ts';

/**
 * The tapes that a copy holds, changed as its segments need: one, or the two of a copy from tape
 * to tape.
 *
 * A copy that lacks a tape gives up what it holds, then takes all it needs in the order that the
 * segment's tapes are given in, which is the same for every copy: so no two copies wait for each
 * other.
 */
export class TapeAccess {
  readonly #signal: AbortSignal;
  readonly #settle: () => Promise<void>;
  #holds: TapeHold[] = [];
  #wanted: readonly StreamMedium[] = [];

  /** `settle` ends moves from and to the tapes, before one is given up or turned round. */
  constructor(signal: AbortSignal, settle: () => Promise<void>) {
    this.#signal = signal;
    this.#settle = settle;
  }

  /** The sessions that reads of a tape may be in flight for. */
  get reading(): readonly StreamSession[] {
    return this.#holds.filter(({ mode }) => mode === 'read').map(({ session }) => session);
  }

  /** Tapes that the next segment uses together, in the order that all copies take them in. */
  want(mediums: readonly StreamMedium[]): void {
    this.#wanted = mediums;
  }

  /** Sole use of the tape. If others wait for one that is held, they have their turn first. */
  async session(medium: StreamMedium, mode: TapeHold['mode']): Promise<StreamSession> {
    await this.yieldToOthers();
    const hold = this.#holdOf(medium) ?? await this.#take(medium);
    if (hold.mode !== mode) await this.#settle();
    hold.mode = mode;
    return hold.session;
  }

  #holdOf(medium: StreamMedium): TapeHold | undefined {
    return this.#holds.find((hold) => hold.medium === medium);
  }

  async #take(medium: StreamMedium): Promise<TapeHold> {
    await this.#leave();
    const needed = this.#wanted.includes(medium) ? this.#wanted : [medium];
    for (const one of needed) this.#holds.push(await TapeHold.enter(one, this.#signal));
    return this.#holdOf(medium)!; // it is among those that are needed
  }

  /** Gives the tapes up if somebody waits for one. */
  async yieldToOthers(): Promise<void> {
    if (this.#holds.some(({ session }) => session.contended)) await this.#leave();
  }

  async #leave(): Promise<void> {
    if (this.#holds.length > 0) await this.#settle();
    await this.close();
  }

  /** Gives the tapes up as they stand; for the end of a copy. */
  async close(): Promise<void> {
    for (const hold of this.#holds.splice(0)) await hold.leave();
  }
}

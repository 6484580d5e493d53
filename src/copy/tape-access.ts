import type { StreamMedium, StreamSession } from '../sam/medium-access.ts';
import { TapeHold } from './tape-hold.ts';

/** The one tape that a copy holds, changed as its segments need. */
export class TapeAccess {
  readonly #signal: AbortSignal;
  readonly #settle: () => Promise<void>;
  #hold: TapeHold | undefined;

  /** `settle` ends moves from and to the tape, before it is given up or turned round. */
  constructor(signal: AbortSignal, settle: () => Promise<void>) {
    this.#signal = signal;
    this.#settle = settle;
  }

  /** The session that reads of a tape are in flight for. */
  get reading(): StreamSession | undefined {
    return this.#hold?.mode === 'read' ? this.#hold.session : undefined;
  }

  /** Sole use of the tape. If others wait for it, they have their turn first. */
  async session(medium: StreamMedium, mode: TapeHold['mode']): Promise<StreamSession> {
    if (this.#hold !== undefined && this.#hold.medium !== medium) await this.#leave(this.#hold);
    await this.yieldToOthers();
    if (this.#hold !== undefined && this.#hold.mode !== mode) await this.#settle();
    this.#hold ??= await TapeHold.enter(medium, this.#signal);
    this.#hold.mode = mode;
    return this.#hold.session;
  }

  /** Gives the tape up if somebody waits for it. */
  async yieldToOthers(): Promise<void> {
    if (this.#hold?.session.contended) await this.#leave(this.#hold);
  }

  async #leave(hold: TapeHold): Promise<void> {
    await this.#settle();
    this.#hold = undefined;
    await hold.leave();
  }

  /** Gives the tape up as it stands; for the end of a copy. */
  async close(): Promise<void> {
    const hold = this.#hold;
    this.#hold = undefined;
    await hold?.leave();
  }
}

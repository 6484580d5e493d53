import type { KeptWork } from './medium-operation.ts';
import type { ModePageKeeper } from './mode-parameters.ts';

/** What a disk keeps over a restart, beside its reservations. */
export interface DiskState {
  /** Saved mode pages, by page code. */
  readonly modePages: ReadonlyMap<number, Uint8Array>;
  /** Work on the whole medium that has not ended, or has failed. */
  readonly work: KeptWork | undefined;
}

/** Keeps the state of a disk. */
export interface StateKeeper {
  /** What was kept before; undefined if nothing was. */
  readonly kept: DiskState | undefined;
  /** Durable when it returns, and not undone by one that was asked for earlier. */
  keep(state: DiskState): Promise<void>;
}

/** The state of a disk, whose parts are kept one by one. Without a keeper nothing is. */
export class DiskStateStore {
  readonly #keeper: StateKeeper | undefined;
  #state: DiskState;

  constructor(keeper: StateKeeper | undefined) {
    this.#keeper = keeper;
    this.#state = keeper?.kept ?? { modePages: new Map(), work: undefined };
  }

  get work(): KeptWork | undefined {
    return this.#state.work;
  }

  /** What keeps saved mode pages. */
  get modePages(): ModePageKeeper | undefined {
    return this.#keeper && {
      kept: this.#state.modePages, keep: (modePages) => this.#keep({ modePages }),
    };
  }

  keepWork(work: KeptWork | undefined): Promise<void> {
    return this.#keep({ work });
  }

  /** Throws: SenseError; what was kept before is still kept then. */
  async #keep(part: Partial<DiskState>): Promise<void> {
    const before = this.#state;
    this.#state = { ...before, ...part };
    try {
      await this.#keeper?.keep(this.#state);
    } catch (error) {
      this.#state = before;
      throw error;
    }
  }
}

import type { ModePageKeeper } from './mode-parameters.ts';

/** What a tape drive keeps over restarts, beside its reservations. */
export interface DriveState {
  /** Saved mode pages, by page code with the subpage code above it. */
  readonly modePages: ReadonlyMap<number, Uint8Array>;
  /** What SET IDENTIFYING INFORMATION has set, by type. */
  readonly information: ReadonlyMap<number, Uint8Array>;
}

export interface DriveStateKeeper {
  /** What was kept before; undefined if nothing was. */
  readonly kept: DriveState | undefined;
  /** Durable when it returns, and not undone by one that was asked for earlier. */
  keep(state: DriveState): Promise<void>;
}

const NOTHING: DriveState = { modePages: new Map(), information: new Map() };

/** The state of a drive, whose parts are kept one by one. */
export class DriveStateStore {
  readonly #keeper: DriveStateKeeper;
  #state: DriveState;

  constructor(keeper: DriveStateKeeper) {
    this.#keeper = keeper;
    this.#state = keeper.kept ?? NOTHING;
  }

  get modePages(): ModePageKeeper {
    return { kept: this.#state.modePages, keep: (modePages) => this.#keep({ modePages }) };
  }

  /** Empty if nothing was set. */
  information(type: number): Uint8Array {
    return this.#state.information.get(type) ?? new Uint8Array(0);
  }

  /** Durable when it returns. Throws: SenseError; what was kept before is still kept then. */
  keepInformation(type: number, bytes: Uint8Array): Promise<void> {
    return this.#keep({ information: new Map(this.#state.information).set(type, bytes) });
  }

  async #keep(part: Partial<DriveState>): Promise<void> {
    const before = this.#state;
    this.#state = { ...before, ...part };
    try {
      await this.#keeper.keep(this.#state);
    } catch (error) {
      this.#state = before;
      throw error;
    }
  }
}

import type { ModePageKeeper } from './mode-parameters.ts';
import { type StateKeeper, StateStore } from './state-store.ts';

/** What a tape drive keeps over restarts, beside its reservations. */
export interface DriveState {
  /** Saved mode pages, by page code with the subpage code above it. */
  readonly modePages: ReadonlyMap<number, Uint8Array>;
  /** What SET IDENTIFYING INFORMATION has set, by type. */
  readonly information: ReadonlyMap<number, Uint8Array>;
}

/** The state of a drive that has a place to keep it. */
export class DriveStateStore {
  readonly #store: StateStore<DriveState>;

  constructor(keeper: StateKeeper<DriveState>) {
    this.#store = new StateStore(keeper, { modePages: new Map(), information: new Map() });
  }

  get modePages(): ModePageKeeper {
    const { modePages: kept } = this.#store.state;
    return { kept, keep: (modePages) => this.#store.keep({ modePages }) };
  }

  /** Empty if nothing was set. */
  information(type: number): Uint8Array {
    return this.#store.state.information.get(type) ?? new Uint8Array(0);
  }

  /** Durable when it returns. Throws: SenseError; what was kept before is still kept then. */
  keepInformation(type: number, bytes: Uint8Array): Promise<void> {
    return this.#store.keep({
      information: new Map(this.#store.state.information).set(type, bytes) });
  }
}

import type { KeptWork } from './medium-operation.ts';
import type { ModePageKeeper } from './mode-parameters.ts';
import { type StateKeeper, StateStore } from './state-store.ts';

/** What a disk keeps over a restart, beside its reservations. */
export interface DiskState {
  /** Saved mode pages, by page code. */
  readonly modePages: ReadonlyMap<number, Uint8Array>;
  /** Work on the whole medium that has not ended, or has failed. */
  readonly work: KeptWork | undefined;
}

/** The state of a disk. Without a keeper nothing is kept. */
export class DiskStateStore {
  readonly #store: StateStore<DiskState>;

  constructor(keeper: StateKeeper<DiskState> | undefined) {
    this.#store = new StateStore(keeper, { modePages: new Map(), work: undefined });
  }

  get work(): KeptWork | undefined {
    return this.#store.state.work;
  }

  /** What keeps saved mode pages. */
  get modePages(): ModePageKeeper | undefined {
    if (!this.#store.isKept) return undefined;
    const { modePages: kept } = this.#store.state;
    return { kept, keep: (modePages) => this.#store.keep({ modePages }) };
  }

  /** Throws: SenseError; what was kept before is still kept then. */
  keepWork(work: KeptWork | undefined): Promise<void> {
    return this.#store.keep({ work });
  }
}

/** Keeps the state of a device over restarts. */
export interface StateKeeper<S> {
  /** What was kept before; undefined if nothing was. */
  readonly kept: S | undefined;
  /** Durable when it returns, and not undone by one that was asked for earlier. */
  keep(state: S): Promise<void>;
}

/** The state of a device, whose parts are kept one by one. Without a keeper nothing is. */
export class StateStore<S extends object> {
  readonly #keeper: StateKeeper<S> | undefined;
  #state: S;

  /** `state` is what it is as long as nothing was kept. */
  constructor(keeper: StateKeeper<S> | undefined, state: S) {
    this.#keeper = keeper;
    this.#state = keeper?.kept ?? state;
  }

  get state(): S {
    return this.#state;
  }

  get isKept(): boolean {
    return this.#keeper !== undefined;
  }

  /** Durable when it returns. Throws: SenseError; what was kept before is still kept then. */
  async keep(part: Partial<S>): Promise<void> {
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

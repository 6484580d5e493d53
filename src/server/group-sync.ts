/** Makes writes durable, many of them by one sync. */
export class GroupSync {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  /** Writes that have ended, and how many of them are known to be durable. */
  #written = 0;
  #durable = 0;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** A write has ended, well or not: what it wrote is not durable yet. */
  changed(): void {
    this.#written += 1;
  }

  /** Returns once all that was written before this call is durable. Throws what the sync throws. */
  async run(): Promise<void> {
    const wanted = this.#written;
    while (this.#durable < wanted) {
      this.#running ??= this.#start();
      await this.#running;
    }
  }

  async #start(): Promise<void> {
    const covered = this.#written;
    try {
      await this.#sync();
      this.#durable = covered;
    } finally {
      this.#running = undefined;
    }
  }
}

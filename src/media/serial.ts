/** Runs asynchronous work one piece after the other, in the order in which it was handed in. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** The work's own result; a failure of earlier work does not touch it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

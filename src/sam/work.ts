import { type Deferred, deferred } from './deferred.ts';

/** Something that may be asked to end. */
export interface Abortable {
  readonly isAborted: boolean;
  /** Made when it is first asked for: most commands end before anybody looks. */
  readonly signal: AbortSignal;
}

/** Work for a nexus that can be aborted, and waited for. */
export class Work implements Abortable {
  /** As `nexusKey` has it. */
  readonly nexus: string;
  #controller: AbortController | undefined;
  #ended: Deferred<void> | undefined;
  #isAborted = false;
  #hasEnded = false;

  constructor(nexus: string) {
    this.nexus = nexus;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#abortSignal(this.#controller);
    }
    return this.#controller.signal;
  }

  /** Whether `signal` is that of this work. */
  owns(signal: AbortSignal): boolean {
    return this.#controller?.signal === signal;
  }

  abort(): void {
    this.#isAborted = true;
    if (this.#controller !== undefined) this.#abortSignal(this.#controller);
  }

  /** Resolves when it has ended. */
  get ended(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    this.#ended ??= deferred<void>();
    return this.#ended.promise;
  }

  end(): void {
    this.#hasEnded = true;
    this.#ended?.resolve();
  }

  #abortSignal(controller: AbortController): void {
    controller.abort(new Error('The task was aborted'));
  }
}

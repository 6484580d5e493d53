/**
 * FORMAT UNIT and SANITIZE at work: they go on without the command that began them, over resets
 * and restarts, and nothing else reaches the medium until they have ended.
 *
 * ```text
 *   idle ──start──► running ──► idle
 *     ▲                └─ fails ─► failed ──exit, or another one that ends well──► idle
 *     └────────────────────────────────┘
 * ```
 * Source: SBC-3 4.11 (sanitize), 4.19 (format).
 */
import type { Sense } from '../sense/sense.ts';
import type { Erasure } from './erasure.ts';

export interface MediumWork {
  readonly command: 'format' | 'sanitize';
  readonly erasure: Erasure;
  /** A failed sanitize operation can be left by EXIT FAILURE MODE (AUSE). */
  readonly canExit: boolean;
}

/** What is kept over a restart: work that has not ended, or that has failed. */
export interface KeptWork {
  readonly work: MediumWork;
  readonly hasFailed: boolean;
}

export interface OperationHost {
  /** Does the work, telling the part that is done; throws once the signal is set off. */
  run(work: MediumWork, signal: AbortSignal, onProgress: (done: number) => void): Promise<void>;
  /** Keeps it durably; undefined when there is nothing to keep any more. */
  keep(kept: KeptWork | undefined): Promise<void>;
}

const IN_PROGRESS = { format: 'formatInProgress', sanitize: 'sanitizeInProgress' } as const;
const FAILED = { format: 'formatCommandFailed', sanitize: 'sanitizeCommandFailed' } as const;

export class MediumOperation {
  readonly #host: OperationHost;
  readonly #stop = new AbortController();
  #kept: KeptWork | undefined;
  #progress = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(host: OperationHost) {
    this.#host = host;
  }

  /** Why the medium cannot be used; undefined if it can. */
  get sense(): Sense | undefined {
    if (this.#kept === undefined) return undefined;
    const { work: { command }, hasFailed } = this.#kept;
    if (hasFailed) return { key: 'mediumError', additional: FAILED[command] };
    return { key: 'notReady', additional: IN_PROGRESS[command],
      progress: Math.min(0xffff, Math.floor(this.#progress * 0x1_0000)) };
  }

  get isRunning(): boolean {
    return this.#kept?.hasFailed === false;
  }

  /** The work that has failed and was not followed by any that ended well. */
  get failed(): MediumWork | undefined {
    return this.#kept?.hasFailed ? this.#kept.work : undefined;
  }

  /** Goes on with what a restart has interrupted. */
  resume(kept: KeptWork): void {
    this.#kept = kept;
    if (!kept.hasFailed) this.#ended = this.#run(kept.work);
  }

  /**
   * Begins work, when none is running. Resolves once it is kept; throws: what keeping it throws.
   * `ended` settles with the work.
   */
  async start(work: MediumWork): Promise<void> {
    const before = this.#kept;
    this.#progress = 0;
    this.#kept = { work, hasFailed: false }; // nobody else may begin, or reach the medium
    try {
      await this.#host.keep(this.#kept);
    } catch (error) {
      this.#kept = before;
      throw error;
    }
    this.#ended = this.#run(work);
  }

  /** Resolves when nothing is running any more; never throws. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** EXIT FAILURE MODE. */
  async exit(): Promise<void> {
    await this.#host.keep(undefined);
    this.#kept = undefined;
  }

  /** Interrupts the work, which goes on when the medium is opened again. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the medium is closed'));
    await this.#ended;
  }

  async #run(work: MediumWork): Promise<void> {
    const { signal } = this.#stop;
    try {
      await this.#host.run(work, signal, (done) => {
        this.#progress = done;
      });
      await this.#host.keep(undefined);
      this.#kept = undefined;
    } catch {
      if (signal.aborted) return;
      this.#kept = { work, hasFailed: true };
      // Where that cannot be kept, a restart begins the work anew: as good as a failure.
      await this.#host.keep(this.#kept).catch(() => undefined);
    }
  }
}

import type { Clock } from '../ports/clock.ts';
import type { Terminal } from './terminal.ts';
import { formatDuration, formatRate, formatSize } from './units.ts';

const LINE_EVERY_MS = 5000;
const BAR_EVERY_MS = 100;

/** Shows long work: a bar where a person looks on, lines elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #what: string;
  readonly #startMs: number;
  #shownMs: number;

  constructor(terminal: Terminal, clock: Clock, what: string) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#what = what;
    this.#startMs = clock.nowMs();
    this.#shownMs = this.#startMs;
  }

  /** Bytes done so far, of `total`. Cheap to call often. */
  update(done: number, total: number): void {
    const nowMs = this.#clock.nowMs();
    const everyMs = this.#terminal.isInteractive ? BAR_EVERY_MS : LINE_EVERY_MS;
    if (nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    const text = this.#text(done, total, nowMs - this.#startMs);
    if (this.#terminal.isInteractive) this.#terminal.status(`${bar(done, total)} ${text}`);
    else this.#terminal.note(text);
  }

  /** Ends the display; the work's own result is printed by its owner. */
  finish(): void {
    this.#terminal.clearStatus();
  }

  #text(done: number, total: number, elapsedMs: number): string {
    const share = total > 0 ? `${Math.floor((100 * done) / total)} %` : '';
    const leftMs = done > 0 && total > done ? (elapsedMs * (total - done)) / done : 0;
    const left = leftMs > 1000 ? `, ${formatDuration(leftMs)} left` : '';
    return `${this.#what} ${share} ${formatSize(done)} of ${formatSize(total)}, `
      + `${formatRate(done, elapsedMs)}${left}`;
  }
}

const BAR_WIDTH = 24;

function bar(done: number, total: number): string {
  const filled = total > 0 ? Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total)) : 0;
  return `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`;
}

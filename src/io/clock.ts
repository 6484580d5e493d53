import type { Clock } from '../ports/clock.ts';

/** setTimeout takes 31 bits of milliseconds; a longer wait is made of several. */
const WAIT_MAX_MS = 0x7fff_ffff;

/** The host's time. A pending call keeps the process alive. */
export class SystemClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  at(atMs: number, callback: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = atMs - this.nowMs();
      // Timers run in whole milliseconds and may be a fraction early.
      timer = setTimeout(() => {
        if (this.nowMs() >= atMs) callback();
        else arm();
      }, Math.min(Math.max(Math.ceil(leftMs), 0), WAIT_MAX_MS));
    };
    arm();
    return () => clearTimeout(timer);
  }

  dateMs(): number {
    return Date.now();
  }
}

import { deferred } from '../sam/deferred.ts';
import type { Clock } from '../ports/clock.ts';

/** How long some work takes at least. */
export interface Pace {
  readonly clock: Clock;
  readonly ms: number;
}

/**
 * What work is to await after each of its steps, with the part that is done, 0 to 1: its steps
 * are spread over the time. Throws: the signal's reason.
 */
export function paced(
  pace: Pace | undefined, signal: AbortSignal): (done: number) => Promise<void> {
  if (pace === undefined) return async () => signal.throwIfAborted();
  const startMs = pace.clock.nowMs();
  return (done) => until(pace.clock, startMs + done * pace.ms, signal);
}

async function until(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (clock.nowMs() >= atMs) return;
  const reached = deferred<void>();
  const cancel = clock.at(atMs, reached.resolve);
  const giveUp = (): void => reached.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await reached.promise;
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

/** The host's side of the ports, made once for a command. */
import { SystemClock } from '../io/clock.ts';
import { NodeFiles } from '../io/files.ts';
import { SystemRandom } from '../io/random.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';

export interface Host {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
}

export const thisHost = (): Host => ({
  files: new NodeFiles(), clock: new SystemClock(), random: new SystemRandom(),
});

/** Aborts when the person at the terminal interrupts, or the process is told to end. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    controller.abort(new Error(`Interrupted by ${signal}`));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return controller.signal;
}

/** Calls back each time the process is told to look round (SIGHUP), until told to stop. */
export function onHangUp(callback: () => void): () => void {
  process.on('SIGHUP', callback);
  return () => process.off('SIGHUP', callback);
}

/** CPU time of this process so far, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

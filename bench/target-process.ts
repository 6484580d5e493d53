/** `serverfree target` in a process of its own, as users run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UserError } from '../src/app/user-error.ts';
import type { BytesByRung, Rung } from '../src/ports/mover.ts';
import { cpuSecondsOf, lastLine, tailOf } from './programs.ts';
import type { Undo } from './undo.ts';

/** The command line as it is built. */
export const COMMAND = fileURLToPath(new URL('../bin/serverfree.js', import.meta.url));

export interface TargetOptions {
  /** Flags in the order of their LUNs: `['--disk', 'NAME=FILE', …]`. */
  readonly units: readonly string[];
  readonly rung?: Rung;
}

/** What the target says of a copy when it has ended. */
export interface CopyEvent {
  readonly event: 'copy';
  readonly status: string;
  readonly byRung: BytesByRung;
}

export class TargetProcess {
  /** From the start of the process to its first line. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #base: string;
  readonly #events: CopyEvent[];

  private constructor(
    child: ChildProcess, ended: Promise<void>, base: string, startMs: number, events: CopyEvent[]) {
    this.#child = child;
    this.#ended = ended;
    this.#base = base;
    this.startMs = startMs;
    this.#events = events;
  }

  /** Starts one and waits until it listens. Throws: UserError with the last line it printed. */
  static async start({ units, rung }: TargetOptions, undo: Undo): Promise<TargetProcess> {
    const start = performance.now();
    const child = spawn(process.execPath, [
      COMMAND, 'target', ...units, '--listen', '127.0.0.1:0', '--json',
      ...(rung === undefined ? [] : ['--rung', rung]),
    ], { stdio: ['ignore', 'pipe', 'pipe'] });
    const stderr = tailOf(child.stderr);
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve()).once('close', () => resolve());
    });
    const events: CopyEvent[] = [];
    undo.add(() => end(child, ended));
    const first = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', (line) => resolve(line))
        .on('line', (line) => {
          const event = JSON.parse(line) as Partial<CopyEvent>; // our own program's
          if (event.event === 'copy') events.push(event as CopyEvent);
        });
      void ended.then(() => reject(
        new UserError(`Cannot start the target: ${lastLine(stderr())}`)));
    });
    const startMs = performance.now() - start;
    const { portal, iqn } = JSON.parse(first) as { portal: string; iqn: string };
    return new TargetProcess(child, ended, `iscsi://${portal}/${iqn}`, startMs, events);
  }

  url(lun: number): string {
    return `${this.#base}/${lun}`;
  }

  /** Processor time so far. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.#child.pid!); // it has one, for it has printed a line
  }

  /** Ends it, and tells of its copies. */
  async close(): Promise<readonly CopyEvent[]> {
    await end(this.#child, this.#ended);
    return this.#events;
  }
}

function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  return ended;
}

/**
 * `serverfree target` in a process of its own, as users run it: the one place where tests start it.
 *
 *   TargetProcess.start ─→ bin/serverfree.js target --json … ─→ first line: portal, iqn, luns
 *                                                           └→ other lines: events
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The command line as `npm run build` makes it. */
export const PROGRAM = fileURLToPath(new URL('../../bin/serverfree.js', import.meta.url));

/** A target that has not ended this long after SIGTERM hangs. */
const HANG_MS = 15_000;

export interface TargetStart {
  /** Flags of disks and tapes in the order of their LUNs, and any others. */
  readonly flags: readonly string[];
  readonly listen?: string;
}

interface Announced {
  readonly portal: string;
  readonly iqn: string;
  readonly luns: readonly { readonly lun: number; readonly type: string }[];
}

export class TargetProcess {
  readonly portal: string;
  readonly iqn: string;
  readonly luns: Announced['luns'];
  /** Lines that it printed after the first one. */
  readonly events: unknown[];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #errors: string[];

  private constructor(
    announced: Announced, child: ChildProcess, closed: Promise<unknown>, events: unknown[],
    errors: string[]) {
    ({ portal: this.portal, iqn: this.iqn, luns: this.luns } = announced);
    this.events = events;
    this.#child = child;
    this.#closed = closed;
    this.#errors = errors;
  }

  /** Starts one and waits until it listens. Throws: Error with all that it said, if it ends. */
  static async start({ flags, listen = '127.0.0.1:0' }: TargetStart): Promise<TargetProcess> {
    const child = spawn(process.execPath,
      [PROGRAM, 'target', '--json', '--listen', listen, ...flags],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const errors: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    const closed = once(child, 'close');
    const events: unknown[] = [];
    const announced = await new Promise<Announced>((resolve, reject) => {
      let isFirst = true;
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (isFirst) resolve(JSON.parse(line));
        else events.push(JSON.parse(line));
        isFirst = false;
      });
      closed.then(([code]) =>
        reject(new Error(`the target ended with status ${code}: ${errors.join('')}`)), reject);
    });
    return new TargetProcess(announced, child, closed, events, errors);
  }

  get pid(): number {
    return this.#child.pid!; // it has printed a line
  }

  /** What it wrote to its standard error so far. */
  get errors(): string {
    return this.#errors.join('');
  }

  /** `iscsi://portal/iqn/lun`, with a user and a secret if they are given. */
  url(lun: number, login = ''): string {
    return `iscsi://${login === '' ? '' : `${login}@`}${this.portal}/${this.iqn}/${lun}`;
  }

  /** Ends it as an operator does. Throws: Error unless it ends, and with status 0. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const alarm = setTimeout(() => this.#child.kill('SIGKILL'), HANG_MS);
    await this.#closed;
    clearTimeout(alarm);
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return;
    throw new Error(`the target ended with ${exitCode ?? signalCode}: ${this.errors}`);
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

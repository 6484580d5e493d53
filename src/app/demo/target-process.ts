/** A target in a process of its own, so that what the client costs is the client's alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UserError } from '../user-error.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/serverfree.js', import.meta.url));

export class TargetProcess {
  readonly #child: ChildProcess;
  readonly #base: string;

  private constructor(child: ChildProcess, portal: string, iqn: string) {
    this.#child = child;
    this.#base = `iscsi://${portal}/${iqn}`;
  }

  /** Starts `serverfree target` on a free port of loopback. Throws: UserError. */
  static async start(args: readonly string[]): Promise<TargetProcess> {
    const child = spawn(
      process.execPath, [PROGRAM, 'target', '--json', '--listen', '127.0.0.1:0', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    let lastLine = 'it said nothing';
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLine = line;
    });
    const ready = await new Promise<string | undefined>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('error', reject).once('close', () => resolve(undefined));
    });
    if (ready === undefined) throw new UserError(`Cannot start the target: ${lastLine}`);
    const { portal, iqn } = JSON.parse(ready) as { portal: string; iqn: string };
    return new TargetProcess(child, portal, iqn);
  }

  url(lun: number): string {
    return `${this.#base}/${lun}`;
  }

  /** Ends it as SIGTERM does, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
    this.#child.kill('SIGTERM');
    await gone;
  }
}

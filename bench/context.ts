/** What every row is given. */
import { join } from 'node:path';
import type { BenchRow } from '../src/app/commands/bench.ts';
import type { Host } from '../src/app/host.ts';
import { Progress } from '../src/app/progress.ts';
import type { Terminal } from '../src/app/terminal.ts';
import { makeFile } from './files.ts';
import type { Line } from './line.ts';
import type { Sizes } from './sizes.ts';

export interface Row {
  readonly name: BenchRow;
  /** Room for files that it needs beside the source disk, and whether it needs that. */
  readonly room: (sizes: Sizes) => { readonly bytes: number; readonly sourceDisk: boolean };
  /** Throws: UserError if it cannot be measured here. */
  readonly measure: (context: Context) => Promise<Line[]>;
}

export class Context {
  readonly folder: string;
  readonly sizes: Sizes;
  readonly pairs: number;
  readonly signal: AbortSignal;
  readonly host: Host;
  readonly #terminal: Terminal;
  #sourceDisk: Promise<string> | undefined;

  constructor(
    given: Pick<Context, 'folder' | 'sizes' | 'pairs' | 'signal'>, terminal: Terminal,
    host: Host) {
    ({ folder: this.folder, sizes: this.sizes, pairs: this.pairs, signal: this.signal } = given);
    this.#terminal = terminal;
    this.host = host;
  }

  /** Says what is being done. */
  say(text: string): void {
    const { isInteractive, columns } = this.#terminal;
    if (isInteractive) this.#terminal.status(text.slice(0, columns - 1));
    else this.#terminal.note(text);
  }

  /** The disk image that is copied, made when first asked for. */
  sourceDisk(): Promise<string> {
    this.#sourceDisk ??= this.makeFile(join(this.folder, 'disk.img'), this.sizes.diskBytes);
    return this.#sourceDisk;
  }

  /** Makes a file that has no holes; returns its path. */
  async makeFile(path: string, byteLength: number): Promise<string> {
    const progress = new Progress(this.#terminal, this.host.clock, 'made a test file:');
    await makeFile(path, byteLength, this.signal, (done) => progress.update(done, byteLength));
    progress.finish();
    return path;
  }
}

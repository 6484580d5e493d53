/** `serverfree demo`: the whole story on real files, in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { RUNGS } from '../../ports/mover.ts';
import { Story } from '../demo/story.ts';
import type { Terminal } from '../terminal.ts';
import { parseSize } from '../units.ts';

interface DemoOptions {
  readonly size: string;
  readonly folder: string;
  readonly rung?: string;
  readonly keep?: boolean;
}

export function addDemo(program: Command, terminal: Terminal): void {
  program.command('demo')
    .description('back up and restore real files without a data block passing through the client')
    .option('--size <size>', 'bytes of sample files', '320M')
    .option('--folder <dir>', 'where the temporary folder is made', tmpdir())
    .option('--rung <name>', `how the target moves bytes: ${RUNGS.join(', ')}`)
    .option('--keep', 'leave disk, tape and catalog there')
    .action((options: DemoOptions) => demo(terminal, options));
}

async function demo(terminal: Terminal, options: DemoOptions): Promise<void> {
  const sampleBytes = parseSize(options.size, '--size');
  const folder = await mkdtemp(join(options.folder, 'serverfree-demo-'));
  try {
    await new Story(terminal, {
      folder, sampleBytes,
      targetArgs: options.rung === undefined ? [] : ['--rung', options.rung],
    }).tell();
  } finally {
    if (options.keep) terminal.out(`Everything is in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

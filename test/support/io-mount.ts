import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, for as long as a test file runs. */
export interface Mount {
  readonly folder: string;
  unmount(): void;
}

const IMAGE_BYTES = 320 * 1024 * 1024;

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/**
 * Makes and mounts a file system (`tmpfs` with its size in bytes, or what `mkfs.KIND` makes), or
 * says why it cannot be had here: not root, no such tool, no such kernel module.
 */
export function mount(kind: string, options: readonly string[] = []): Mount | string {
  if (process.getuid?.() !== 0) return 'only root can mount';
  const work = mkdtempSync(join(tmpdir(), `serverfree-${kind}-`));
  const folder = join(work, 'mounted');
  const undo = [(): void => rmSync(work, { recursive: true, force: true })];
  const unmount = (): void => {
    for (const step of undo.splice(0).reverse()) step();
  };
  try {
    mkdirSync(folder);
    if (kind === 'tmpfs') {
      run('mount', '-t', 'tmpfs', '-o', options.join(','), 'none', folder);
    } else {
      const image = join(work, 'image');
      writeFileSync(image, '');
      truncateSync(image, IMAGE_BYTES);
      run(`mkfs.${kind}`, '-q', ...options, image);
      const device = run('losetup', '--find', '--show', image).trim();
      undo.push(() => run('losetup', '--detach', device));
      run('mount', '-t', kind, device, folder);
    }
    undo.push(() => run('umount', '--lazy', folder));  // a failed test may have left a file open
    return { folder, unmount };
  } catch (error) {
    unmount();
    const { stderr } = error as { stderr?: string };  // of a command that failed
    return (stderr?.trim() || String(error)).split('\n')[0]!;
  }
}

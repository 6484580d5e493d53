import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './programs.ts';
import type { Undo } from './undo.ts';

/** Undoing must work although the bench was interrupted. */
const NEVER = new AbortController().signal;

/**
 * Mounts a new XFS file system on a file below `folder`; returns where. Taken down by `undo`.
 *
 * Throws: UserError with what is missing: root, `mkfs.xfs`, a loop device.
 */
export async function mountXfs(
  folder: string, byteLength: number, undo: Undo, signal: AbortSignal): Promise<string> {
  const [image, mounted] = [join(folder, 'xfs-image'), join(folder, 'xfs')];
  undo.add(() => rm(image, { force: true }));
  writeFileSync(image, '');
  truncateSync(image, byteLength);
  mkdirSync(mounted);
  undo.add(() => rmdir(mounted));
  await run('mkfs.xfs', ['-q', image], signal);
  // The loop device goes with its mount.
  await run('mount', ['-t', 'xfs', '-o', 'loop', image, mounted], signal);
  undo.add(async () => void await run('umount', [mounted], NEVER));
  return mounted;
}

import * as fs from 'node:fs/promises';

import { asFileError, errorName, fileError, isNotSupported } from './host-error.ts';
import type { Addon } from './addon.ts';

/** Gives the lock up. Called once, after the file was closed. */
export type Unlock = () => Promise<void>;

/**
 * Takes the lock of an open file, or throws FileError `EBUSY`.
 *
 * With the addon it is an open-file-description lock, which the kernel releases when the process
 * ends in whatever way. It is shared if the file is open for reading only.
 * Without the addon a file `PATH.lock` names the holder's process. That is weaker: a killed
 * holder leaves it behind, and it is taken over only when no process of that number runs.
 */
export async function lockFile(
  path: string, fd: number, exclusive: boolean, addon: Addon | undefined,
): Promise<Unlock> {
  if (addon !== undefined) {
    const result = addon.lock(fd, exclusive);
    if (result === 0) return async () => {};
    const code = errorName(result);
    if (code === 'EAGAIN' || code === 'EACCES') throw busy(path);
    if (!isNotSupported(code) && code !== 'ENOLCK') throw fileError('lock', path, code);
  }
  return lockBeside(path);
}

export const busy = (path: string): Error => fileError('lock', path, 'EBUSY');

async function lockBeside(path: string): Promise<Unlock> {
  const lockPath = `${path}.lock`;
  if (!await createLock(lockPath)) {
    if (await holderRuns(lockPath)) throw busy(path);
    await fs.rm(lockPath, { force: true });
    if (!await createLock(lockPath)) throw busy(path);
  }
  return () => fs.rm(lockPath, { force: true });
}

async function createLock(lockPath: string): Promise<boolean> {
  try {
    await fs.writeFile(lockPath, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;  // Node's own error
    throw asFileError('lock', lockPath, error);
  }
}

async function holderRuns(lockPath: string): Promise<boolean> {
  const text = await fs.readFile(lockPath, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  // A lock that was made this instant has no number in it yet: its maker runs.
  if (!(pid > 0)) return text === '';
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';  // it runs, as another user
  }
}

/** Test files: made of bytes that do not repeat, kept out of the page cache, measured for room. */
import { createCipheriv } from 'node:crypto';
import { constants, copyFileSync, existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../src/app/user-error.ts';
import { formatSize } from '../src/app/units.ts';
import { run } from './programs.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Makes a file without holes, the same bytes each time, and syncs it: sharing extents needs them
 * on the disk. `byteLength` is a multiple of 4 MiB.
 */
export async function makeFile(
  path: string, byteLength: number, signal: AbortSignal, onProgress: (done: number) => void,
): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 0x5f), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  const file = await open(path, 'wx');
  try {
    for (let done = 0; done < byteLength; done += CHUNK_BYTES) {
      signal.throwIfAborted();
      await file.writeFile(cipher.update(zeros));
      onProgress(done + CHUNK_BYTES);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes a file out of the page cache, so that a copy reads it from the disk. */
export async function evict(path: string, signal: AbortSignal): Promise<void> {
  await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], signal);
}

/** Throws: UserError if there is no such folder, or less room than needed: how much is missing. */
export function requireRoom(folder: string, neededBytes: number): void {
  if (!existsSync(folder)) {
    throw new UserError(`Cannot measure in ${folder}: there is no such folder`);
  }
  const { bavail, bsize } = statfsSync(folder);
  const missingBytes = neededBytes - bavail * bsize;
  if (missingBytes <= 0) return;
  throw new UserError(`Cannot measure in ${folder}: ${formatSize(neededBytes)} are needed, `
    + `${formatSize(missingBytes)} more than are free; use --folder or --quick`);
}

/** Whether files in the folder can share blocks. */
export function sharesBlocks(folder: string): boolean {
  const [from, to] = [join(folder, 'share-from'), join(folder, 'share-to')];
  try {
    writeFileSync(from, Buffer.alloc(4096));
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    for (const path of [from, to]) rmSync(path, { force: true });
  }
}

/** Real files of this host for the demo's disk: whatever is there, up to a number of bytes. */
import { constants, type Dirent } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders with files that everyone may read; those first that were read a moment ago. */
const SOURCE_FOLDERS: readonly (readonly [string, string])[] = [
  ['node_modules', fileURLToPath(new URL('../../../node_modules', import.meta.url))],
  ['node', dirname(process.execPath)],
  ['share', '/usr/share'],
  ['lib', '/usr/lib'],
];

/** Larger files would be most of the disk; the demo is about many. */
const FILE_BYTES_MAX = 128 * 1024 * 1024;
const COPIES_AT_ONCE = 16;

export interface Sample {
  readonly files: number;
  readonly bytes: number;
}

interface Found {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** Copies files and symbolic links into `folder` until about `bytesMax` are reached. */
export async function collectSample(folder: string, bytesMax: number): Promise<Sample> {
  const found: Found[] = [];
  let left = bytesMax;
  for (const [name, source] of SOURCE_FOLDERS) {
    for await (const file of filesIn(source, join(folder, name))) {
      if (left <= 0) break;
      found.push(file);
      left -= file.bytes;
    }
  }
  const queue = found.values();
  const copy = async (): Promise<Sample> => {
    const done = { files: 0, bytes: 0 };
    for (const file of queue) {
      if (!await copyOne(file)) continue;
      done.files += 1;
      done.bytes += file.bytes;
    }
    return done;
  };
  const parts = await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copy));
  return parts.reduce(
    (sum, part) => ({ files: sum.files + part.files, bytes: sum.bytes + part.bytes }));
}

/** Makes the folders it finds, and the symbolic links in them; yields the files. */
async function* filesIn(source: string, destination: string): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    entries = await readdir(source, { withFileTypes: true });
  } catch {
    return; // a folder that is not there, or that this user may not read, has no sample
  }
  await mkdir(destination, { recursive: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const [from, to] = [join(source, entry.name), join(destination, entry.name)];
    if (entry.isDirectory()) yield* filesIn(from, to);
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (entry.isFile()) {
      const { size } = await lstat(from);
      if (size <= FILE_BYTES_MAX) yield { from, to, bytes: size };
    }
  }
}

/** Returns false for a file that this user may not read, or that has gone. */
async function copyOne({ from, to }: Found): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what node:fs rejects with
    if (code === 'EACCES' || code === 'ENOENT' || code === 'EPERM') return false;
    throw error;
  }
}

/** The largest file below a folder of at most `bytesMax`, as a path relative to it. */
export async function largestFile(folder: string, bytesMax: number): Promise<string> {
  let largest = { path: '', bytes: -1 };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size } = await lstat(path);
    if (size <= bytesMax && size > largest.bytes) largest = { path, bytes: size };
  }
  return relative(folder, largest.path);
}

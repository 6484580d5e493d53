import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Files, OpenFile, OpenMode } from '../ports/files.ts';
import { type Addon, loadAddon } from './addon.ts';
import { busy, lockFile, type Unlock } from './file-lock.ts';
import { asFileError } from './host-error.ts';
import { NodeFile } from './node-file.ts';

const FLAGS = { read: 'r', write: 'r+', create: 'wx+' } as const satisfies Record<OpenMode, string>;

/** Files of the host. Give `addon: undefined` to do without the addon. */
export class NodeFiles implements Files {
  readonly #addon: Addon | undefined;
  /** Device and inode of each file that is locked here: the kernel would share a read lock. */
  readonly #locked = new Set<string>();

  constructor(options: { readonly addon?: Addon | undefined } = { addon: loadAddon().addon }) {
    this.#addon = options.addon;
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    return new NodeFile(path, mode, await openFd(path, mode), this.#addon);
  }

  async openLocked(path: string, mode: OpenMode): Promise<OpenFile> {
    const fd = await openFd(path, mode);
    try {
      return new NodeFile(path, mode, fd, this.#addon, await this.#lock(path, fd, mode));
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  async #lock(path: string, fd: number, mode: OpenMode): Promise<Unlock> {
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    const inode = `${dev}:${ino}`;
    if (this.#locked.has(inode)) throw busy(path);
    this.#locked.add(inode);
    try {
      const unlock = await lockFile(path, fd, mode !== 'read', this.#addon);
      return async () => {
        this.#locked.delete(inode);
        await unlock();
      };
    } catch (error) {
      this.#locked.delete(inode);
      throw error;
    }
  }

  readFile(path: string): Promise<Uint8Array> {
    return attempt('read', path, () => promises.readFile(path));
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const fresh = `${path}.new`;  // a crash may leave it; the next replacement takes it over
    await attempt('replace', path, async () => {
      const file = await promises.open(fresh, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await promises.rename(fresh, path);
    });
    await this.syncFolder(dirname(path));
  }

  exists(path: string): Promise<boolean> {
    return promises.access(path).then(() => true, () => false);
  }

  /** Names in the folder, sorted. */
  list(folder: string): Promise<string[]> {
    return attempt('list', folder, async () => (await promises.readdir(folder)).sort());
  }

  async makeFolder(path: string): Promise<void> {
    await attempt('make', path, () => makeFolders(path));
  }

  syncFolder(path: string): Promise<void> {
    return attempt('sync', path, async () => {
      const folder = await promises.open(path, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  /** Removes a file, or an empty folder. */
  remove(path: string): Promise<void> {
    return attempt('remove', path, async () => {
      const isFolder = (await promises.lstat(path)).isDirectory();
      await (isFolder ? promises.rmdir(path) : promises.unlink(path));
    });
  }
}

const openFd = (path: string, mode: OpenMode): Promise<number> =>
  attempt(mode === 'create' ? 'create' : 'open', path, () =>
    new Promise((resolve, reject) =>
      fs.open(path, FLAGS[mode], (error, fd) => error ? reject(error) : resolve(fd))));

async function attempt<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFileError(action, path, error);
  }
}

/** Not mkdir's own recursion: where a file system has no room for folders (/proc), that hangs. */
async function makeFolders(path: string): Promise<void> {
  const make = async (): Promise<void> => {
    try {
      await promises.mkdir(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException; // what node:fs rejects with
      if (code !== 'EEXIST' || !(await promises.stat(path)).isDirectory()) throw error;
    }
  };
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // as above
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await make();
  }
}

import {
  chmod, constants, type FileHandle, lchown, link, lstat, lutimes, mkdir, open, symlink,
} from 'node:fs/promises';

import type { FileAttributes, FolderWriter } from '../ports/folder-writer.ts';
import { asFileError, fileError } from './host-error.ts';

/** Files that are kept open at a time; the one that was used longest ago is closed first. */
const OPEN_FILES_MAX = 64;

const PERMISSIONS = 0o1777;
const SET_ID_BITS = 0o6000;
const NS_PER_S = 1_000_000_000;

/** Writes below a folder of the host. */
export class NodeFolderWriter implements FolderWriter {
  readonly path: string;
  /** Least recently used first. */
  readonly #open = new Map<string, Promise<FileHandle>>();
  readonly #closing = new Set<Promise<void>>();

  constructor(path: string) {
    this.path = path;
  }

  async makeFolder(path: readonly Uint8Array[]): Promise<void> {
    const place = this.#place(path);
    await attempt('make', place, async () => {
      if (path.length === 0) return void await mkdir(place, { recursive: true });
      try {
        await mkdir(place);
      } catch (error) {
        // A link to a folder is none: what goes into it would leave the folder.
        if (!(await lstat(place).catch(() => undefined))?.isDirectory()) throw error;
      }
    });
  }

  async createFile(path: readonly Uint8Array[], byteLength: number): Promise<void> {
    const place = this.#place(path);
    await attempt('create', place, async () => {
      const file = await open(place, 'wx');
      try {
        await file.truncate(byteLength);
      } finally {
        await file.close();
      }
    });
  }

  async writeFile(
    path: readonly Uint8Array[], offset: number, bytes: Uint8Array): Promise<void> {
    const place = this.#place(path);
    await attempt('write', place, async () => {
      const file = await this.#handle(place);
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at);
        if (bytesWritten === 0) throw fileError('write', place.toString(), 'ENOSPC');
        at += bytesWritten;
      }
    });
  }

  makeSymlink(path: readonly Uint8Array[], target: Uint8Array): Promise<void> {
    const place = this.#place(path);
    return attempt('make', place, () => symlink(Buffer.from(target), place));
  }

  makeHardLink(path: readonly Uint8Array[], existing: readonly Uint8Array[]): Promise<void> {
    const place = this.#place(path);
    return attempt('make', place, () => link(this.#place(existing), place));
  }

  async setAttributes(path: readonly Uint8Array[], attributes: FileAttributes): Promise<void> {
    const place = this.#place(path);
    await attempt('set the attributes of', place, async () => {
      const owned = await lchown(place, attributes.uid, attributes.gid).then(
        () => true, () => false);
      const kept = owned ? PERMISSIONS | SET_ID_BITS : PERMISSIONS;
      // A link has no permissions of its own, and chmod would change what it points at.
      const isLink = (attributes.mode & constants.S_IFMT) === constants.S_IFLNK;
      if (!isLink) await chmod(place, attributes.mode & kept);
      await lutimes(place, seconds(attributes.atimeNs), seconds(attributes.mtimeNs));
    });
  }

  async close(): Promise<void> {
    for (const place of [...this.#open.keys()]) this.#close(place);
    await Promise.all(this.#closing);
  }

  #place(path: readonly Uint8Array[]): Buffer {
    const slash = Buffer.from('/');
    return Buffer.concat([Buffer.from(this.path), ...path.flatMap((name) => [slash, name])]);
  }

  #handle(place: Buffer): Promise<FileHandle> {
    const key = place.toString('latin1');
    const known = this.#open.get(key);
    const handle = known ?? open(place, 'r+');
    this.#open.delete(key);
    this.#open.set(key, handle);
    if (this.#open.size > OPEN_FILES_MAX) this.#close(this.#open.keys().next().value!);
    return handle;
  }

  /** A write that waits for the handle goes first: closing waits for what is under way. */
  #close(key: string): void {
    const handle = this.#open.get(key);
    this.#open.delete(key);
    const closed = handle?.then((file) => file.close(), () => undefined);
    if (closed === undefined) return;
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }
}

const seconds = (timeNs: bigint): number => Number(timeNs) / NS_PER_S;

async function attempt<T>(action: string, place: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFileError(action, place.toString(), error);
  }
}

import * as fs from 'node:fs';

import type { OpenFile, OpenMode } from '../ports/files.ts';
import type { Addon } from './addon.ts';
import { deviceSize } from './device-size.ts';
import { asFileError, errorName, fileError, isNotSupported } from './host-error.ts';
import { SmallWrites } from './small-writes.ts';

/** Reads up to this size that are in memory are answered at once: a thread would cost more. */
const CACHED_READ_BYTES_MAX = 256 * 1024;

/** Writes up to this size, and of as many parts, are gathered. */
const SMALL_BYTES = 1024 * 1024;
const SMALL_PARTS = 1024; // Linux's IOV_MAX

const ZEROS = new Uint8Array(1024 * 1024);

interface Extent {
  readonly offset: number;
  readonly byteLength: number;
}

const pairs = (flat: Float64Array): Extent[] =>
  Array.from({ length: flat.length / 2 }, (_, i) =>
    ({ offset: flat[2 * i]!, byteLength: flat[2 * i + 1]! }));

type NodeCallback<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

/** An open file of the host. Operations go to the thread pool by callbacks: small ones are many. */
export class NodeFile implements OpenFile {
  readonly path: string;
  readonly #mode: OpenMode;
  readonly #fd: number;
  readonly #addon: Addon | undefined;
  readonly #unlock: () => Promise<void>;
  readonly #small: SmallWrites | undefined;
  #inUse = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #directFd: Promise<number | undefined> | undefined;
  #blockBytes: number | undefined;
  /** Where the furthest write of this process ends; a size that was asked for may be older. */
  #writtenEnd = 0;

  /** `unlock` is called when the file has been closed. */
  constructor(
    path: string, mode: OpenMode, fd: number, addon: Addon | undefined,
    unlock: () => Promise<void> = async () => {},
  ) {
    this.path = path;
    this.#mode = mode;
    this.#fd = fd;
    this.#addon = addon;
    this.#unlock = unlock;
    this.#small = addon && new SmallWrites(addon, path, fd, () => this.#leave());
  }

  async size(): Promise<number> {
    const stat = await this.#call<fs.Stats>('stat', (done) => fs.fstat(this.#fd, done));
    if (!stat.isBlockDevice()) return stat.size;
    return this.#call<number>('size', (done) => void deviceSize(this.#fd)
      .then((byteLength) => done(null, byteLength), done));
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    let filled = this.readNow(buffer, offset);
    if (filled === buffer.length) return Promise.resolve(filled);
    return this.#call('read', (done) => {
      const next = (error: NodeJS.ErrnoException | null, count: number): void => {
        filled += error === null ? count : 0;
        if (error !== null || count === 0 || filled === buffer.length) done(error, filled);
        else fs.read(this.#fd, buffer, filled, buffer.length - filled, offset + filled, next);
      };
      fs.read(this.#fd, buffer, filled, buffer.length - filled, offset + filled, next);
    });
  }

  readNow(buffer: Uint8Array, offset: number): number {
    if (this.#addon === undefined || this.#closing !== undefined) return 0;
    if (buffer.length > CACHED_READ_BYTES_MAX) return 0;
    return Math.max(0, this.#addon.readCached(this.#fd, buffer, offset));
  }

  write(buffer: Uint8Array, offset: number): Promise<void> {
    this.#writtenEnd = Math.max(this.#writtenEnd, offset + buffer.length);
    if (buffer.length > SMALL_BYTES) return this.#writeThrough(buffer, offset);
    return this.#writeSmall([buffer], buffer.length, offset)
      ?? this.#writeThrough(buffer, offset);
  }

  #writeThrough(buffer: Uint8Array, offset: number): Promise<void> {
    return this.#call('write', (done) => {
      let written = 0;
      const next = (error: NodeJS.ErrnoException | null, count: number): void => {
        written += error === null ? count : 0;
        if (error !== null || written === buffer.length) done(error);
        else if (count === 0) done(Object.assign(new Error('nothing written'), { code: 'EIO' }));
        else fs.write(this.#fd, buffer, written, buffer.length - written, offset + written, next);
      };
      fs.write(this.#fd, buffer, 0, buffer.length, offset, next);
    });
  }

  writeParts(parts: readonly Uint8Array[], offset: number): Promise<void> {
    const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
    if (byteLength === 0) return Promise.resolve();
    this.#writtenEnd = Math.max(this.#writtenEnd, offset + byteLength);
    const isSmall = byteLength <= SMALL_BYTES && parts.length <= SMALL_PARTS;
    return (isSmall ? this.#writeSmall(parts, byteLength, offset) : undefined)
      ?? this.#writeLarge(parts, offset);
  }

  /** With others in one trip to the thread pool; undefined where there is no addon to do it. */
  #writeSmall(
    parts: readonly Uint8Array[], byteLength: number, offset: number): Promise<void> | undefined {
    if (this.#small === undefined) return undefined;
    if (this.#closing !== undefined) return Promise.reject(fileError('write', this.path, 'EBADF'));
    this.#enter('write');
    return this.#small.write(parts, byteLength, offset);
  }

  async #writeLarge(parts: readonly Uint8Array[], offset: number): Promise<void> {
    let written = await this.#call<number>('write', (done) =>
      fs.writev(this.#fd, parts, offset, done));
    // The host may stop anywhere; what is left is written part by part.
    let at = 0;
    for (const part of parts) {
      const done = Math.min(part.length, Math.max(0, written - at));
      if (done < part.length) await this.write(part.subarray(done), offset + at + done);
      at += part.length;
      written = Math.max(written, at);
    }
  }

  truncate(byteLength: number): Promise<void> {
    this.#writtenEnd = Math.min(this.#writtenEnd, byteLength);
    return this.#call('resize', (done) => fs.ftruncate(this.#fd, byteLength, done));
  }

  async allocate(offset: number, byteLength: number): Promise<void> {
    if (byteLength === 0 || await this.#native('allocate', offset, byteLength)) return;
    const end = offset + byteLength;
    if (await this.size() < end) await this.truncate(Math.max(end, this.#writtenEnd));
  }

  async punch(offset: number, byteLength: number): Promise<boolean> {
    if (byteLength === 0 || await this.#native('punch', offset, byteLength)) return true;
    const end = Math.min(offset + byteLength, await this.size());
    for (let at = offset; at < end; at += ZEROS.length) {
      await this.write(ZEROS.subarray(0, Math.min(ZEROS.length, end - at)), at);
    }
    return false;
  }

  async share(source: OpenFile, offset: number, byteLength: number): Promise<boolean> {
    const addon = this.#addon;
    if (addon === undefined || !(source instanceof NodeFile)) return false;
    const result = await source.use('share', (from) =>
      this.use('share', (to) => addon.cloneRange(from, offset, to, offset, byteLength)));
    if (result === 0) return true;
    const code = errorName(result);
    if (isNotSupported(code)) return false;
    throw fileError('share', this.path, code);
  }

  async nextData(offset: number): Promise<Extent | undefined> {
    return (await this.dataRanges(offset, Number.MAX_SAFE_INTEGER, 1))[0];
  }

  /** The first ranges of allocated data in [offset, end); see `nextData`. */
  async dataRanges(offset: number, end: number, countMax = 1024): Promise<Extent[]> {
    const addon = this.#addon;
    if (addon !== undefined) {
      const found = await this.use('map', (fd) => addon.dataRanges(fd, offset, end, countMax));
      if (typeof found !== 'number') return pairs(found);
      if (found === 0) return [];
      const code = errorName(found);
      if (!isNotSupported(code)) throw fileError('map', this.path, code);
    }
    const byteLength = Math.min(await this.size(), end) - offset;
    return byteLength > 0 ? [{ offset, byteLength }] : [];
  }

  sync(): Promise<void> {
    // fdatasync leaves out times only; the size, which is needed to find the data, is synced.
    return this.#call('sync', (done) => fs.fdatasync(this.#fd, done));
  }

  /** Runs `work` with the descriptor, which stays open until it has settled. Throws: FileError. */
  async use<T>(action: string, work: (fd: number) => Promise<T>): Promise<T> {
    this.#enter(action);
    try {
      return await work(this.#fd);
    } finally {
      this.#leave();
    }
  }

  /** Bytes in a block of the file system; 4096 without the addon, which asks. */
  get blockBytes(): number {
    this.#blockBytes ??= this.#addon?.blockSize(this.#fd) ?? 4096;
    return this.#blockBytes;
  }

  /**
   * A second descriptor of the same file that passes by the page cache, made when first asked for
   * and closed with the file; undefined where the file system has no such thing. Ask inside `use`.
   */
  directFd(): Promise<number | undefined> {
    const access = this.#mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR;
    this.#directFd ??= new Promise((resolve) => {
      // By the descriptor, for the path may lead to another file by now.
      fs.open(`/proc/self/fd/${this.#fd}`, access | fs.constants.O_DIRECT, (error, fd) =>
        resolve(error === null ? fd : undefined));
    });
    return this.#directFd;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#inUse > 0) await new Promise<void>((resolve) => { this.#idle = resolve; });
    const directFd = await this.#directFd;
    if (directFd !== undefined) fs.closeSync(directFd);
    try {
      await new Promise<void>((resolve, reject) =>
        fs.close(this.#fd, (error) => error ? reject(error) : resolve()));
    } catch (error) {
      throw asFileError('close', this.path, error);
    } finally {
      await this.#unlock();
    }
  }

  /** Returns whether the addon could do it; throws if the host failed at it. */
  async #native(name: 'allocate' | 'punch', offset: number, byteLength: number): Promise<boolean> {
    const addon = this.#addon;
    if (addon === undefined) return false;
    const result = await this.use(name, (fd) => addon[name](fd, offset, byteLength));
    if (result === 0) return true;
    const code = errorName(result);
    if (isNotSupported(code)) return false;
    throw fileError(name, this.path, code);
  }

  #call<T>(action: string, start: (done: NodeCallback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enter(action);
      start((error, value) => {
        this.#leave();
        if (error) reject(asFileError(action, this.path, error));
        else resolve(value as T);  // Node gives a value whenever it gives no error
      });
    });
  }

  #enter(action: string): void {
    if (this.#closing !== undefined) throw fileError(action, this.path, 'EBADF');
    this.#inUse += 1;
  }

  #leave(): void {
    this.#inUse -= 1;
    if (this.#inUse === 0) this.#idle?.();
  }
}

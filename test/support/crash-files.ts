/**
 * A file system in memory that forgets, as a real one does at a power cut, what was not synced.
 *
 * ```text
 *  write ──► live (what reads see)       power cut: each piece of each pending operation may or
 *        └─► pending ──sync──► durable              may not have reached the medium, in any order
 * ```
 *
 * Names are kept apart from files: a new file, a rename or a removal is durable once its folder
 * was synced. After `cutAfter(n)` the n-th operation from now, and all that follow, throw
 * `PowerCut`. `powerCut` and `kill` give the file system as the next process finds it.
 */

import { dirname } from 'node:path';
import { FileError } from '../../src/ports/files.ts';
import type { Files, OpenFile, OpenMode } from '../../src/ports/files.ts';
import { between, pick } from './seeded.ts';

/** The machine is off. */
export class PowerCut extends Error {
  constructor() {
    super('The power was cut');
    this.name = 'PowerCut';
  }
}

type Operation =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'zero'; readonly offset: number; readonly byteLength: number }
  | { readonly kind: 'resize'; readonly size: number }
  | { readonly kind: 'grow'; readonly size: number };

/** Bytes of a file, as one copy of it holds them. */
class Content {
  bytes = new Uint8Array(0);
  size = 0;

  apply(operation: Operation): void {
    switch (operation.kind) {
      case 'write':
        this.grow(operation.offset + operation.bytes.length);
        this.bytes.set(operation.bytes, operation.offset);
        break;
      case 'zero':
        this.bytes.fill(0, operation.offset,
          Math.min(this.size, operation.offset + operation.byteLength));
        break;
      case 'resize':
        this.bytes.fill(0, Math.min(operation.size, this.size), this.size);
        this.grow(operation.size);
        this.size = operation.size;
        break;
      case 'grow':
        this.grow(operation.size);
    }
  }

  grow(size: number): void {
    if (size > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(size, this.bytes.length * 2));
      bytes.set(this.bytes.subarray(0, this.size));
      this.bytes = bytes;
    }
    this.size = Math.max(this.size, size);
  }

  copy(): Content {
    const copy = new Content();
    copy.bytes = this.bytes.slice(0, this.size);
    copy.size = this.size;
    return copy;
  }
}

/** A file, whatever its name. */
class Node {
  live = new Content();
  durable = new Content();
  pending: Operation[] = [];

  apply(operation: Operation): void {
    this.live.apply(operation);
    this.pending.push(operation);
  }

  sync(): void {
    for (const operation of this.pending) this.durable.apply(operation);
    this.pending = [];
  }
}

const FOLDER = Symbol('folder');
type Entry = Node | typeof FOLDER;
interface NameChange { readonly path: string; readonly entry: Entry | undefined }

export interface CrashOptions {
  /** Chooses what survives. */
  readonly random: () => number;
  /** Files and folders whose sync does nothing: a broken disk, or a writer that forgot it. */
  readonly ignoresSync?: (path: string) => boolean;
  /** Whether punching gives space back; the range reads zeros all the same. */
  readonly canPunch?: boolean;
  /** Bytes of all files together, behind which there is no space. */
  readonly spaceBytes?: number;
}

export class CrashFiles implements Files {
  readonly options: CrashOptions;
  #live = new Map<string, Entry>([['/', FOLDER]]);
  #durable = new Map<string, Entry>([['/', FOLDER]]);
  #pendingNames: NameChange[] = [];
  readonly #locked = new Set<Node>();
  #operationsLeft = Number.POSITIVE_INFINITY;
  /** Operations so far; reads are none. */
  operationCount = 0;

  constructor(options: CrashOptions) {
    this.options = options;
  }

  /** The power is cut in the middle of the n-th operation from now. */
  cutAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** What the medium holds after a power cut at this moment. */
  powerCut(): CrashFiles {
    const after = new CrashFiles(this.options);
    const share = pick(this.options.random, [0, 0.1, 0.5, 0.9, 1]);
    const survives = () => this.options.random() < share;
    const names = new Map(this.#durable);
    for (const { path, entry } of this.#pendingNames) {
      if (survives()) rename(names, path, entry);
    }
    // What lies in a folder that vanished has vanished with it.
    const isThere = (path: string): boolean =>
      path === '/' || (names.has(path) && isThere(dirname(path)));
    for (const [path, entry] of names) {
      if (!isThere(path)) continue;
      const kept = entry === FOLDER ? FOLDER : this.#survivor(entry, survives);
      after.#live.set(path, kept);
      after.#durable.set(path, kept);
    }
    return after;
  }

  #survivor(node: Node, survives: () => boolean): Node {
    const content = node.durable.copy();
    const pieces = node.pending.flatMap((operation) => this.#pieces(operation)).filter(survives);
    if (this.options.random() < 0.5) shuffle(this.options.random, pieces);
    for (const piece of pieces) content.apply(piece);
    const kept = new Node();
    kept.durable = content;
    kept.live = content.copy();
    return kept;
  }

  /** The parts of an operation that reach the medium each for itself. */
  #pieces(operation: Operation): Operation[] {
    if (operation.kind === 'resize' || operation.kind === 'grow') return [operation];
    const sector = pick(this.options.random, [512, 4096]);
    const { offset } = operation;
    const length = operation.kind === 'write' ? operation.bytes.length : operation.byteLength;
    // The size may arrive without the bytes.
    const pieces: Operation[] = operation.kind === 'write'
      ? [{ kind: 'grow', size: offset + length }] : [];
    for (let at = 0; at < length;) {
      const end = Math.min(length, at + sector - ((offset + at) % sector));
      pieces.push(operation.kind === 'write'
        ? { kind: 'write', offset: offset + at, bytes: operation.bytes.subarray(at, end) }
        : { kind: 'zero', offset: offset + at, byteLength: end - at });
      at = end;
    }
    return pieces;
  }

  /** The process ended, the machine did not: all it did is there, durable or not. */
  kill(): CrashFiles {
    const after = new CrashFiles(this.options);
    after.#live = this.#live;
    after.#durable = this.#durable;
    after.#pendingNames = this.#pendingNames;
    return after;
  }

  /** Counts an operation that has begun; its effect may or may not survive a cut here. */
  step(): void {
    this.operationCount += 1;
    this.#operationsLeft -= 1;
    this.assertPower();
  }

  assertPower(): void {
    if (this.#operationsLeft <= 0) throw new PowerCut();
  }

  /** Throws: FileError (`ENOSPC`). */
  assertSpace(path: string, moreBytes: number): void {
    if (this.options.spaceBytes === undefined) return;
    let used = 0;
    for (const entry of this.#live.values()) if (entry !== FOLDER) used += entry.live.size;
    if (used + Math.max(0, moreBytes) <= this.options.spaceBytes) return;
    throw new FileError('ENOSPC', path, `Cannot write ${path}: no space left`);
  }

  unlock(node: Node): void {
    this.#locked.delete(node);
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    return new CrashFile(this, path, this.#find(path, mode), mode);
  }

  async openLocked(path: string, mode: OpenMode): Promise<OpenFile> {
    const node = this.#find(path, mode);
    if (this.#locked.has(node)) throw new FileError('EBUSY', path, `Cannot lock ${path}: in use`);
    this.#locked.add(node);
    return new CrashFile(this, path, node, mode);
  }

  #find(path: string, mode: OpenMode): Node {
    this.assertPower();
    const entry = this.#live.get(path);
    if (mode === 'create') {
      if (entry !== undefined) throw new FileError('EEXIST', path, `${path} exists`);
      return this.#add(path, new Node());
    }
    if (entry === undefined || entry === FOLDER) {
      throw new FileError('ENOENT', path, `Cannot open ${path}: there is no such file`);
    }
    return entry;
  }

  #add(path: string, node: Node): Node {
    if (this.#live.get(dirname(path)) !== FOLDER) {
      throw new FileError('ENOENT', path, `Cannot make ${path}: there is no such folder`);
    }
    this.#change({ path, entry: node });
    return node;
  }

  #change(change: NameChange): void {
    rename(this.#live, change.path, change.entry);
    this.#pendingNames.push(change);
    this.step();
  }

  async readFile(path: string): Promise<Uint8Array> {
    const { live } = this.#find(path, 'read');
    return live.bytes.slice(0, live.size);
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const node = new Node();
    node.apply({ kind: 'write', offset: 0, bytes: bytes.slice() });
    this.step();
    if (!this.options.ignoresSync?.(path)) node.sync();
    this.step();
    this.#add(path, node);
    await this.syncFolder(dirname(path));
  }

  async exists(path: string): Promise<boolean> {
    this.assertPower();
    return this.#live.has(path);
  }

  async list(folder: string): Promise<string[]> {
    this.assertPower();
    return [...this.#live.keys()].filter((path) => path !== '/' && dirname(path) === folder)
      .map((path) => path.slice(folder === '/' ? 1 : folder.length + 1)).sort();
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#live.has(path)) return;
    await this.makeFolder(dirname(path));
    this.#change({ path, entry: FOLDER });
  }

  async syncFolder(path: string): Promise<void> {
    this.step();
    if (this.options.ignoresSync?.(path)) return;
    const isHere = (change: NameChange) => dirname(change.path) === path;
    for (const { path: name, entry } of this.#pendingNames.filter(isHere)) {
      rename(this.#durable, name, entry);
    }
    this.#pendingNames = this.#pendingNames.filter((change) => !isHere(change));
  }

  async remove(path: string): Promise<void> {
    this.#find(path, 'read');
    this.#change({ path, entry: undefined });
  }
}

class CrashFile implements OpenFile {
  readonly path: string;
  readonly #files: CrashFiles;
  readonly #node: Node;
  readonly #mode: OpenMode;

  constructor(files: CrashFiles, path: string, node: Node, mode: OpenMode) {
    this.path = path;
    this.#files = files;
    this.#node = node;
    this.#mode = mode;
  }

  async size(): Promise<number> {
    this.#files.assertPower();
    return this.#node.live.size;
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    this.#files.assertPower();
    const { bytes, size } = this.#node.live;
    const found = bytes.subarray(offset, Math.min(size, offset + buffer.length));
    buffer.set(found);
    return found.length;
  }

  async write(buffer: Uint8Array, offset: number): Promise<void> {
    this.#files.assertSpace(this.path, offset + buffer.length - this.#node.live.size);
    this.#apply({ kind: 'write', offset, bytes: buffer.slice() });
  }

  async writeParts(parts: readonly Uint8Array[], offset: number): Promise<void> {
    await this.write(Buffer.concat(parts), offset);
  }

  async truncate(byteLength: number): Promise<void> {
    this.#apply({ kind: 'resize', size: byteLength });
  }

  async allocate(offset: number, byteLength: number): Promise<void> {
    this.#files.assertSpace(this.path, offset + byteLength - this.#node.live.size);
    this.#apply({ kind: 'grow', size: offset + byteLength });
  }

  async punch(offset: number, byteLength: number): Promise<boolean> {
    this.#apply({ kind: 'zero', offset, byteLength });
    return this.#files.options.canPunch ?? true;
  }

  /** Blocks of 4 KiB that are not all zero count as data. */
  async nextData(offset: number): Promise<{ offset: number; byteLength: number } | undefined> {
    this.#files.assertPower();
    const { bytes, size } = this.#node.live;
    const isData = (at: number): boolean =>
      bytes.subarray(at - (at % 4096), Math.min(size, at - (at % 4096) + 4096))
        .some((byte) => byte !== 0);
    const next = (at: number): number => at - (at % 4096) + 4096;
    let start = offset;
    while (start < size && !isData(start)) start = next(start);
    if (start >= size) return undefined;
    let end = next(start);
    while (end < size && isData(end)) end = next(end);
    return { offset: start, byteLength: Math.min(end, size) - start };
  }

  async sync(): Promise<void> {
    this.#files.step();
    if (!this.#files.options.ignoresSync?.(this.path)) this.#node.sync();
  }

  async close(): Promise<void> {
    this.#files.unlock(this.#node);
  }

  #apply(operation: Operation): void {
    if (this.#mode === 'read') {
      throw new FileError('EBADF', this.path, `Cannot write ${this.path}: opened for reading`);
    }
    this.#files.assertPower();
    this.#node.apply(operation);
    this.#files.step();
  }
}

function rename(names: Map<string, Entry>, path: string, entry: Entry | undefined): void {
  if (entry === undefined) names.delete(path);
  else names.set(path, entry);
}

function shuffle(random: () => number, items: unknown[]): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = between(random, 0, last);
    [items[last], items[other]] = [items[other], items[last]];
  }
}

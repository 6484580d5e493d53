/** File-system images for the tests, made by e2fsprogs without root, and disks to read them. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync,
  writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockSource } from '../../../src/backup/block-source.ts';

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' };

/** Runs a tool and gives its output; `statuses` are the exit statuses that are no failure. */
export function run(tool: string, parameters: readonly string[], statuses = [0]): string {
  try {
    return execFileSync(tool, parameters, {
      encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28,
    });
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    if (typeof status === 'number' && statuses.includes(status)) return '';
    throw error;
  }
}

/** Why the tests cannot run here, or undefined if they can. In CI they always must. */
export const missingTools: string | undefined = process.env.CI === 'true'
  ? undefined
  : ['mkfs.ext4', 'debugfs', 'dumpe2fs', 'e2fsck'].map(missing).find((name) => name !== undefined);

function missing(tool: string): string | undefined {
  try {
    run(tool, ['-V']);
    return undefined;
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return absent ? `${tool} is not installed` : undefined;
  }
}

/** A folder that is made when it is first needed and goes away with `remove`. */
export class Workspace {
  #path: string | undefined;

  get path(): string {
    this.#path ??= mkdtempSync(join(tmpdir(), 'serverfree-ext4-reader-'));
    return this.#path;
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
  }

  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path);
    return path;
  }

  /** An image of `mebibytes` with a copy of `folder`, after `debugfs` has run the commands. */
  image(name: string, { options = [], mebibytes = 16, folder, debugfs: commands = [] }: {
    readonly options?: readonly string[];
    readonly mebibytes?: number;
    readonly folder?: string;
    readonly debugfs?: readonly string[];
  }): string {
    const path = join(this.path, name);
    closeSync(openSync(path, 'wx'));
    truncateSync(path, mebibytes * 1_048_576);
    const content = folder === undefined ? [] : ['-d', folder];
    run('mkfs.ext4', ['-q', '-F', ...options, ...content, path]);
    if (commands.length > 0) {
      const script = `${path}.debugfs`;
      writeFileSync(script, `${commands.join('\n')}\n`);
      run('debugfs', ['-w', '-f', script, path]);
    }
    return path;
  }
}

/** One debugfs command, read only. */
export const debugfs = (image: string, command: string): string =>
  run('debugfs', ['-R', command, image]);

/** Free blocks as `[first, last]`; dumpe2fs names the first block of each cluster only. */
export function freeBlocks(image: string, clusterBlocks: number): [number, number][] {
  const ranges: [number, number][] = [];
  for (const [, list] of run('dumpe2fs', [image]).matchAll(/^ {2}Free blocks: (.*)$/gm)) {
    for (const [, first, last] of list!.matchAll(/(\d+)(?:-(\d+))?/g)) {
      ranges.push([Number(first), Number(last ?? first) + clusterBlocks - 1]);
    }
  }
  return ranges;
}

/** One extent that `stat` of debugfs printed. Numbers are blocks. */
export interface DebugfsExtent {
  readonly logical: number;
  readonly physical: number;
  readonly count: number;
  readonly unwritten: boolean;
}

/** The block map of a file as debugfs has it. */
export function debugfsExtents(image: string, path: string): DebugfsExtent[] {
  const [, list = ''] = debugfs(image, `stat "${path}"`).split(/^(?:EXTENTS|BLOCKS):$/m);
  const pattern = /\((\d+)(?:-(\d+))?(\[u\])?\):(\d+)/g;
  return [...list.matchAll(pattern)].map(([, first, last, unwritten, physical]) => ({
    logical: Number(first),
    physical: Number(physical),
    count: Number(last ?? first) - Number(first) + 1,
    unwritten: unwritten !== undefined,
  }));
}

/** A disk whose blocks are in a file; it counts what is read from it. */
export class FileDisk implements BlockSource {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #file: FileHandle;
  readCount = 0;
  byteCount = 0;

  private constructor(file: FileHandle, blockBytes: number, blockCount: number) {
    this.#file = file;
    this.blockBytes = blockBytes;
    this.blockCount = blockCount;
  }

  static async open(path: string, blockBytes = 512): Promise<FileDisk> {
    const file = await open(path);
    const { size } = await file.stat();
    return new FileDisk(file, blockBytes, size / blockBytes);
  }

  async read(lba: number, count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count * this.blockBytes);
    this.readCount += 1;
    this.byteCount += bytes.length;
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, lba * this.blockBytes);
    return bytes.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** A disk whose blocks are in memory, to be damaged at will. */
export class MemoryDisk implements BlockSource {
  readonly blockBytes = 512;
  readonly blockCount: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.blockCount = Math.floor(bytes.length / this.blockBytes);
  }

  static load(path: string): MemoryDisk {
    return new MemoryDisk(Uint8Array.from(readFileSync(path)));
  }

  async read(lba: number, count: number): Promise<Uint8Array> {
    return this.bytes.slice(lba * this.blockBytes, (lba + count) * this.blockBytes);
  }
}

/** All of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
